package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
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

  /** From the stop to {@code ready}, S3's own Complete not counted, s. */
  private static final double READY = 2;

  @TempDir Path directory;
  private LiveS3 s3;

  @Test
  void workerAndNodeAreKilledAndTheObjectIsOneFile() throws Exception {
    try (LiveS3 server = LiveS3.start(directory)) {
      String[] quick = {"partSize: 5242880", "tailInterval: 1"};
      s3 =
          server
              .storage("s3", quick)
              .storage("fragmented", "finalize: fragmented", "prefix: fragmented/", quick[1]);
      LongSupplier complete = s3.proxy().time("CompleteMultipartUpload");
      try (LiveNode node = LiveNode.serve(s3.options())) {
        LiveCall call = node.call("standup");
        Map<String, Object> body = LiveCall.composition("main", 640, 360, 15, "grid");
        body.put(
            "outputs",
            List.of(
                Map.of("id", "rec", "type", "recording"),
                Map.of("id", "cut", "type", "recording", "gaps", "cut", "faststart", true),
                Map.of("id", "parts", "type", "recording", "storage", "fragmented")));
        call.compose(body);
        call.compose(LiveCall.composition("brief", 320, 180, 30, "grid"));
        call.awaitMediaTime("brief", 5);
        readyAtOnce(node, call, complete);
        Path tail = s3.tail(recording(call, "rec"));
        LiveCall.await(Duration.ofSeconds(10), "the tail", () -> Files.exists(tail));

        node.worker("standup").kill();
        call.awaitEvent("worker.died", event -> true);
        LiveCall.await(
            Duration.ofSeconds(20),
            "a second worker that records all three",
            () ->
                call.events("recording.started").stream()
                        .filter(event -> event.get("data").get("resumed").asBoolean())
                        .count()
                    == 3);
        node.kill();
        node.restart();
        double end = call.mediaTime("main") + 3;
        call.awaitMediaTime("main", end);

        node.api().post(call.path() + "/compositions/main/stop", Map.of());
        LiveCall.await(
            Duration.ofSeconds(20),
            "three recordings that are ready",
            () -> call.events("recording.ready").size() == 4);
        Mp4Summary kept = checkKept(node, call, end);
        checkCut(call, kept);
        checkFragmented(call, kept);
      }
    }
  }

  /** A recording of five seconds. */
  private void readyAtOnce(LiveNode node, LiveCall call, LongSupplier complete) throws Exception {
    long server = complete.getAsLong();
    double waited = CoreWait.ofChildren();
    long stopped = System.nanoTime();
    node.api().post(call.path() + "/compositions/brief/stop", Map.of());
    JsonNode ready = call.awaitRecording("brief", "ready");
    double seconds = (System.nanoTime() - stopped) / 1e9;
    double completing = (complete.getAsLong() - server) / 1e9;
    waited = CoreWait.ofChildren() - waited;
    log.info(
        "ready {} s after the stop, of which S3's Complete {} s; threads waited {} s for a core",
        "%.2f".formatted(seconds),
        "%.2f".formatted(completing),
        "%.2f".formatted(waited));
    assertThat(completing).isPositive();
    // All that waited for others of this machine: near 0 where it has nothing else to do.
    assertThat(seconds - completing).isLessThan(READY + waited);

    // All of its ticks are counted, those before the file was there too.
    Mp4Summary summary = Mp4Inspector.inspect(s3.object(ready)).orElseThrow();
    JsonNode report = report(node, ready);
    assertThat(report.get("ticks").asDouble() - report.get("skippedTicks").asDouble())
        .as("of %d pictures: %s", summary.pictures(), report)
        .isCloseTo(summary.pictures(), within(4.0));
  }

  /** One timeline, with the time between the workers in it. */
  private Mp4Summary checkKept(LiveNode node, LiveCall call, double end) throws Exception {
    JsonNode recording = recording(call, "rec");
    Path object = s3.object(recording);
    Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
    log.info("rec: {}", summary);
    assertThat(summary.finished()).isTrue();
    assertThat(summary.gaps()).hasSize(1);
    assertThat(summary.absences()).hasSize(1);
    assertThat(summary.cuts()).isEmpty();
    assertThat(summary.duration() / 1e9).isGreaterThan(end - 1);
    checkPlays(object, summary, summary.duration() / 1e9);
    assertThat(s3.tail(recording)).doesNotExist();

    JsonNode report = report(node, recording);
    assertThat(report.get("workers").asInt()).isEqualTo(2);
    assertThat(report.get("gaps").size()).isEqualTo(1);
    assertThat(report.get("black").size()).isPositive();
    assertThat(report.get("silent").size()).isPositive();
    assertThat(report.at("/hashes/parts").size()).isPositive();
    assertThat(object.resolveSibling(object.getFileName() + ".report.json")).exists();
    assertThat(call.events("recording.uploaded")).hasSize(4);
    return summary;
  }

  /** The same media; what nobody recorded is not shown, and the index is in front. */
  private void checkCut(LiveCall call, Mp4Summary kept) throws Exception {
    JsonNode recording = recording(call, "cut");
    Path object = s3.object(recording);
    Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
    log.info("cut: {}", summary);
    assertThat(summary.finished()).isTrue();
    assertThat(summary.absences()).hasSize(1);
    Gap absence = summary.absences().getFirst();
    assertThat(absence.length() / 1e9).isGreaterThan(0.3);
    double shown = (summary.duration() - absence.length()) / 1e9;
    assertThat(recording.get("duration").asDouble()).isCloseTo(shown, within(0.1));
    assertThat(kept.duration() / 1e9 - shown).isGreaterThan(absence.length() / 2e9);
    checkPlays(object, summary, shown);
    String start = new String(Files.readAllBytes(object), 0, 100, StandardCharsets.ISO_8859_1);
    assertThat(start.indexOf("moov")).isEqualTo(56);
  }

  /** It stays as it grew, and plays. */
  private void checkFragmented(LiveCall call, Mp4Summary kept) throws Exception {
    JsonNode recording = recording(call, "parts");
    Path object = s3.object(recording);
    Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
    log.info("parts: {}", summary);
    assertThat(summary.finished()).isFalse();
    assertThat(summary.completeLength()).isEqualTo(summary.fileSize());
    assertThat(summary.absences()).hasSize(1);
    assertThat((double) summary.pictures()).isCloseTo(kept.pictures(), within(8.0));
    checkPlays(object, summary, summary.duration() / 1e9);
  }

  /** ffprobe reads every picture, and shows it so long. */
  private static void checkPlays(Path object, Mp4Summary summary, double seconds) throws Exception {
    MediaProbe probe = MediaCheck.probe(object);
    assertThat(probe.errors()).isEmpty();
    assertThat(probe.video().packets()).isEqualTo(summary.pictures());
    // By the packets: a fragmented file does not say in its head how long it is.
    assertThat(Math.max(probe.video().end(), probe.audio().end())).isCloseTo(seconds, within(0.15));
  }

  private static JsonNode report(LiveNode node, JsonNode recording) throws Exception {
    return node.api().get("/v1/recordings/" + recording.get("id").asString() + "/report");
  }

  /** The one recording of main's output; also after all that died. */
  private static JsonNode recording(LiveCall call, String output) throws Exception {
    JsonNode found = null;
    for (JsonNode recording : call.recordings()) {
      if (recording.get("composition").asString().equals("main")
          && recording.get("output").asString().equals(output)) {
        assertThat(found).as("a second recording of %s", output).isNull();
        found = recording;
      }
    }
    assertThat(found).as("a recording of %s", output).isNotNull();
    return found;
  }
}
