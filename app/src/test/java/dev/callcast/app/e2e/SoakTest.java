package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code ./test --soak MINUTES}: a call of nine at 720p, as long as wanted. The worker may not
 * grow, no picture may be left out, and all of the recording has to be right. On a machine that
 * does something else meanwhile it can fail for that.
 */
@Tag("soak")
class SoakTest {
  private static final Logger log = LoggerFactory.getLogger(SoakTest.class);
  private static final int PEOPLE = 9;

  /** As many as are decoded at once; the others only look on. */
  private static final int HEARD = 8;

  private static final double MINUTES =
      Double.parseDouble(System.getProperty("callcast.soak.minutes", "10"));

  /** Until then pools fill and the JVM compiles. */
  private static final double SETTLED = Math.min(120, MINUTES * 60 / 3);

  /** From so long after the last one came on, all has to be right. */
  private static final double JOINED = 5;

  private static final double LOOK_EVERY = 15;
  private static final long MOST_RSS = 300L << 20;

  /** Between the first and the last third of what comes after that. */
  private static final long MAY_GROW = 8L << 20;

  @Test
  void aCallOfNineStaysAsItIs() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("soak");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, PEOPLE)
              .mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1"))
              .map(one -> one.index() < HEARD ? one : one.withoutSound())
              .toList();
      node.senders().prepare(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 1);
      for (SyntheticParticipant one : people) {
        call.join(one);
        // Apart from each other: nine beeps at one moment are more than the limiter lets through.
        TimeUnit.MILLISECONDS.sleep(137);
      }
      double joined = call.mediaTime("main");
      TimeUnit.SECONDS.sleep((long) SETTLED);
      long skippedBefore = call.compositionStats("main").get("skippedTicks").asLong();
      List<WorkerSize> sizes = new ArrayList<>();
      for (double next = SETTLED; next < MINUTES * 60; next += LOOK_EVERY) {
        // Slept, not awaited: asking thirty times a second would be load of its own.
        TimeUnit.MILLISECONDS.sleep((long) Math.max(0, (next - call.mediaTime("main")) * 1000));
        sizes.add(WorkerSize.of(call));
        log.info("{} s: {}", (long) next, sizes.getLast());
      }
      double end = call.mediaTime("main");
      long skipped = call.compositionStats("main").get("skippedTicks").asLong() - skippedBefore;
      Path file = call.stop("main");

      List<Tile> tiles = Tiles.of("grid", Map.of(), 1280, 720, people, joined + JOINED, end);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.since(joined + JOINED).problems(ContentReport.Limits.STANDARD)).isEmpty();
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant();
        assertThat(Math.abs(tile.sync().median())).as(who).isLessThanOrEqualTo(10);
        assertThat(tile.sync().p95()).as(who).isLessThanOrEqualTo(25);
      }
      assertThat(skipped).as("pictures left out").isZero();
      assertThat(call.events("worker.died")).isEmpty();
      assertThat(sizes).allSatisfy(size -> assertThat(size.rssBytes()).isLessThan(MOST_RSS));
      int third = sizes.size() / 3;
      List<WorkerSize> first = sizes.subList(0, third);
      List<WorkerSize> last = sizes.subList(sizes.size() - third, sizes.size());
      assertThat(meanRss(last) - meanRss(first)).as("growth").isLessThan(MAY_GROW);
      assertThat(sizes.getLast().threads()).isLessThanOrEqualTo(sizes.getFirst().threads());
      assertThat(sizes.getLast().files()).isLessThanOrEqualTo(sizes.getFirst().files() + 2);
    }
  }

  private static long meanRss(List<WorkerSize> sizes) {
    return (long) sizes.stream().mapToLong(WorkerSize::rssBytes).average().orElseThrow();
  }
}
