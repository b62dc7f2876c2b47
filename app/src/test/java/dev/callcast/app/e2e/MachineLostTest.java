package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Node and workers are killed and all that they had on disk is lost but the store, under a call
 * that is muted, one that is empty and one without picture: what S3 has is made a file again, with
 * the standard interval between tails.
 */
@Tag("media")
@Tag("peer")
class MachineLostTest {
  private static final Logger log = LoggerFactory.getLogger(MachineLostTest.class);

  /** 5 s between tails, a fragment, and a request, s; here also what the encoder held. */
  private static final double MOST_MISSING = 7;

  @TempDir Path directory;

  private record Lost(LiveCall call, String recording, double mediaTime) {}

  @Test
  @Tag("long")
  void whatWasUploadedIsAFileAgain() throws Exception {
    try (LiveS3 s3 = LiveS3.start(directory).storage("s3")) {
      try (LiveNode node = LiveNode.serve(s3.options())) {
        List<LiveCall> calls = List.of(muted(node), empty(node), sound(node));
        for (LiveCall call : calls) {
          call.awaitMediaTime("main", 12);
        }
        node.kill();
        List<Lost> lost = new ArrayList<>();
        for (LiveCall call : calls) {
          lost.add(lose(node, call, origins.get(call)));
        }
        delete(node.data().resolve("spool"));
        delete(node.data().resolve("run"));
        node.restart();
        for (Lost one : lost) {
          check(node, s3, one);
        }
      }
    }
  }

  private final Map<LiveCall, Long> origins = new LinkedHashMap<>();
  private final Map<LiveCall, String> recordings = new LinkedHashMap<>();

  private LiveCall muted(LiveNode node) throws Exception {
    LiveCall call = node.call("muted");
    call.endpoint("muted-endpoint");
    SyntheticParticipant person = TriedCall.person(0, "muted-endpoint");
    node.senders().prepare(List.of(person));
    call.join(person);
    node.senders().setMuted(person.id(), "mic", true);
    return started(call, LiveCall.composition("main", 320, 180, 15, "grid"));
  }

  private LiveCall empty(LiveNode node) throws Exception {
    return started(node.call("empty"), LiveCall.composition("main", 320, 180, 15, "grid"));
  }

  private LiveCall sound(LiveNode node) throws Exception {
    Map<String, Object> body = LiveCall.composition("main", 320, 180, 15, "grid");
    body.put("video", Map.of("off", true));
    body.put("outputs", List.of(Map.of("id", "rec", "type", "recording", "format", "m4a")));
    return started(node.call("sound"), body);
  }

  private LiveCall started(LiveCall call, Map<String, Object> body) throws Exception {
    call.compose(body);
    call.awaitMediaTime("main", 1);
    origins.put(call, call.compositionOrigin("main"));
    recordings.put(call, call.recordings().get(0).get("id").asString());
    return call;
  }

  private Lost lose(LiveNode node, LiveCall call, long origin) throws Exception {
    var worker = node.worker(call.id());
    worker.kill();
    double mediaTime = (System.nanoTime() - origin) / 1e9;
    LiveCall.await(Duration.ofSeconds(5), "the worker's end", () -> !worker.isAlive());
    return new Lost(call, recordings.get(call), mediaTime);
  }

  private static void check(LiveNode node, LiveS3 s3, Lost lost) throws Exception {
    String id = lost.call().id();
    String path = "/v1/recordings/" + lost.recording();
    LiveCall.await(
        Duration.ofSeconds(30),
        "the recording of " + id,
        () -> node.api().get(path).get("state").asString().equals("ready"));
    JsonNode ready = node.api().get(path);
    Path object = s3.object(ready);
    Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
    assertThat(summary.finished()).isTrue();
    double missing = lost.mediaTime() - summary.endTime() / 1e9;
    MediaProbe probe = MediaCheck.probe(object);
    log.info("{}: {} s are missing; {}", id, "%.2f".formatted(missing), probe.summary());
    assertThat(missing).as("%s: s that are missing", id).isLessThan(MOST_MISSING);
    assertThat(probe.errors()).isEmpty();
    if (probe.video() != null) {
      ContentReport content = ContentCheck.run(object, List.of());
      assertThat(content.decodeErrors()).isEmpty();
      assertThat(content.pictures()).isEqualTo(summary.pictures());
      assertThat(content.silent()).hasSize(1);
    }
    assertThat(s3.tail(ready)).doesNotExist();
    // Notes for the report had been sent as well.
    JsonNode report = node.api().get(path + "/report");
    assertThat(report.get("workers").asInt()).isEqualTo(1);
    assertThat(report.get("silent").isEmpty()).isFalse();
    // The call goes on in another file.
    LiveCall.await(
        Duration.ofSeconds(20),
        "a second recording of " + id,
        () -> lost.call().recordings().size() == 2);
  }

  private static void delete(Path directory) throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
