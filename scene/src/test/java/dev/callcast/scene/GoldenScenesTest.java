package dev.callcast.scene;

import static dev.callcast.scene.LayoutsTest.scene;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.Layer.Border;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scenes as text, one file per preset in {@code src/test/resources/scenes}. After a wanted change
 * run {@code mvn -pl scene -am test -Dtest=GoldenScenesTest -Dcallcast.golden=write
 * -Dsurefire.failIfNoSpecifiedTests=false} and review the difference.
 */
class GoldenScenesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/scenes");

  record Case(
      String preset,
      int width,
      int height,
      String what,
      SceneState state,
      Map<String, Object> params) {
    Case(String preset, int width, int height, String what, SceneState state, Object... params) {
      this(preset, width, height, what, state, pairs(params));
    }
  }

  private static final String LABELS = "videoSettings.showParticipantLabels";
  private static final String MIC = "videoSettings.showMicStatus";
  private static final String ROUNDED = "videoSettings.roundedCorners";

  private static final List<Case> CASES =
      List.of(
          new Case("grid", 1280, 720, "nobody", States.cameras(0)),
          new Case("grid", 1280, 720, "1 camera", States.cameras(1), LABELS, true),
          new Case("grid", 1280, 720, "2 cameras", States.cameras(2)),
          new Case("grid", 1280, 720, "3 cameras", States.cameras(3), LABELS, true, MIC, true),
          new Case(
              "grid",
              1280,
              720,
              "5 cameras",
              States.cameras(5),
              ROUNDED,
              true,
              LABELS,
              true,
              "videoSettings.grid.labelPlacement",
              "inside-at-bottom"),
          new Case("grid", 1280, 720, "9 cameras", States.cameras(9)),
          new Case("grid", 720, 1280, "2 cameras", States.cameras(2)),
          new Case("grid", 720, 1280, "7 cameras", States.cameras(7), LABELS, true),
          new Case("grid", 1080, 1080, "4 upright cameras", States.cameras(4, 720, 1280)),
          new Case(
              "grid",
              1280,
              720,
              "2 cameras, room filled",
              States.cameras(2),
              "videoSettings.grid.preserveAspectRatio",
              false),
          new Case(
              "grid",
              1280,
              720,
              "3 cameras, item 1 full",
              States.cameras(3),
              "videoSettings.grid.fullScreenHighlightItemIndex",
              1),
          new Case(
              "grid",
              1280,
              720,
              "3 cameras and a screen",
              States.sharing(3, 2),
              "videoSettings.preferScreenshare",
              true),
          new Case("grid", 16, 16, "5 cameras", States.cameras(5), LABELS, true, ROUNDED, true),
          new Case("default", 1280, 720, "3 cameras", States.cameras(3)),
          new Case(
              "default", 1280, 720, "4 cameras and a screen", States.sharing(4, 3), LABELS, true),
          new Case(
              "single",
              1280,
              720,
              "2 cameras",
              States.cameras(2),
              "videoSettings.preferredParticipantIds",
              "p1"),
          new Case(
              "single",
              1080,
              1080,
              "one camera that fits",
              States.cameras(1),
              "videoSettings.scaleMode",
              "fit",
              LABELS,
              true),
          new Case("single-participant", 1280, 720, "2 cameras", States.cameras(2)),
          new Case("split", 1280, 720, "1 camera", States.cameras(1)),
          new Case(
              "split",
              1280,
              720,
              "2 cameras",
              States.cameras(2),
              LABELS,
              true,
              "videoSettings.zoomFactorsList",
              "1.5,2",
              "videoSettings.split.scaleModeOverrides",
              "fill,fit"),
          new Case(
              "split",
              720,
              1280,
              "3 cameras",
              States.cameras(3),
              "videoSettings.split.margin_gu",
              1),
          new Case("dominant", 1280, 720, "1 camera", States.cameras(1)),
          new Case("dominant", 1280, 720, "4 cameras", States.cameras(4), LABELS, true),
          new Case(
              "dominant",
              1280,
              720,
              "9 cameras, strip on top",
              States.cameras(9),
              "videoSettings.dominant.position",
              "bottom",
              "videoSettings.dominant.centerItems",
              true,
              ROUNDED,
              true),
          new Case(
              "dominant",
              720,
              1280,
              "3 cameras and a screen",
              States.sharing(3, 0),
              "videoSettings.preferScreenshare",
              true),
          new Case("active-participant", 1280, 720, "12 cameras", States.cameras(12)),
          new Case("pip", 1280, 720, "2 cameras", States.cameras(2), LABELS, true, ROUNDED, true),
          new Case(
              "pip",
              1920,
              1080,
              "a screen, the speaker in the window",
              States.sharing(2, 1),
              "videoSettings.preferScreenshare",
              true,
              "videoSettings.pip.position",
              "bottom-left",
              "videoSettings.pip.aspectRatio",
              1.778,
              "videoSettings.pip.followDomFlag",
              true),
          new Case("portrait", 720, 1280, "2 cameras", States.cameras(2), LABELS, true),
          new Case(
              "portrait",
              1080,
              1920,
              "2 cameras, inset",
              States.cameras(2),
              "portrait.variant",
              "inset"),
          new Case("audio-only", 1280, 720, "1 voice", States.cameras(1)),
          new Case("audio-only", 1280, 720, "5 voices", States.cameras(5)),
          new Case("audio-only", 720, 1280, "12 voices", States.cameras(12)));

  static List<String> presets() {
    return CASES.stream().map(Case::preset).distinct().toList();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void scenesAreAsTheyWere(String preset) throws IOException {
    String actual =
        CASES.stream()
            .filter(one -> one.preset.equals(preset))
            .map(GoldenScenesTest::text)
            .collect(Collectors.joining("\n"));
    Path file = DIRECTORY.resolve(preset + ".txt");
    if ("write".equals(System.getProperty("callcast.golden"))) {
      Files.createDirectories(DIRECTORY);
      Files.writeString(file, actual);
    }
    assertThat(actual).isEqualTo(Files.readString(file));
  }

  private static String text(Case one) {
    StringBuilder text = new StringBuilder();
    text.append("# %dx%d %s".formatted(one.width, one.height, one.what));
    one.params.forEach((name, value) ->
        text.append("; ").append(name.replace("videoSettings.", "")).append('=').append(value));
    text.append('\n');
    for (Layer layer : scene(one.preset, one.params, one.width, one.height, one.state).layers()) {
      text.append(text(layer)).append('\n');
    }
    return text.toString();
  }

  private static String text(Layer layer) {
    Rect rect = layer.rect();
    String where =
        "%-18s %4d,%-4d %4dx%-4d"
            .formatted(layer.id(), rect.x(), rect.y(), rect.width(), rect.height());
    String what =
        switch (layer) {
          case Layer.Tile tile ->
              " %s %s%s%s%s [%s]%s"
                  .formatted(
                      tile.track() == null ? "-" : tile.track(),
                      tile.scaleMode().name().toLowerCase(Locale.ROOT),
                      tile.zoom() == 1 ? "" : " zoom " + tile.zoom(),
                      tile.cornerRadius() == 0 ? "" : " radius %.1f".formatted(tile.cornerRadius()),
                      border(tile.border()),
                      tile.placeholder().initials(),
                      hex(tile.placeholder().background()));
          case Layer.Box box -> " box %s radius %s".formatted(hex(box.color()), box.cornerRadius());
          case Layer.Label label ->
              " '%s' %s %s %d %.1fpx %s stroke %.1f %s%s"
                  .formatted(
                      label.text(),
                      label.align().name().toLowerCase(Locale.ROOT),
                      label.fontFamily(),
                      label.fontWeight(),
                      label.fontSize(),
                      hex(label.color()),
                      label.strokeWidth(),
                      hex(label.strokeColor()),
                      label.icon() == null ? "" : " muted");
          case Layer.Drawing drawing -> " " + drawing.parts();
        };
    return where + what + (layer.opacity() == 1 ? "" : " opacity " + layer.opacity());
  }

  private static String border(@Nullable Border border) {
    return border == null ? "" : " border %s %s".formatted(border.width(), hex(border.color()));
  }

  private static String hex(Color color) {
    String rgb = "#%02x%02x%02x".formatted(color.red(), color.green(), color.blue());
    return color.alpha() == 255 ? rgb : rgb + "%02x".formatted(color.alpha());
  }

  private static Map<String, Object> pairs(Object... params) {
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < params.length; i += 2) {
      map.put((String) params[i], params[i + 1]);
    }
    return map;
  }
}
