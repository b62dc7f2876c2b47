package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM, in each of the ways that a node may take it, in the middle of a recording. */
@Tag("media")
class StopTest {
  @Test
  void itDrainsThenHandsOverAtASecondSignalAndTheNextOneFinishes(@TempDir Path directory)
      throws Exception {
    Path config = directory.resolve("callcast.yaml");
    Files.writeString(config, "stop: {mode: drain, limit: 600}\n");
    try (LiveNode node = LiveNode.serve("--config", config.toString())) {
      LiveCall call = node.call("long");
      call.compose(LiveCall.composition("main", 320, 180, 15, "grid"));
      call.awaitMediaTime("main", 1);
      ProcessIdentity worker = node.worker("long");

      node.askToEnd();
      LiveCall.await(
          Duration.ofSeconds(5), "it drains", () -> node.raw("/readyz").statusCode() == 503);
      HttpResponse<byte[]> refused = node.send("POST", "/v1/calls", "{\"id\":\"new\"}");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("draining");
      double draining = call.mediaTime("main");
      call.awaitMediaTime("main", draining + 1);

      node.askToEnd();
      assertThat(node.awaitEnd(Duration.ofSeconds(10))).as("exit status").isZero();
      assertThat(worker.isAlive()).as("handed over").isTrue();

      Files.writeString(config, "stop: {mode: finish, limit: 60}\n");
      node.restart();
      call.awaitMediaTime("main", draining + 2);
      assertThat(node.worker("long")).isEqualTo(worker);
      node.askToEnd();
      assertThat(node.awaitEnd(Duration.ofSeconds(30))).as("exit status").isZero();
      assertThat(worker.isAlive()).as("finished").isFalse();
      assertThat(Files.readString(node.data().resolve("serve.log"))).contains("nothing is left");
      MediaProbe probe = MediaCheck.probe(only(node.data().resolve("recordings")));
      assertThat(probe.errors()).isEmpty();
      assertThat(probe.video().seconds()).isGreaterThan(draining + 1.5);
      assertThat(probe.video().longestGap()).as("a gap").isLessThan(0.5);
      node.restart();
      assertThat(call.recordings().get(0).get("state").asString()).isEqualTo("ready");
    }
  }

  private static Path only(Path directory) throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".mp4")).toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }
}
