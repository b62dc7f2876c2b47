package dev.callcast.scene;

import static dev.callcast.scene.LayoutsTest.scene;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who is shown where, and how, as the params say. */
class SelectionTest {
  private static final String P = "videoSettings.";

  private static final Participant ADA = participant("ada", camera("ada"), null, true);
  private static final Participant BO = participant("bo", paused("bo"), null, false);
  private static final Participant CY = participant("cy", null, null, true);
  private static final Participant DI = participant("di", camera("di"), screen("di"), false);
  private static final Participant ED = participant("ed", camera("ed"), screen("ed"), true);
  private static final SceneState CALL = new SceneState(List.of(ADA, BO, CY, DI, ED), "ed", 0);

  @Test
  void camerasComeBeforeScreensUnlessScreensArePreferred() {
    assertThat(shown("grid", Map.of()))
        .containsExactly("ada", "bo", "cy", "di", "ed", "screen:di", "screen:ed");
    assertThat(shown("grid", Map.of(P + "preferScreenshare", true)))
        .containsExactly("screen:di", "screen:ed", "ada", "bo", "cy", "di", "ed");
  }

  @Test
  void preferredOnesComeFirstAndUnknownIdsAreIgnored() {
    assertThat(shown("grid", Map.of(P + "preferredParticipantIds", "ed,nobody,bo")))
        .containsExactly("ed", "bo", "ada", "cy", "di", "screen:ed", "screen:di");
    assertThat(shown("single", Map.of(P + "preferredParticipantIds", "di"))).containsExactly("di");
  }

  @Test
  void filtersLeaveOut() {
    assertThat(shown("grid", Map.of(P + "omitPausedVideo", true))).doesNotContain("bo").hasSize(6);
    assertThat(shown("grid", Map.of(P + "omitPaused", true))).doesNotContain("bo").hasSize(6);
    assertThat(shown("grid", Map.of(P + "omitAudioOnly", true))).doesNotContain("cy").hasSize(6);
    assertThat(shown("grid", Map.of(P + "omitExtraScreenshares", true)))
        .doesNotContain("screen:ed")
        .hasSize(6);
    String filter = P + "filterForUnpausedMediaTypes";
    assertThat(shown("grid", Map.of(filter, "audio")))
        .containsExactly("ada", "cy", "ed", "screen:ed");
    assertThat(shown("grid", Map.of(filter, "video,screenshare"))).doesNotContain("bo", "cy");
  }

  @Test
  void theCapKeepsTheSpeaker() {
    assertThat(shown("grid", Map.of(P + "maxCamStreams", 2, P + "omitExtraScreenshares", true)))
        .containsExactly("ada", "ed", "screen:di");
    assertThat(shown("grid", Map.of(P + "maxCamStreams", 0)))
        .containsExactly("screen:di", "screen:ed");
  }

  @Test
  void aPausedCameraShowsItsPlaceholder() {
    List<Tile> tiles = tiles("grid", Map.of());
    assertThat(tiles.get(0).track()).isEqualTo("ada/cam");
    assertThat(tiles.get(1).track()).isNull();
    assertThat(tiles.get(2).track()).isNull();
  }

  @Test
  void theSpeakersCameraIsHighlightedInAGridOnly() {
    assertThat(tiles("grid", Map.of()).stream().filter(t -> t.border() != null).map(Tile::id))
        .containsExactly("camera:ed");
    assertThat(tiles("grid", Map.of(P + "grid.highlightDominant", false)))
        .allMatch(t -> t.border() == null);
    assertThat(tiles("grid", Map.of(P + "highlight.stroke_gu", 0)))
        .allMatch(t -> t.border() == null);
    assertThat(tiles("split", Map.of())).allMatch(t -> t.border() == null);
  }

  @Test
  void dominantFollowsTheSpeakerOrTheScreen() {
    assertThat(shown("dominant", Map.of())).startsWith("ed", "ada", "bo");
    assertThat(shown("dominant", Map.of(P + "dominant.followDomFlag", false)))
        .startsWith("ada", "bo", "cy");
    assertThat(shown("dominant", Map.of(P + "preferScreenshare", true)))
        .startsWith("screen:di", "ed", "screen:ed", "ada");
    assertThat(
            shown(
                "dominant",
                Map.of(P + "dominant.followDomFlag", false, P + "dominant.numChiclets", 2)))
        .as("the speaker takes the place of the last in the strip")
        .containsExactly("ada", "bo", "ed");
    assertThat(shown("default", Map.of())).startsWith("screen:di", "ed");
  }

  @Test
  void pipShowsTheFirstTwoOrFollowsTheSpeaker() {
    assertThat(shown("pip", Map.of())).containsExactly("ada", "bo");
    assertThat(shown("pip", Map.of(P + "pip.followDomFlag", true))).containsExactly("ed", "ada");
    assertThat(shown("pip", Map.of(P + "preferScreenshare", true)))
        .containsExactly("screen:di", "screen:ed");
    assertThat(shown("pip", Map.of(P + "preferScreenshare", true, P + "pip.followDomFlag", true)))
        .containsExactly("screen:di", "ed");
  }

  @Test
  void audioOnlyShowsNoTrackAndMovesItsMetersInSteps() {
    assertThat(tiles("audio-only", Map.of())).hasSize(5).allMatch(t -> t.track() == null);
    assertThat(slate(0.50)).isEqualTo(slate(0.51)).isNotEqualTo(slate(0.60));
    assertThat(slate(Double.NaN)).isEqualTo(slate(0));
    assertThat(slate(7)).isEqualTo(slate(1));
  }

  @Test
  void labelsMoveWithinTheirTile() {
    assertThat(label(Map.of())).isEqualTo(new Rect(10, 680, 1260, 30));
    assertThat(label(Map.of(P + "labels.offset_x_gu", 2, P + "labels.offset_y_gu", -1)))
        .isEqualTo(new Rect(50, 660, 1230, 30));
    assertThat(label(Map.of(P + "labels.offset_x_gu", -9, P + "labels.offset_y_gu", 9)))
        .isEqualTo(new Rect(0, 690, 1090, 30));
    assertThat(label(Map.of(P + "labels.fontSize_pct", 200)))
        .isEqualTo(new Rect(10, 650, 1260, 60));
  }

  private static Rect label(Map<String, Object> params) {
    Map<String, Object> all = new HashMap<>(params);
    all.put(P + "showParticipantLabels", true);
    return scene("single", all, 1280, 720, CALL).layers().get(1).rect();
  }

  private static Scene slate(double level) {
    Participant one = new Participant("ada", "Ada", false, null, null, true, level);
    return scene("audio-only", Map.of(), 1280, 720, new SceneState(List.of(one), null, 0));
  }

  private static List<String> shown(String preset, Map<String, Object> params) {
    return tiles(preset, params).stream().map(t -> t.id().replace("camera:", "")).toList();
  }

  private static List<Tile> tiles(String preset, Map<String, Object> params) {
    return scene(preset, params, 1280, 720, CALL).layers().stream()
        .filter(Tile.class::isInstance)
        .map(Tile.class::cast)
        .toList();
  }

  private static Participant participant(String id, Video camera, Video screen, boolean audible) {
    return new Participant(id, id, false, camera, screen, audible, 0.5);
  }

  private static Video camera(String id) {
    return new Video(id + "/cam", 640, 360, false);
  }

  private static Video paused(String id) {
    return new Video(id + "/cam", 640, 360, true);
  }

  private static Video screen(String id) {
    return new Video(id + "/screen", 1920, 1080, false);
  }
}
