package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What sources do in mid-stream: another size, another simulcast layer, a turned phone, a pause
 * with a gap in the timestamps, a stall, an odd size. Each in its own tile of one call, next to one
 * that does nothing special.
 */
@Tag("media")
class SourceChangesTest {
  private static final Logger log = LoggerFactory.getLogger(SourceChangesTest.class);
  private static final int ROTATION_ID = 4;

  /** From a command to the sender until the changed picture is there for sure, in seconds. */
  private static final double SETTLED = 1.0;

  private static SyntheticParticipant camera(int index, SyntheticTrack camera) {
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(camera)
        .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(index, Codec.OPUS)));
  }

  private static VideoClipSpec clip(int index) {
    return VideoClipSpec.standard(index, "P" + index, Codec.VP8);
  }

  private static List<SyntheticParticipant> people() {
    List<SyntheticParticipant> people = new ArrayList<>();
    people.add(SyntheticParticipant.of(0, "P0", "e1"));
    people.add(
        camera(
            1,
            SyntheticTrack.camera("e1", clip(1))
                .withLayer(
                    new SyntheticTrack.Layer(
                        SyntheticTrack.payloadType(Codec.VP8),
                        clip(1).withSize(320, 180).withBitrate(200_000),
                        null))));
    people.add(
        camera(
            2,
            SyntheticTrack.camera("e1", clip(2))
                .withExtension(TrackSpec.VIDEO_ORIENTATION_URI, ROTATION_ID)));
    people.add(SyntheticParticipant.of(3, "P3", "e1"));
    people.add(camera(4, SyntheticTrack.camera("e1", clip(4).withSize(300, 169))));
    people.add(SyntheticParticipant.of(5, "P5", "e1"));
    return people;
  }

  @Test
  void sourcesChangeAndNobodyElseIsDisturbed() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("sources");
      call.endpoint("e1");
      List<SyntheticParticipant> people = people();
      call.joinAll(people);
      Senders senders = node.senders();
      Map<String, Object> composition = LiveCall.standard("grid");
      // Whoever speaks would have a white border where the edges are looked at.
      Map<String, Object> noBorder = Map.of("videoSettings.grid.highlightDominant", false);
      composition.put("layout", Map.of("preset", "grid", "params", noBorder));
      call.compose(composition);
      call.awaitMediaTime("main", 2);

      double first = call.mediaTime("main");
      senders.switchLayer("p1", "cam", 1, true);
      senders.rotate("p2", "cam", 90);
      senders.setPaused("p3", "cam", true);
      senders.setPaused("p5", "cam", true);
      call.awaitMediaTime("main", first + SETTLED + 1.2);
      assertThat(call.track("p1", "cam").get("width").asInt()).isEqualTo(320);
      assertThat(call.track("p2", "cam").get("width").asInt()).as("upright").isEqualTo(360);
      assertThat(call.track("p4", "cam").get("height").asInt()).isEqualTo(169);

      double second = call.mediaTime("main");
      senders.switchLayer("p1", "cam", 0, false);
      senders.rotate("p2", "cam", 270);
      senders.setPaused("p3", "cam", false);
      call.awaitTrackEvent("track.stalled", "p5", "cam");
      double stalled = call.mediaTime("main");
      call.awaitMediaTime("main", stalled + 1);
      double third = call.mediaTime("main");
      senders.rotate("p2", "cam", 0);
      senders.setPaused("p5", "cam", false);
      call.awaitTrackEvent("track.resumed", "p5", "cam");
      call.awaitMediaTime("main", third + SETTLED + 1.2);
      double end = call.mediaTime("main");
      assertThat(call.track("p1", "cam").get("width").asInt()).isEqualTo(640);
      for (String person : List.of("p0", "p1", "p2", "p3", "p4", "p5")) {
        assertThat(call.track(person, "cam").get("lost").asLong()).as(person).isZero();
      }
      assertThat(call.events("track.stalled")).hasSize(1);
      assertThat(call.events("track.failed")).isEmpty();
      Path file = call.stop("main");

      List<Tile> grid = Tiles.of("grid", Map.of(), 1280, 720, people, 0.8, end);
      Tile p1 = grid.get(1);
      Tile p2 = grid.get(2);
      Tile p3 = grid.get(3);
      Tile p5 = grid.get(5);
      List<Tile> tiles =
          List.of(
              grid.get(0),
              p1,
              p2.between(0.8, first),
              turned(p2, 90, first + SETTLED, second),
              turned(p2, 270, second + SETTLED, third),
              p2.between(third + SETTLED, end),
              p3.between(0.8, first),
              p3.between(first + SETTLED, second),
              p3.between(second + SETTLED, end),
              grid.get(4),
              p5.between(first + SETTLED, stalled - 0.3),
              p5.between(stalled + 0.4, third),
              p5.between(third + SETTLED, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(report.black()).isEmpty();
      assertThat(report.longestPictureGap()).isLessThan(0.05);
      List<TileReport> seen = report.tiles();
      TileReport steady = seen.get(0);
      assertThat(steady.right()).isEqualTo(steady.pictures());
      assertThat(steady.steps().framesPerSecond()).isCloseTo(30, within(0.3));
      assertThat(steady.steps().backwards()).isZero();
      assertThat(steady.unheard()).isEmpty();
      assertThat(Math.abs(steady.sync().median())).isLessThan(20);
      // The layer switch is seamless: no picture is missing, the counter only goes forward.
      assertThat(seen.get(1).right()).isEqualTo(seen.get(1).pictures());
      assertThat(seen.get(1).frozen()).isEmpty();
      assertThat(seen.get(1).steps().backwards()).isZero();
      assertThat(Math.abs(seen.get(1).sync().median())).isLessThan(20);
      for (int i : List.of(2, 3, 4, 5, 6, 8, 12)) {
        assertThat(seen.get(i).right()).as("tile %d", i).isEqualTo(seen.get(i).pictures());
        assertThat(seen.get(i).frozen()).as("tile %d", i).isEmpty();
      }
      // While a track sends nothing its last picture stays, until it is stalled.
      for (int i : List.of(7, 10)) {
        assertThat(seen.get(i).right()).as("tile %d", i).isEqualTo(seen.get(i).pictures());
        assertThat(seen.get(i).steps().single()).as("tile %d", i).isZero();
      }
      assertThat(seen.get(11).right()).as("a placeholder instead").isZero();
      // After the gap, sound and picture agree as before.
      assertThat(Math.abs(seen.get(8).sync().median())).isLessThan(20);
      TileReport odd = seen.get(9);
      assertThat(odd.right()).isEqualTo(odd.pictures());
      assertThat(odd.edge()).as("chroma at the edges of 300x169").isLessThan(8);
      assertThat(steady.edge()).as("chroma at the edges of 640x360").isLessThan(8);
    }
  }

  /** The tile of a source of 640x360 that is shown turned by 90 or 270 degrees. */
  private static Tile turned(Tile tile, int degrees, double from, double to) {
    Placement place = tile.place();
    double width = place.width();
    double height = width * 640 / 360;
    return Tile.of(
            tile.participant(),
            new Placement(place.x(), place.y() + (place.height() - height) / 2, width, height))
        .withTurn(degrees)
        .between(from, to);
  }
}
