package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LayoutsTest {
  private static final int[][] CANVASES = {
    {16, 16}, {1280, 720}, {1920, 1080}, {720, 1280}, {1080, 1080}, {640, 360}, {854, 480},
    {3840, 2160}, {2160, 3840}, {320, 18}, {16, 2160}, {3840, 16}, {426, 240}, {1366, 768}
  };
  private static final List<String> FLAGS =
      List.of(
          "videoSettings.preferScreenshare",
          "videoSettings.omitPausedVideo",
          "videoSettings.omitAudioOnly",
          "videoSettings.omitExtraScreenshares",
          "videoSettings.showParticipantLabels",
          "videoSettings.showMicStatus",
          "videoSettings.roundedCorners",
          "videoSettings.grid.useDominantForSharing",
          "videoSettings.grid.highlightDominant",
          "videoSettings.grid.preserveAspectRatio",
          "videoSettings.dominant.centerItems",
          "videoSettings.dominant.followDomFlag",
          "videoSettings.pip.followDomFlag");

  @Test
  void everyLayoutStaysInsideTheCanvasOnEvenNumbersWithoutOverlap() {
    Random random = new Random(20261122);
    for (String preset : Layouts.presets()) {
      for (int count = 0; count <= 50; count++) {
        for (int round = 0; round < 6; round++) {
          int[] canvas =
              round < 4
                  ? CANVASES[random.nextInt(CANVASES.length)]
                  : new int[] {16 + 2 * random.nextInt(1913), 16 + 2 * random.nextInt(1073)};
          Map<String, Object> params = randomParams(random, round);
          SceneState state = States.random(random, count);
          String what = "%s %dx%d %d %s".formatted(preset, canvas[0], canvas[1], count, params);
          Scene scene = scene(preset, params, canvas[0], canvas[1], state);
          check(what, scene, overlapIsMeant(preset, params));
          assertThat(scene(preset, params, canvas[0], canvas[1], state)).isEqualTo(scene);
        }
      }
    }
  }

  private static boolean overlapIsMeant(String preset, Map<String, Object> params) {
    Object mode = params.get("mode");
    return "pip".equals(mode)
        || (mode == null
            && (preset.equals("pip")
                || (preset.equals("portrait") && "inset".equals(params.get("portrait.variant")))));
  }

  private static Map<String, Object> randomParams(Random random, int round) {
    Map<String, Object> params = new HashMap<>();
    params.put("videoSettings.maxCamStreams", random.nextBoolean() ? 50 : random.nextInt(12));
    if (round == 0) {
      return params;
    }
    for (String flag : FLAGS) {
      if (random.nextInt(3) == 0) {
        params.put(flag, random.nextBoolean());
      }
    }
    for (String name : LayoutParams.names()) {
      Vocabulary.Param param = Vocabulary.ALL.get(name);
      boolean choice =
          param.kind() == Vocabulary.Kind.CHOICE || param.kind() == Vocabulary.Kind.FONT;
      boolean number =
          (param.kind() == Vocabulary.Kind.NUMBER || param.kind() == Vocabulary.Kind.INTEGER)
              && !name.contains("fullScreenHighlight")
              && !name.contains("maxCam");
      if (choice && random.nextInt(name.equals("mode") ? 6 : 3) == 0) {
        params.put(name, param.choices().get(random.nextInt(param.choices().size())));
      } else if (number && random.nextInt(round < 3 ? 12 : 4) == 0) {
        double span = param.most() - param.least();
        params.put(
            name,
            random.nextInt(5) == 0
                ? param.least() + random.nextDouble() * span
                : param.least() + random.nextDouble() * span * 0.05);
      }
    }
    return params;
  }

  /** AssertJ's descriptions would take most of the time here. */
  private static void hold(boolean holds, String what, String wanted, Layer layer) {
    if (!holds) {
      throw new AssertionError(what + ": " + wanted + " expected of " + layer);
    }
  }

  private static void check(String what, Scene scene, boolean overlapIsMeant) {
    Rect canvas = new Rect(0, 0, scene.width(), scene.height());
    Set<String> ids = new HashSet<>();
    List<Tile> tiles =
        scene.layers().stream().filter(Tile.class::isInstance).map(Tile.class::cast).toList();
    for (Layer layer : scene.layers()) {
      Rect rect = layer.rect();
      hold(canvas.contains(rect), what, "inside", layer);
      hold(((rect.x() | rect.y() | rect.width() | rect.height()) & 1) == 0, what, "even", layer);
      hold(Math.min(rect.width(), rect.height()) >= 2, what, "not empty", layer);
      hold(ids.add(layer.id()), what, "its id once", layer);
    }
    if (!overlapIsMeant) {
      for (int i = 0; i < tiles.size(); i++) {
        for (int j = i + 1; j < tiles.size(); j++) {
          hold(
              !tiles.get(i).rect().intersects(tiles.get(j).rect()),
              what,
              "not on " + tiles.get(j),
              tiles.get(i));
        }
      }
    }
    for (Tile tile : tiles) {
      double most = Math.min(tile.rect().width(), tile.rect().height()) / 2.0;
      hold(tile.cornerRadius() >= 0 && tile.cornerRadius() <= most, what, "a corner", tile);
      double mostZoom = tile.scaleMode() == ScaleMode.FILL ? 4 : 1;
      hold(tile.zoom() >= 1 && tile.zoom() <= mostZoom, what, "a zoom", tile);
    }
    for (Layer layer : scene.layers()) {
      if (layer instanceof Label label) {
        hold(label.fontSize() >= SceneBuilder.SMALLEST_FONT, what, "readable", label);
        hold(ids.contains(label.id().substring("label:".length())), what, "a tile", label);
        for (Tile tile : tiles) {
          boolean own = label.id().equals("label:" + tile.id());
          if (!own && !overlapIsMeant) {
            hold(!label.rect().intersects(tile.rect()), what, "not on " + tile, label);
          }
        }
      }
    }
  }

  @Test
  void gridOfUsualCountsHasExactTilesOnUsualCanvases() {
    assertThat(sizes("grid", 1280, 720, States.cameras(1))).containsExactly("1280x720");
    assertThat(sizes("grid", 1280, 720, States.cameras(2))).containsExactly("640x360");
    assertThat(sizes("grid", 1280, 720, States.cameras(4))).containsExactly("640x360");
    assertThat(sizes("grid", 1280, 720, States.cameras(9))).containsExactly("426x240");
    assertThat(sizes("grid", 1280, 720, States.cameras(16))).containsExactly("320x180");
    assertThat(sizes("grid", 1280, 720, States.cameras(25))).containsExactly("256x144");
    assertThat(sizes("grid", 1920, 1080, States.cameras(9))).containsExactly("640x360");
    assertThat(sizes("grid", 720, 1280, States.cameras(2))).containsExactly("720x406");
    assertThat(sizes("grid", 720, 1280, States.cameras(2, 360, 640))).containsExactly("360x640");
  }

  @Test
  void initialsAndLabelsInsideLowTilesDoNotOverlap() {
    int lifted = 0;
    for (String preset : Layouts.presets()) {
      for (int count = 1; count <= 50; count++) {
        for (int[] canvas : CANVASES) {
          Scene scene =
              scene(
                  preset,
                  Map.of(
                      "videoSettings.showParticipantLabels",
                      true,
                      "videoSettings.grid.labelPlacement",
                      "inside-at-bottom"),
                  canvas[0],
                  canvas[1],
                  States.cameras(count));
          Map<String, Tile> tiles = new HashMap<>();
          for (Layer layer : scene.layers()) {
            if (layer instanceof Tile tile) {
              tiles.put(tile.id(), tile);
            }
            if (layer instanceof Label label) {
              Tile tile = tiles.get(label.id().substring("label:".length()));
              Rect rect = tile.rect();
              double size = tile.placeholder().fontSize(rect.width(), rect.height());
              double end =
                  rect.y() + (rect.height() - tile.placeholder().covered()) / 2.0 + 0.36 * size;
              String what = preset + " " + count + " on " + canvas[0] + "x" + canvas[1];
              hold(end <= label.rect().y(), what, "initials above it", label);
              hold(size > 0, what, "initials", tile);
              lifted += tile.placeholder().covered() > 0 ? 1 : 0;
            }
          }
        }
      }
    }
    assertThat(lifted).isPositive();
  }

  @Test
  void namesOnASlateGrowWithFewPlaces() {
    assertThat(nameSize(1)).isEqualTo(2 * nameSize(25));
    assertThat(nameSize(4)).isBetween(nameSize(25) + 1, nameSize(1));
  }

  private static int nameSize(int count) {
    return scene("audio-only", Map.of(), 1280, 720, States.cameras(count)).layers().stream()
        .filter(Label.class::isInstance)
        .mapToInt(label -> (int) Math.round(((Label) label).fontSize()))
        .max()
        .orElseThrow();
  }

  @Test
  void anExplicitModeWinsOverThePreset() {
    SceneState state = States.cameras(3);
    for (String preset : Layouts.presets()) {
      Scene single = scene(preset, Map.of("mode", "single"), 1280, 720, state);
      assertThat(single.layers().stream().filter(Tile.class::isInstance)).as(preset).hasSize(1);
    }
  }

  @Test
  void anEmptyCallIsAnEmptyScene() {
    for (String preset : Layouts.presets()) {
      assertThat(scene(preset, Map.of(), 1280, 720, States.cameras(0)))
          .isEqualTo(new Scene(1280, 720, Color.BLACK, List.of()));
    }
  }

  @Test
  void unknownPresetsAndOddCanvasesAreRefused() {
    assertThatThrownBy(() -> Layouts.check("mosaic", Map.of()))
        .isInstanceOfSatisfying(
            ParamException.class, e -> assertThat(e.param()).isEqualTo("preset"))
        .hasMessageContaining("grid")
        .hasMessageContaining("audio-only");
    assertThatThrownBy(() -> scene("grid", Map.of(), 1279, 720, States.cameras(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static Scene scene(
      String preset, Map<String, Object> params, int width, int height, SceneState state) {
    return Layouts.scene(preset, LayoutParams.parse(params), width, height, Color.BLACK, state);
  }

  private static Set<String> sizes(String preset, int width, int height, SceneState state) {
    Set<String> sizes = new HashSet<>();
    for (Layer layer :
        scene(preset, Map.of("videoSettings.maxCamStreams", 50), width, height, state).layers()) {
      sizes.add(layer.rect().width() + "x" + layer.rect().height());
    }
    return sizes;
  }
}
