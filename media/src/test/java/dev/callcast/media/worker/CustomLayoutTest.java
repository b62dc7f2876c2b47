package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Feed;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import dev.callcast.scene.TextMeter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts in JavaScript in a composition: what ticks see of them, and the examples of the docs. */
@Tag("media")
class CustomLayoutTest {
  private static final FrameSource NOTHING = _ -> null;
  private static final TextMeter METER = (runs, width, lines) -> new TextMeter.Size(100, 20, 1);

  private static final String ROW =
      """
      export function layout(state, params) {
        if (params["custom.broken"]) throw new Error("broken");
        return state.participants.map((one, i) =>
          ({ type: "video", participant: one.id, x: 100 * i, y: 0, width: 100, height: 90 }));
      }
      """;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final ScriptedLayout.Listener listener =
      new ScriptedLayout.Listener() {
        @Override
        public void failed(String layout, ScriptException why) {
          told.add(layout + ": " + why.text());
        }

        @Override
        public void recovered(String layout) {
          told.add(layout + " recovered");
        }
      };

  private static CallView view(String... ids) {
    List<ParticipantSpec> participants = new ArrayList<>();
    for (String id : ids) {
      participants.add(new ParticipantSpec(id, id, id.equals("host"), false, 1, 0, List.of()));
    }
    return new CallView(participants, Set.of(), Map.of(), Map.of(), null, List.of());
  }

  private static CompositionSpec spec(String source, Map<String, Object> more) {
    Map<String, Object> params = new java.util.HashMap<>(more);
    params.put("custom.layout", "mine");
    return new CompositionSpec(
        "main",
        new CompositionSpec.Canvas(640, 360, 30, "#000000"),
        new CompositionSpec.Layout("custom", params),
        new CompositionSpec.Selection(List.of("*"), List.of("*"), "joined"),
        new CompositionSpec.Video(300_000, 2, Latency.NORMAL, "ultrafast"),
        new CompositionSpec.Audio(64_000, 2),
        new CompositionSpec.Limits(0, 0),
        List.of(),
        1,
        false,
        List.of(),
        new Feed(Map.of(), List.of(), List.of(), Map.of("mine", source), Map.of()));
  }

  private static Map<String, Rect> places(Scene scene) {
    Map<String, Rect> places = new java.util.TreeMap<>();
    scene.layers().forEach(layer -> places.put(layer.id(), layer.rect()));
    return places;
  }

  @Test
  void aPreparedLayoutIsThereWithTheFirstTickAndOverlaysLieOverIt() {
    CompositionSpec spec = spec(ROW, Map.of("showBannerOverlay", true));
    try (Layouter layouter = new Layouter(METER, listener, false)) {
      CallView view = view("ada", "bob");
      assertThat(layouter.prepare(spec, view, 0)).isNull();
      Scene scene = layouter.scene(spec, view, 0);
      assertThat(scene.layers().stream().map(Layer::id))
          .containsExactly("camera:ada", "camera:bob", "banner");
      assertThat(places(scene)).containsEntry("camera:bob", new Rect(100, 0, 100, 90));
      assertThat(layouter.scene(spec, view, 1)).isSameAs(scene);
    }
  }

  @Test
  void ticksGoOnWithTheLastAnswerUntilThereIsANewOneAndNobodyStaysWhoHasGone() {
    CompositionSpec spec = spec(ROW, Map.of());
    try (Layouter layouter = new Layouter(METER, listener, false)) {
      CallView two = view("ada", "bob");
      assertThat(layouter.prepare(spec, two, 0)).isNull();
      layouter.scene(spec, two, 0);
      CallView one = view("bob");
      // At once, whatever the script takes.
      assertThat(places(layouter.scene(spec, one, 1))).doesNotContainKey("camera:ada");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() ->
              assertThat(places(layouter.scene(spec, one, 2)))
                  .isEqualTo(Map.of("camera:bob", new Rect(0, 0, 100, 90))));
    }
  }

  /** A change that waits for its moment is asked for ahead; nobody may see it before. */
  @Test
  void eachRevisionHasItsOwnSceneFromItsFirstTickToItsLast() {
    String shifted = ROW.replace("100 * i", "100 * i + (params[\"custom.left\"] ?? 0)");
    CompositionSpec now = spec(shifted, Map.of());
    CompositionSpec later = spec(shifted, Map.of("custom.left", 50));
    CallView view = view("ada");
    Map<String, Rect> left = Map.of("camera:ada", new Rect(0, 0, 100, 90));
    Map<String, Rect> right = Map.of("camera:ada", new Rect(50, 0, 100, 90));
    try (Layouter layouter = new Layouter(METER, listener, false)) {
      layouter.prepareOnly(List.of(now), view, 0);
      assertThat(places(layouter.scene(now, view, 0))).isEqualTo(left);
      layouter.prepareOnly(List.of(now, later), view, 1);
      assertThat(places(layouter.scene(now, view, 1))).isEqualTo(left);
      assertThat(places(layouter.scene(later, view, 2))).isEqualTo(right);
      assertThat(places(layouter.scene(later, view, 3))).isEqualTo(right);
      layouter.prepareOnly(List.of(now), view, 4);
      assertThat(places(layouter.scene(now, view, 4))).isEqualTo(left);
    }
  }

  @Test
  void aFailureKeepsTheLastGoodSceneAlsoOfAnotherSource() {
    CallView view = view("ada", "bob");
    try (Layouter layouter = new Layouter(METER, listener, false)) {
      assertThat(layouter.prepare(spec(ROW, Map.of()), view, 0)).isNull();
      Scene good = layouter.scene(spec(ROW, Map.of()), view, 0);
      CompositionSpec broken = spec(ROW, Map.of("custom.broken", true));
      assertThat(layouter.prepare(broken, view, 1)).hasMessage("Error: broken");
      assertThat(layouter.scene(broken, view, 1)).isEqualTo(good);
      CompositionSpec syntax = spec("export function layout() {\n  return [;\n}", Map.of());
      assertThat(layouter.prepare(syntax, view, 2)).isNotNull();
      assertThat(layouter.scene(syntax, view, 2)).isEqualTo(good);
      await().atMost(Duration.ofSeconds(60)).until(() -> told.size() >= 2);
      assertThat(told.get(0)).isEqualTo("mine: line 2: Error: broken");
      assertThat(told.get(1)).startsWith("mine: line 2: unexpected token");
    }
  }

  @Test
  void byAVirtualClockEveryTickHasItsOwnAnswer() {
    String moving =
        """
        export const rate = 30;
        export function layout(state, params, viewport, time) {
          return [{ type: "box", id: "b", x: Math.round(time * 30) * 2, y: 0, width: 10, height: 10, color: "red" }];
        }
        """;
    CompositionSpec spec = spec(moving, Map.of());
    try (Layouter layouter = new Layouter(METER)) {
      for (int n = 0; n < 20; n++) {
        Scene scene = layouter.scene(spec, view("ada"), (n + 0.01) / 30);
        assertThat(places(scene)).containsEntry("custom:b", new Rect(2 * n, 0, 10, 10));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stage", "interview", "orbit"})
  void theExamplesWork(String name) throws Exception {
    String source = Files.readString(Path.of("../docs/layouts/" + name + ".js"));
    for (int count : new int[] {0, 1, 2, 5, 9}) {
      List<String> ids = new ArrayList<>(List.of("host"));
      for (int i = 1; i < count; i++) {
        ids.add("guest" + i);
      }
      for (CompositionSpec.Canvas canvas :
          List.of(
              new CompositionSpec.Canvas(640, 360, 30, "#000000"),
              new CompositionSpec.Canvas(360, 640, 30, "#000000"))) {
        BufferedImage picture =
            picture(source, canvas, view(ids.subList(0, count).toArray(String[]::new)));
        assertThat(picture.getWidth()).isEqualTo(canvas.width());
        assertThat(colours(picture)).as(name + " of " + count).isGreaterThan(count == 0 ? 0 : 3);
      }
    }
  }

  private static BufferedImage picture(String source, CompositionSpec.Canvas canvas, CallView view)
      throws IOException, ScriptException {
    byte[] png =
        LayoutTrial.png(
            source,
            Map.of("custom.title", "Title"),
            canvas,
            Map.of(),
            Map.of(),
            new LayoutTrial.Call(view.participants(), null, Map.of(), 1),
            NOTHING,
            _ -> {});
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private static long colours(BufferedImage picture) {
    return java.util.stream.IntStream.range(0, picture.getWidth() * picture.getHeight() / 16)
        .map(i ->
            picture.getRGB(
                i * 4 % picture.getWidth(), i * 4 / picture.getWidth() * 4 % picture.getHeight()))
        .distinct()
        .count();
  }
}
