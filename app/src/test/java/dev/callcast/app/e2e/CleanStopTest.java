package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.FrameTrace;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.ClipMarks;
import dev.callcast.testkit.fault.NginxRtmp;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A stop loses nothing, and takes its time but no more. */
@Tag("media")
@Tag("peer")
class CleanStopTest {
  private static final Logger log = LoggerFactory.getLogger(CleanStopTest.class);

  @Test
  void everythingSentBeforeItIsInTheFileWhateverHangs() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        // Takes connections into its backlog and never says a word.
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("stopped");
      call.endpoint("e1");
      SyntheticParticipant person = TriedCall.person(0, "e1");
      node.senders().prepare(List.of(person));
      long origin = call.join(person);
      Map<String, Object> body =
          new HashMap<>(
              LiveCall.composition(
                  "main", TriedCall.WIDTH, TriedCall.HEIGHT, TriedCall.FPS, "grid"));
      List<Object> outputs = new ArrayList<>();
      outputs.add(Map.of("id", "rec", "type", "recording"));
      outputs.add(Map.of("id", "frozen", "type", "rtmp", "url", nginx.url("key")));
      for (int i = 0; i < 3; i++) {
        String url = "rtmp://127.0.0.1:" + silent.getLocalPort() + "/live/key" + i;
        outputs.add(Map.of("id", "silent" + i, "type", "rtmp", "url", url));
      }
      body.put("outputs", outputs);
      call.compose(body);
      LiveCall.await(Duration.ofSeconds(10), "the stream", () -> nginx.bytesIn("key") > 50_000);
      nginx.freeze();
      call.awaitMediaTime("main", 4);
      afterNextFlash(origin);

      long asked = System.nanoTime();
      Path file = call.stop("main");
      double took = (System.nanoTime() - asked) / 1e9;
      log.info("the file was ready {} s after the stop", "%.3f".formatted(took));
      List<Tile> tiles =
          Tiles.of(
              "grid",
              Map.of(),
              TriedCall.WIDTH,
              TriedCall.HEIGHT,
              List.of(person),
              1.5,
              Double.POSITIVE_INFINITY);
      FrameTrace.Shown last =
          FrameTrace.of(file, List.of(tiles.getFirst().place())).of(0).getLast();
      // What was sent while the request was on its way may be there too.
      double sent = TriedCall.sentAt(person, last.frame(), origin, asked + 2_000_000_000L);
      assertThat(asked / 1e9 - sent).as("age of the last picture at the stop, s").isLessThan(0.1);
      ContentReport report = ContentCheck.run(file, tiles);
      TileReport tile = report.tile(0);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(tile.sync().flashes()).isEqualTo(tile.sync().pairs()).isPositive();
      assertThat(tile.unheard()).isEmpty();
      assertThat(Math.abs(report.probe().endOffset())).isLessThan(0.05);
      assertThat(took).as("s to the finished file").isLessThan(5);

      call.close();
      assertThat(node.awaitNoWorkers(Duration.ofSeconds(15))).as("the worker ends").isTrue();
      assertThat(call.events("worker.died")).as("by itself").isEmpty();
      JsonNode stopped = call.awaitEvent("composition.stopped", event -> true);
      assertThat(stopped.get("data").has("reason")).isFalse();
    }
  }

  /** Waits until a flash and its beep have just been sent. */
  private static void afterNextFlash(long origin) throws InterruptedException {
    long flash = origin + (long) (ClipMarks.flashSecond(0, TriedCall.FPS) * 1e9);
    long since = Math.floorMod(System.nanoTime() - flash, 1_000_000_000L);
    TimeUnit.NANOSECONDS.sleep(1_200_000_000L - since);
  }
}
