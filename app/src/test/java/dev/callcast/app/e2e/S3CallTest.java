package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.fault.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A whole node, a real worker and a real S3 server: both die while nobody is in the call. */
@Tag("media")
@Tag("peer")
class S3CallTest {
  private static final Logger log = LoggerFactory.getLogger(S3CallTest.class);

  @TempDir Path directory;

  @Test
  void workerAndNodeAreKilledAndTheObjectIsOneFile() throws Exception {
    try (S3Server s3 = S3Server.start("recordings")) {
      Path credentials = S3Server.credentials(directory.resolve("credentials"));
      Path config =
          Files.writeString(
              directory.resolve("callcast.yaml"),
              """
              storage: s3
              storages:
                s3:
                  type: s3
                  endpoint: %s
                  pathStyle: true
                  bucket: recordings
                  credentialsFile: %s
                  partSize: 5242880
                  tailInterval: 1
              """
                  .formatted(s3.endpoint(), credentials));
      try (LiveNode node = LiveNode.serve("--config", config.toString())) {
        LiveCall call = node.call("standup");
        call.compose(LiveCall.composition("main", 640, 360, 15, "grid"));
        call.awaitMediaTime("main", 3);
        JsonNode recording = call.recordings().get(0);
        Path tail = s3.bucket("recordings").resolve(recording.get("key").asString() + ".tail");
        LiveCall.await(Duration.ofSeconds(10), "the tail", () -> Files.exists(tail));

        node.worker("standup").kill();
        call.awaitEvent("worker.died", event -> true);
        LiveCall.await(
            Duration.ofSeconds(20),
            "a second worker that records",
            () -> call.events("recording.started").size() >= 2);
        node.kill();
        node.restart();
        double end = call.mediaTime("main") + 3;
        call.awaitMediaTime("main", end);

        long stopped = System.nanoTime();
        node.api().post(call.path() + "/compositions/main/stop", Map.of());
        JsonNode ready = call.awaitRecording("main", "ready");
        log.info("ready {} ms after the stop", (System.nanoTime() - stopped) / 1_000_000);
        Path object = s3.bucket("recordings").resolve(ready.get("key").asString());
        Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
        log.info("{}", summary);
        assertThat(summary.finished()).isTrue();
        // One timeline, with the time between the workers in it.
        assertThat(summary.gaps()).hasSize(1);
        assertThat(summary.duration() / 1e9).isGreaterThan(end - 1);
        MediaProbe probe = MediaCheck.probe(object);
        assertThat(probe.duration()).isGreaterThan(end - 1);
        assertThat(call.recordings().size()).isEqualTo(1);
        assertThat(tail).doesNotExist();
        JsonNode report =
            node.api().get("/v1/recordings/" + ready.get("id").asString() + "/report");
        assertThat(report.get("workers").asInt()).isEqualTo(2);
        assertThat(report.get("gaps").size()).isEqualTo(1);
        assertThat(report.get("black").size()).isPositive();
        assertThat(report.get("silent").size()).isPositive();
        assertThat(report.at("/hashes/parts").size()).isPositive();
        assertThat(object.resolveSibling(object.getFileName() + ".report.json")).exists();
        assertThat(types(call)).contains("recording.uploaded", "recording.ready");
      }
    }
  }

  private static List<String> types(LiveCall call) {
    return call.events().stream().map(event -> event.get("type").asString()).toList();
  }
}
