package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.fault.NginxRtmp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Workers are killed in the middle of their calls. */
@Tag("media")
@Tag("peer")
class WorkerKilledTest {
  private static final Logger log = LoggerFactory.getLogger(WorkerKilledTest.class);

  @Test
  void theCallGoesOnInTheSameFile() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        LiveNode node = LiveNode.start()) {
      List<TriedCall> calls =
          TriedCall.startAll(
              node, List.of(Map.of("id", "yt", "type", "rtmp", "url", nginx.url("key"))));
      LiveCall.await(Duration.ofSeconds(10), "the stream", () -> nginx.bytesIn("key") > 50_000);
      List<TriedCall.Death> deaths = new ArrayList<>();
      for (TriedCall tried : calls) {
        TriedCall.Death death = tried.killWorker();
        deaths.add(death);
        TriedCall.Replacement there = tried.awaitReplaced(death, 2);
        double recording = tried.awaitLive(death, "rec");
        log.info("{}: {}, recording after {} s", tried.kind(), there, recording);
        assertThat(there.seconds() - there.waited())
            .as("%s: s to the new worker", tried.kind())
            .isLessThan(2);
      }
      log.info("streaming again after {} s", calls.getFirst().awaitLive(deaths.getFirst(), "yt"));
      for (TriedCall tried : calls) {
        tried.record(3);
      }
      List<Path> files = TriedCall.stopAll(calls);
      for (int i = 0; i < calls.size(); i++) {
        TriedCall tried = calls.get(i);
        assertThat(tried.call().recordings()).hasSize(1);
        assertThat(tried.call().events("worker.died")).hasSize(1);
        assertThat(tried.call().events("track.failed")).isEmpty();
        tried.checkCopy(deaths.get(i));
        tried.check(files.get(calls.indexOf(tried)), 1);
        tried.checkEvents();
      }
      List<Path> streams = nginx.recordings("key");
      assertThat(streams).as("connections to the RTMP server").hasSize(2);
      for (Path flv : streams) {
        calls.getFirst().checkStream(flv);
      }
    }
  }
}
