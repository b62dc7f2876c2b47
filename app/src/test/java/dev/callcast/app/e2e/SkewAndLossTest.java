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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A minute of senders whose clocks run 200 ppm fast or slow, two of them over a network that loses
 * 2 % of the packets: sound and picture stay together.
 *
 * <p>A flash is known to the time of an output picture only, so a source whose frames lie between
 * the output's ticks has a constant error of up to half a tick. So that it does not have to be
 * allowed for, each sender here begins at such a moment that its frames lie on ticks.
 */
@Tag("media")
@Tag("long")
class SkewAndLossTest {
  private static final Logger log = LoggerFactory.getLogger(SkewAndLossTest.class);
  private static final double SECONDS = 60;
  private static final double TICK = 1.0 / 30;

  /** The joining itself is not judged: reports of the sender's clock have to come first. */
  private static final double SETTLED = 5;

  @Test
  void soundAndPictureStayTogetherForAMinute() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("skew");
      call.endpoint("e1");
      List<SyntheticParticipant> people = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SyntheticParticipant one =
            SyntheticParticipant.of(i, "P" + i, "e1").withSkew(i % 2 == 0 ? 200 : -200);
        people.add(i < 2 ? one : one.withFaults(Faults.loss(2).withSeed(i)));
      }
      node.senders().prepare(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 1);
      long origin = call.compositionOrigin("main");
      for (int i = 0; i < people.size(); i++) {
        SyntheticParticipant one = people.get(i);
        // In a minute its frames move by 12 ms: from one side of the tick to the other.
        double middle = -one.skewPpm() * 1e-6 * SECONDS / 2;
        call.declare(one);
        double off = TICK;
        double wait = 0.1;
        for (int attempt = 0; Math.abs(off) > 0.003 && attempt < 60; attempt++) {
          if (attempt > 0) {
            node.senders().remove(one.id());
          }
          double now = (System.nanoTime() - origin) / 1e9 + 0.006 + wait + middle;
          double aligned = wait + Math.ceil(now / TICK) * TICK - now;
          long began = node.senders().add(one.withStay(aligned, 0));
          off = Math.IEEEremainder((began - origin) / 1e9 + middle, TICK);
        }
        log.info("{} begins {} ms off a tick", one.id(), "%.1f".formatted(off * 1000));
        assertThat(Math.abs(off)).isLessThanOrEqualTo(0.003);
      }
      double joined = call.mediaTime("main");
      call.awaitMediaTime("main", joined + SECONDS);
      JsonNode state = call.state();
      double end = call.mediaTime("main");
      long skipped = call.compositionStats("main").get("skippedTicks").asLong();
      Path file = call.stop("main");

      List<Tile> tiles = Tiles.of("grid", Map.of(), 1280, 720, people, joined + SETTLED, end);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(skipped).isZero();
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(report.longestPictureGap()).isCloseTo(TICK, within(0.001));
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant();
        JsonNode camera = LiveCall.track(state, who, "cam");
        TileReport.Sync sync = tile.sync();
        assertThat(tile.right()).as(who).isGreaterThanOrEqualTo((int) (0.995 * tile.pictures()));
        assertThat(tile.steps().backwards()).as(who).isZero();
        assertThat(sync.pairs()).as(who).isGreaterThan((int) (0.9 * sync.flashes()));
        assertThat(sync.flashes()).as(who).isGreaterThan(50);
        assertThat(Math.abs(sync.median())).as("median offset of " + who).isLessThanOrEqualTo(10);
        assertThat(sync.p95()).as("95th percentile of " + who).isLessThanOrEqualTo(25);
        if (tile.tile().participant() >= 2) {
          assertThat(camera.get("recovered").asLong()).as(who).isGreaterThan(30);
        }
        assertThat(camera.get("lost").asLong()).as(who).isLessThan(5);
      }
    }
  }
}
