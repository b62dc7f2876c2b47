package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything about the picture and the mix that can be changed while a call is recorded. A layout
 * is in the file from the very picture on that {@code composition.updated} names, and the one
 * before up to the picture before.
 */
@Tag("media")
class LayoutChangesTest {
  private static final Logger log = LoggerFactory.getLogger(LayoutChangesTest.class);
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 720;
  private static final double TICK = 1.0 / 30;

  /** A track that was not shown begins with a key frame, which has to be asked for first. */
  private static final double SHOWN_AGAIN = 1.0;

  private record Step(String preset, Map<String, Object> params, double from, double to) {
    Map<String, Object> layout() {
      return Map.of("preset", preset, "params", params);
    }
  }

  private static Map<String, Object> params(Object... pairs) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((String) pairs[i], pairs[i + 1]);
    }
    return all;
  }

  @Test
  void eachLayoutTakesEffectInOneFrame() throws Exception {
    List<Step> wanted =
        List.of(
            new Step("single", Map.of(), 0, 0),
            new Step("split", Map.of(), 0, 0),
            new Step("dominant", Map.of(), 0, 0),
            new Step("pip", Map.of(), 0, 0),
            new Step("portrait", Map.of(), 0, 0),
            new Step("portrait", Map.of("portrait.variant", "inset"), 0, 0),
            new Step("audio-only", Map.of(), 0, 0),
            new Step(
                "grid",
                params(
                    "videoSettings.showParticipantLabels",
                    true,
                    "videoSettings.grid.itemInterval_gu",
                    1,
                    "videoSettings.grid.outerPadding_gu",
                    1),
                0,
                0));
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("layouts");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 4).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      node.api().put(call.path() + "/speaker", Map.of("participant", "p2"));
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 1.8);
      List<Step> steps = new ArrayList<>();
      Step now = new Step("grid", Map.of(), 0.8, 0);
      for (Step next : wanted) {
        double changed = call.replaceLayout("main", next.layout());
        steps.add(new Step(now.preset(), now.params(), now.from(), changed));
        now = new Step(next.preset(), next.params(), changed, 0);
        call.awaitMediaTime("main", changed + SHOWN_AGAIN + 0.25);
      }
      double end = call.mediaTime("main");
      steps.add(new Step(now.preset(), now.params(), now.from(), end));
      Path file = call.stop("main");
      check(file, people, steps);
    }
  }

  private static void check(Path file, List<SyntheticParticipant> people, List<Step> steps)
      throws Exception {
    List<Tile> tiles = new ArrayList<>();
    List<String> what = new ArrayList<>();
    List<Integer> expected = new ArrayList<>(); // pictures in which the tile is right; −1 for all
    Set<Integer> shownBefore = new HashSet<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      List<Tile> mine = tiles(step, people);
      for (Tile tile : mine) {
        boolean again = i > 0 && !shownBefore.contains(tile.participant());
        tiles.add(
            tile.between(step.from() - TICK / 2 + (again ? SHOWN_AGAIN : 0), step.to() - TICK / 2));
        what.add(i + " " + step + " p" + tile.participant());
        expected.add(-1);
        if (i > 0 && !samePlace(tile, tiles(steps.get(i - 1), people))) {
          // The picture before does not show it here yet.
          tiles.add(tile.between(step.from() - 1.5 * TICK, step.from() - TICK / 2));
          what.add("before " + i + " " + step + " p" + tile.participant());
          expected.add(0);
        }
        if (i + 1 < steps.size() && !samePlace(tile, tiles(steps.get(i + 1), people))) {
          // The first picture of the next does not show it here any more.
          tiles.add(tile.between(step.to() - TICK / 2, step.to() + TICK / 2));
          what.add("after " + i + " " + step + " p" + tile.participant());
          expected.add(0);
        }
      }
      shownBefore.clear();
      mine.forEach(tile -> shownBefore.add(tile.participant()));
    }
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}", report.summary());
    for (int i = 0; i < tiles.size(); i++) {
      TileReport tile = report.tiles().get(i);
      if (expected.get(i) < 0) {
        assertThat(tile.pictures()).as(what.get(i)).isGreaterThan(5);
        assertThat(tile.right()).as(what.get(i)).isEqualTo(tile.pictures());
        assertThat(tile.frozen()).as(what.get(i)).isEmpty();
      } else {
        // None where a busy machine left out just this one.
        assertThat(tile.pictures()).as(what.get(i)).isLessThanOrEqualTo(1);
        assertThat(tile.right()).as(what.get(i)).isZero();
      }
    }
    // Whatever is shown: everyone is heard all the time.
    for (SyntheticParticipant person : people) {
      TileReport heard = report.tile(person.index());
      assertThat(heard.toneDb()).as(person.id()).isCloseTo(-36, within(1.5));
    }
    assertThat(report.decodeErrors()).isEmpty();
    assertThat(report.black()).isEmpty();
    assertThat(report.silent()).isEmpty();
    assertThat(report.longestPictureGap()).isLessThan(1.5 * TICK);
  }

  private static List<Tile> tiles(Step step, List<SyntheticParticipant> people) {
    return Tiles.of(
        step.preset(), step.params(), WIDTH, HEIGHT, people, "p2", step.from(), step.to());
  }

  private static boolean samePlace(Tile tile, List<Tile> others) {
    return others.stream()
        .anyMatch(other ->
            other.participant() == tile.participant() && other.place().equals(tile.place()));
  }

  @Test
  void muteGainPanPauseAndLeaving() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("changes");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 4).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 2);
      double changed = call.mediaTime("main");
      call.patchParticipant("p0", Map.of("muted", true));
      call.patchParticipant("p1", Map.of("gain", 0.25));
      call.patchParticipant("p2", Map.of("pan", -1));
      call.pauseTrack(people.get(3), "cam", true);
      double settled = call.mediaTime("main") + 0.4;
      call.awaitMediaTime("main", settled + 1.2);
      double back = call.mediaTime("main");
      call.patchParticipant("p0", Map.of("muted", false));
      call.patchParticipant("p1", Map.of("gain", 2));
      call.patchParticipant("p2", Map.of("pan", 1));
      call.pauseTrack(people.get(3), "cam", false);
      double resettled = call.mediaTime("main") + 0.4;
      call.awaitMediaTime("main", resettled + 1.4);
      double left = call.mediaTime("main");
      call.leave("p1");
      double gone = call.mediaTime("main") + 0.4;
      call.awaitMediaTime("main", gone + 1.2);
      double end = call.mediaTime("main");
      Path file = call.stop("main");

      List<SyntheticParticipant> three = new ArrayList<>(people);
      three.remove(1);
      List<Tile> tiles = new ArrayList<>();
      tiles.addAll(grid(people, 0.8, changed)); // 0 to 3
      tiles.addAll(grid(people, settled, back)); // 4 to 7
      tiles.addAll(grid(people, resettled, left)); // 8 to 11
      tiles.addAll(grid(three, gone, end)); // 12 to 14
      tiles.add(Tile.of(1, tiles.get(1).place()).between(gone, end)); // 15
      ContentReport both = ContentCheck.run(file, tiles);
      List<Double> leftEar = ContentCheck.toneDb(file, ContentCheck.Side.LEFT, tiles);
      List<Double> rightEar = ContentCheck.toneDb(file, ContentCheck.Side.RIGHT, tiles);
      log.info("{}", both.summary());

      for (int i = 0; i < tiles.size(); i++) {
        TileReport tile = both.tiles().get(i);
        assertThat(tile.right())
            .as("pictures of tile %d that show p%d", i, tile.tile().participant())
            .isEqualTo(i == 7 || i == 15 ? 0 : tile.pictures());
      }
      double usual = -36;
      for (int i = 0; i < 4; i++) {
        assertThat(both.tiles().get(i).toneDb()).isCloseTo(usual, within(1.0));
      }
      assertThat(both.tiles().get(4).toneDb()).as("p0 muted").isLessThan(-55);
      assertThat(both.tiles().get(5).toneDb()).as("p1 at 0.25").isCloseTo(-48, within(1.0));
      double away = leftEar.get(6);
      assertThat(away - leftEar.get(2)).as("p2 left: not quieter there").isBetween(-1.0, 3.5);
      assertThat(rightEar.get(6)).as("p2 left, heard right").isLessThan(-50);
      assertThat(both.tiles().get(7).toneDb())
          .as("p3 paused its picture")
          .isCloseTo(usual, within(1.0));
      assertThat(both.tiles().get(8).toneDb()).as("p0 again").isCloseTo(usual, within(1.0));
      assertThat(both.tiles().get(9).toneDb()).as("p1 at 2").isCloseTo(-30, within(1.0));
      assertThat(leftEar.get(10)).as("p2 right, heard left").isLessThan(-50);
      assertThat(rightEar.get(10)).isCloseTo(away, within(1.0));
      assertThat(both.decodeErrors()).isEmpty();
      assertThat(both.longestPictureGap()).isLessThan(1.5 * TICK);
      assertThat(both.frozen()).isEmpty();
      assertThat(both.tiles().get(15).toneDb()).as("p1 has left").isLessThan(-55);
    }
  }

  private static List<Tile> grid(List<SyntheticParticipant> people, double from, double to) {
    return Tiles.of("grid", Map.of(), WIDTH, HEIGHT, people, from, to);
  }
}
