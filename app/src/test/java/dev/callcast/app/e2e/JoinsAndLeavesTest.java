package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Participants come and go all the time while a call is recorded. Two stay: the speaker large, one
 * in the first place of the strip. Nothing of that may be seen or heard of them, and the worker is
 * as large afterwards as before.
 */
@Tag("media")
class JoinsAndLeavesTest {
  private static final Logger log = LoggerFactory.getLogger(JoinsAndLeavesTest.class);

  /** Who comes and goes, in turn. */
  private static final int VISITORS = 6;

  private static final double EVERY = 0.4;

  /** So many are there at a time. */
  private static final int AT_ONCE = 3;

  private static SyntheticParticipant visitor(int number) {
    int index = 2 + number % VISITORS;
    Codec codec = index % 3 == 0 ? Codec.H264 : Codec.VP8;
    VideoClipSpec video =
        VideoClipSpec.standard(index, "P" + index, codec).withSize(320, 180).withBitrate(200_000);
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(SyntheticTrack.camera("e1", video))
        .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(index, Codec.OPUS)));
  }

  @Test
  void twentyFive() throws Exception {
    joinAndLeave(25, 2 * VISITORS, Long.MAX_VALUE);
  }

  @Test
  @Tag("long")
  void twoHundred() throws Exception {
    joinAndLeave(200, 100, 10 << 20);
  }

  /**
   * Memory settles in the first 100 joins, by 25 MB or so, of which the Java heap is 5; in the 100
   * after them it grew by 2 to 8 MB, all of it native, less and less. What a pipeline that is not
   * given back takes of threads and descriptors shows at once.
   *
   * @param settled from which join on the worker may not grow
   * @param mayGrow bytes of memory by which it may all the same
   */
  private static void joinAndLeave(int joins, int settled, long mayGrow) throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("door");
      call.endpoint("e1");
      List<SyntheticParticipant> staying =
          List.of(SyntheticParticipant.of(0, "P0", "e1"), SyntheticParticipant.of(1, "P1", "e1"));
      List<SyntheticParticipant> visitors = new ArrayList<>();
      for (int i = 0; i < VISITORS; i++) {
        visitors.add(visitor(i));
      }
      node.senders().prepare(visitors);
      call.joinAll(staying);
      node.api().put(call.path() + "/speaker", Map.of("participant", "p0"));
      call.compose(LiveCall.standard("dominant"));
      call.awaitMediaTime("main", 1);

      Deque<String> present = new ArrayDeque<>();
      WorkerSize before = null;
      double next = call.mediaTime("main");
      for (int i = 0; i < joins; i++) {
        if (i == settled) {
          before = WorkerSize.of(call);
        }
        if (i % 25 == 0) {
          log.info("{} joins: {}", i, WorkerSize.of(call));
        }
        SyntheticParticipant visitor = visitor(i);
        call.join(visitor);
        present.add(visitor.id());
        if (present.size() > AT_ONCE) {
          call.leave(present.remove());
        }
        next += EVERY;
        call.awaitMediaTime("main", next);
      }
      WorkerSize after = WorkerSize.of(call);
      while (!present.isEmpty()) {
        call.leave(present.remove());
      }
      call.awaitMediaTime("main", next + 0.5);
      JsonNode state = call.state();
      double end = call.mediaTime("main");
      long skipped = call.compositionStats("main").get("skippedTicks").asLong();
      WorkerSize alone = WorkerSize.of(call);
      Path file = call.stop("main");
      log.info("before {}, after {}, alone {}", before, after, alone);

      List<Tile> tiles = Tiles.of("dominant", Map.of(), 1280, 720, staying, "p0", 0.8, end);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.problems(ContentReport.Limits.STANDARD)).isEmpty();
      assertThat(report.longestPictureGap()).as("the output's timeline").isLessThan(0.04);
      assertThat(skipped).isZero();
      for (TileReport tile : report.tiles()) {
        assertThat(tile.right()).isEqualTo(tile.pictures());
        assertThat(tile.steps().backwards()).isZero();
        assertThat(tile.unheard()).isEmpty();
      }
      // Each one that came was received, and nobody is left.
      assertThat(call.events("track.live")).hasSize(2 * (joins + staying.size()));
      assertThat(call.events("track.failed")).isEmpty();
      assertThat(call.events("worker.died")).isEmpty();
      assertThat(state.get("participants")).hasSize(staying.size());
      for (SyntheticParticipant one : staying) {
        assertThat(LiveCall.track(state, one.id(), "cam").get("lost").asLong()).isZero();
        assertThat(LiveCall.track(state, one.id(), "mic").get("lost").asLong()).isZero();
      }
      assertThat(after.rssBytes() - before.rssBytes()).as("growth").isLessThan(mayGrow);
      assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 4);
      assertThat(after.files()).isLessThanOrEqualTo(before.files() + 8);
      // Not of threads: GLib keeps some for the next pipelines.
      assertThat(alone.files()).isLessThan(after.files());
    }
  }
}
