package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.scene.Rect;
import dev.callcast.testkit.check.AreaCheck;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * One's own layout in JavaScript with an image that moves and a font of one's own, in a recorded
 * call: it comes with the picture that was asked for, the image keeps its time, letters are those
 * of the uploaded font from one picture to the next, and a layout that fails leaves all of that as
 * it was.
 */
@Tag("media")
class GraphicsCallTest {
  private static final Logger log = LoggerFactory.getLogger(GraphicsCallTest.class);
  private static final double TICK = 1.0 / 30;
  private static final Path FONTS = Path.of("/usr/share/fonts/truetype/noto");

  private static final Rect IMAGE = new Rect(20, 420, 200, 200);
  private static final Rect LETTERS = new Rect(300, 420, 900, 200);

  /** Fails on line 3 from the media time {@code custom.until} on. */
  private static final String LAYOUT =
      """
      export const assets = ["blink.gif", "brand.ttf"], rate = 10;
      export function layout(state, params, viewport, time) {
        if (time > (params["custom.until"] ?? 1e9)) throw new Error("until then");
        const layers = state.participants.map((one, i) => (
          {type: "video", participant: one.id, x: 640 * i, y: 0, width: 640, height: 360}));
        layers.push({type: "image", asset: "blink.gif", x: 20, y: 420, width: 200, height: 200});
        layers.push({type: "label", x: 300, y: 420, width: 900, height: 200, text: "Illi Willi",
          fontSize: 160, fontFamily: params["custom.font"]});
        return layers;
      }
      """;

  @TempDir Path directory;

  @Test
  void aLayoutOfOnesOwnWithAMovingImageAndAFont() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      upload(node, "/v1/assets/blink.gif", blinking(directory.resolve("blink.gif")));
      upload(node, "/v1/assets/brand.ttf", Files.readAllBytes(FONTS.resolve("NotoSans-Bold.ttf")));
      upload(node, "/v1/layouts/desk", LAYOUT.getBytes(StandardCharsets.UTF_8));
      LiveCall call = node.call("graphics");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 2).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      double seen = call.awaitSeen("main", people) + 0.5;
      call.awaitMediaTime("main", seen + 0.5);

      // A first layout in JavaScript has its sandbox made, which takes a second or two.
      double asked = call.mediaTime("main") + 5;
      Map<String, Object> layout =
          Map.of(
              "preset",
              "custom",
              "params",
              Map.of("custom.layout", "desk", "custom.font", "Roboto"));
      double changed = call.patch("main", Map.of("layout", layout, "at", asked));
      call.awaitMediaTime("main", changed + 2);
      double lettered =
          call.layout("main", Map.of("params", Map.of("custom.font", "asset:brand.ttf")));
      call.awaitMediaTime("main", lettered + 0.5);
      double until = call.mediaTime("main") + 0.5;
      call.layout("main", Map.of("params", Map.of("custom.until", until)));
      JsonNode failed = call.awaitEvent("layout.failed", event -> true);
      call.awaitMediaTime("main", until + 1.5);
      double end = call.mediaTime("main");
      long skipped = call.compositionStats("main").get("skippedTicks").asLong();
      Path file = call.stop("main");

      assertThat(failed.at("/data/layout").asString()).isEqualTo("desk");
      assertThat(failed.at("/data/message").asString()).contains("until then");
      assertThat(failed.at("/data/line").asInt()).isEqualTo(3);
      assertThat(failed.get("mediaTime").asDouble()).isCloseTo(until, within(0.6));
      // The first picture that is not before what was asked for.
      assertThat(changed).isBetween(asked - 0.001, asked + (1 + skipped) * TICK);
      placed(file, people, seen, changed, end);
      blinks(AreaCheck.run(file, IMAGE), changed, end);
      lettered(AreaCheck.run(file, LETTERS), changed, lettered, end);
    }
  }

  /** From black to white by a cross-fade, and back by a wipe: each picture is on its way. */
  @Test
  void scenesComeInByTransitions() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      node.api().put("/v1/scenes/black", slate("rgb(0, 0, 0)"));
      node.api().put("/v1/scenes/white", slate("rgb(255, 255, 255)"));
      LiveCall call = node.call("transitions");
      Map<String, Object> composition =
          new HashMap<>(LiveCall.composition("main", 640, 360, 30, "grid"));
      composition.put("layout", slate("rgb(0, 0, 0)").get("layout"));
      call.compose(composition);
      call.awaitMediaTime("main", 0.5);
      double faded = switchTo(call, "white", "cross-fade");
      double wiped = switchTo(call, "black", "wipe-left");
      List<AreaCheck.Look> looks = AreaCheck.run(call.stop("main"), new Rect(0, 0, 640, 360));
      for (AreaCheck.Look look : looks) {
        double fade = Math.clamp(look.seconds() - faded, 0, 1);
        double wipe = Math.clamp(look.seconds() - wiped, 0, 1);
        if (look.seconds() < wiped) {
          assertThat(look.luma()).as("luma at %s", look).isCloseTo(16 + 219 * fade, within(4.0));
        } else {
          assertThat(look.bright()).as("white at %s", look).isCloseTo(1 - wipe, within(0.01));
        }
      }
    }
  }

  private static Map<String, Object> slate(String color) {
    Map<String, Object> params = new HashMap<>();
    params.put("showTitleSlate", true);
    params.put("titleSlate.enableTransition", false);
    params.put("titleSlate.bgColor", color);
    params.put("titleSlate.title", "");
    params.put("titleSlate.subtitle", "");
    return Map.of("layout", Map.of("preset", "grid", "params", params));
  }

  /** Lets a scene come in within a second; when that began, s of media time. */
  private static double switchTo(LiveCall call, String scene, String type) throws Exception {
    Map<String, Object> transition = Map.of("type", type, "duration", 1, "easing", "linear");
    double began = call.patch("main", Map.of("scene", scene, "transition", transition));
    call.awaitMediaTime("main", began + 1.5);
    return began;
  }

  private static void placed(
      Path file, List<SyntheticParticipant> people, double seen, double changed, double end)
      throws IOException, InterruptedException {
    List<Tile> tiles = new ArrayList<>();
    double before = changed - TICK / 2;
    tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, seen, before));
    for (int i = 0; i < people.size(); i++) {
      Rect place = new Rect(640 * i, 0, 640, 360);
      tiles.add(Tile.of(i, Placement.fill(place, 640, 360)).between(before, end));
    }
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}", report.summary());
    for (TileReport tile : report.tiles()) {
      assertThat(tile.pictures()).isGreaterThan(15);
      assertThat(tile.right()).as(tile.summary()).isEqualTo(tile.pictures());
    }
    assertThat(report.longestPictureGap()).isLessThan(1.5 * TICK);
    assertThat(report.decodeErrors()).isEmpty();
  }

  /** White for half a second, black for half a second, whatever else happens. */
  private static void blinks(List<AreaCheck.Look> looks, double from, double to) {
    List<Double> turns = new ArrayList<>();
    AreaCheck.Look last = null;
    for (AreaCheck.Look look : looks) {
      if (look.seconds() < from - TICK / 2 || look.seconds() > to) {
        continue;
      }
      assertThat(look.bright())
          .as("part that is white")
          .satisfiesAnyOf(
              part -> assertThat(part).isLessThan(0.01),
              part -> assertThat(part).isGreaterThan(0.99));
      if (last != null && last.bright() > 0.5 != look.bright() > 0.5) {
        turns.add(look.seconds());
      }
      last = look;
    }
    assertThat(turns.size()).isGreaterThanOrEqualTo((int) ((to - from) / 0.5) - 1);
    for (int i = 1; i < turns.size(); i++) {
      assertThat(turns.get(i) - turns.get(i - 1)).as("turn %d", i).isCloseTo(0.5, within(TICK));
    }
  }

  /** Bold letters are whiter than regular ones, from the very picture on. */
  private static void lettered(List<AreaCheck.Look> looks, double from, double change, double to) {
    double[] regular = bright(looks, from, change);
    double[] bold = bright(looks, change, to);
    log.info(
        "white: {} regular, {} bold", List.of(regular[0], regular[1]), List.of(bold[0], bold[1]));
    assertThat(regular[0]).as("letters at all").isGreaterThan(0.03);
    // Nothing moves in them, also after the layout has failed.
    assertThat(regular[1] - regular[0]).isLessThan(0.005);
    assertThat(bold[1] - bold[0]).isLessThan(0.005);
    assertThat(bold[0]).isGreaterThan(1.2 * regular[1]);
  }

  /** The least and the most in any picture from one time to another. */
  private static double[] bright(List<AreaCheck.Look> looks, double from, double to) {
    double[] of =
        looks.stream()
            .filter(look -> look.seconds() >= from - TICK / 2 && look.seconds() < to - TICK / 2)
            .mapToDouble(AreaCheck.Look::bright)
            .sorted()
            .toArray();
    assertThat(of).hasSizeGreaterThan(10);
    return new double[] {of[0], of[of.length - 1]};
  }

  private static byte[] blinking(Path file) throws IOException, InterruptedException {
    Process ffmpeg =
        new ProcessBuilder(
                "ffmpeg",
                "-loglevel",
                "error",
                "-f",
                "lavfi",
                "-i",
                "color=black:s=64x64:r=2:d=1,format=gray,geq=lum=255*N",
                "-c:v",
                "gif",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(ffmpeg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ffmpeg.waitFor()).as(said).isZero();
    return Files.readAllBytes(file);
  }

  private static void upload(LiveNode node, String path, byte[] body)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(node.url() + path))
                  .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
  }
}
