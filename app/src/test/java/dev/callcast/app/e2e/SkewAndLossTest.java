package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Five minutes of senders whose clocks run 200 ppm fast or slow or with ours, some over a network
 * that loses 2 % of the packets: sound and picture stay together, wherever between the output's
 * ticks a sender's pictures lie, and after five minutes as well as at first.
 */
@Tag("media")
@Tag("long")
class SkewAndLossTest {
  private static final Logger log = LoggerFactory.getLogger(SkewAndLossTest.class);
  private static final int PEOPLE = 9;

  /** As many as are decoded at once; the last one only looks on. */
  private static final int HEARD = 8;

  private static final long SECONDS = 305;
  private static final double TICK = 1.0 / 30;

  /** The joining itself is not judged: reports of the sender's clock have to come first. */
  private static final double SETTLED = 5;

  private static final double LAST = 60;

  @Test
  void soundAndPictureStayTogetherForFiveMinutes() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("skew");
      call.endpoint("e1");
      List<SyntheticParticipant> people = new ArrayList<>();
      for (int i = 0; i < PEOPLE; i++) {
        SyntheticParticipant one =
            SyntheticParticipant.of(i, "P" + i, "e1").withSkew((i % 3 - 1) * 200.0);
        one = loses(i) ? one.withFaults(Faults.loss(2).withSeed(i)) : one;
        people.add(i < HEARD ? one : one.withoutSound());
      }
      node.senders().prepare(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 1);
      for (SyntheticParticipant one : people) {
        call.join(one);
        // Not a multiple of a tick: each one's pictures lie elsewhere.
        TimeUnit.MILLISECONDS.sleep(137);
      }
      double joined = call.mediaTime("main");
      // Slept, not awaited: asking thirty times a second would be load of its own.
      TimeUnit.SECONDS.sleep(SECONDS);
      JsonNode state = call.state();
      double end = call.mediaTime("main");
      long skipped = call.compositionStats("main").get("skippedTicks").asLong();
      Path file = call.stop("main");

      List<Tile> tiles = new ArrayList<>();
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, joined + SETTLED, end));
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, end - LAST, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(skipped).isZero();
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(report.longestPictureGap()).isCloseTo(TICK, within(0.001));
      for (TileReport tile : report.tiles()) {
        int index = tile.tile().participant();
        String who = "p" + index + " from " + tile.tile().from() + " s on";
        JsonNode camera = LiveCall.track(state, "p" + index, "cam");
        TileReport.Sync sync = tile.sync();
        assertThat(tile.right()).as(who).isGreaterThanOrEqualTo((int) (0.995 * tile.pictures()));
        assertThat(tile.steps().backwards()).as(who).isZero();
        if (index < HEARD) {
          assertThat(sync.pairs()).as(who).isGreaterThan((int) (0.9 * sync.flashes()));
          assertThat(sync.flashes()).as(who).isGreaterThan(50);
          assertThat(Math.abs(sync.median())).as("median offset of " + who).isLessThanOrEqualTo(10);
          assertThat(sync.p95()).as("95th percentile of " + who).isLessThanOrEqualTo(25);
        }
        if (loses(index)) {
          assertThat(camera.get("recovered").asLong()).as(who).isGreaterThan(200);
        }
        assertThat(camera.get("lost").asLong()).as(who).isLessThan(25);
      }
    }
  }

  private static boolean loses(int participant) {
    return participant / 3 == 1;
  }
}
