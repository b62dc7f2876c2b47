package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.app.ApiClient;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.FrameTrace;
import dev.callcast.testkit.fault.NginxRtmp;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The disk of the recordings is full, or a recording's quota is used up. */
@Tag("media")
@Tag("peer")
class FullDiskTest {
  private static final Logger log = LoggerFactory.getLogger(FullDiskTest.class);
  private static final int QUOTA = 600_000;

  private final List<SyntheticParticipant> people = List.of(TriedCall.person(0, "e1"));

  /** The recordings lie on a disk of their own. */
  @Test
  void recordingsEndCleanlyAndTheStreamGoesOn() throws Exception {
    Path data = Files.createTempDirectory("callcast-e2e-");
    try (SmallDisk disk = SmallDisk.mount(data.resolve("recordings"), 16);
        NginxRtmp nginx = NginxRtmp.start();
        LiveNode node = LiveNode.startIn(data)) {
      LiveCall call = start(node, nginx);
      disk.fill(1_500_000);
      JsonNode quota = ended(call, "small");
      assertThat(quota.get("data").get("reason").asString()).isEqualTo("quota");
      JsonNode full = ended(call, "rec");
      assertThat(full.get("data").get("reason").asString()).isEqualTo("diskFull");
      assertThat(full.get("data").get("detail").asString())
          .contains("no room on the disk of " + data.resolve("recordings"));
      assertThat(output(call, "rec").get("state").asString()).isEqualTo("failed");
      assertThat(output(call, "rec").get("reason").asString()).contains("no room on the disk");
      assertThat(output(call, "small").get("state").asString()).isEqualTo("stopped");
      assertThat(output(call, "small").get("reason").asString()).contains("quota");
      // There was room left for what makes an ordinary file of it.
      double ended = full.get("data").get("duration").asDouble();
      for (String output : List.of("rec", "small")) {
        check(call.recordingFile(ready(call, output)));
      }
      assertThat(Files.size(call.recordingFile(ready(call, "small"))))
          .isBetween(QUOTA / 2L, QUOTA + 0L);

      // A new recording has no room from its start, and says so too.
      disk.fill(0);
      node.api()
          .post(
              call.path() + "/compositions/main/outputs",
              Map.of("id", "late", "type", "recording"));
      assertThat(ended(call, "late").get("data").get("reason").asString()).isEqualTo("diskFull");
      assertThat(failed(call, "late").get("reason").asString()).contains("no room");

      call.awaitMediaTime("main", ended + 4);
      node.api().post(call.path() + "/compositions/main/stop", Map.of());
      call.awaitEvent("composition.stopped", event -> true);
      checkStream(nginx, ended + 3);
    }
  }

  /** All of the node lies on it: database, logs, run directories. */
  @Test
  @Tag("long")
  void aNodeWithoutRoomGoesOnWhenThereIsRoomAgain() throws Exception {
    Path data = Files.createTempDirectory("callcast-e2e-");
    try (SmallDisk disk = SmallDisk.mount(data, 24);
        NginxRtmp nginx = NginxRtmp.start();
        LiveNode node = LiveNode.startIn(data)) {
      LiveCall call = start(node, nginx);
      long worker = call.workerPid();
      node.api()
          .post(
              call.path() + "/compositions/main/outputs",
              Map.of("id", "hls", "type", "hls", "playlist", "event", "segmentDuration", 2));
      awaitOutput(call, "hls", "live");
      disk.fill(0);
      double full = call.mediaTime("main");
      call.awaitMediaTime("main", full + 4);
      assertThat(awaitOutput(call, "hls", "retrying").get("reason").asString())
          .contains("no room on the disk");
      check(call.recordingFile(recording(call, "rec", "recording")));
      assertThatThrownBy(() -> call.layout("main", Map.of("preset", "single")))
          .isInstanceOf(ApiClient.Refused.class)
          .hasMessageContaining("503", "no room on the disk");
      disk.drain();
      assertThat(ended(call, "rec").get("data").get("reason").asString()).isEqualTo("diskFull");
      call.layout("main", Map.of("preset", "single"));
      String playlist = awaitOutput(call, "hls", "live").get("url").asString();
      call.awaitEvent(
          "output.state",
          event ->
              event.get("data").get("output").asString().equals("hls")
                  && event.get("data").path("reason").asString("").contains("no room"));
      double end = call.mediaTime("main");
      node.api().post(call.path() + "/compositions/main/stop", Map.of());
      call.awaitEvent("composition.stopped", event -> true);
      check(call.recordingFile(ready(call, "rec")));
      checkStream(nginx, end - 0.5);
      checkPlaylist(node, playlist);
      assertThat(call.workerPid()).isEqualTo(worker);
      List<Long> sequences = new ArrayList<>();
      call.events().forEach(event -> sequences.add(event.get("sequence").asLong()));
      for (int i = 0; i < sequences.size(); i++) {
        assertThat(sequences.get(i)).isEqualTo(i + 1);
      }
    }
  }

  private LiveCall start(LiveNode node, NginxRtmp nginx) throws Exception {
    LiveCall call = node.call("full");
    call.endpoint("e1");
    call.joinAll(people);
    Map<String, Object> body =
        new HashMap<>(
            LiveCall.composition("main", TriedCall.WIDTH, TriedCall.HEIGHT, TriedCall.FPS, "grid"));
    body.put("video", Map.of("bitrate", 1_000_000));
    body.put(
        "outputs",
        List.of(
            Map.of("id", "rec", "type", "recording"),
            Map.of("id", "small", "type", "recording", "quota", QUOTA),
            Map.of("id", "yt", "type", "rtmp", "url", nginx.url("key"))));
    call.compose(body);
    call.awaitMediaTime("main", 2);
    LiveCall.await(Duration.ofSeconds(10), "the stream", () -> nginx.bytesIn("key") > 50_000);
    return call;
  }

  private static JsonNode ended(LiveCall call, String output) throws Exception {
    return call.awaitEvent(
        "recording.ended", event -> event.get("data").get("output").asString().equals(output));
  }

  private static JsonNode output(LiveCall call, String id)
      throws IOException, InterruptedException {
    for (JsonNode output : call.state().get("compositions").get(0).get("outputs")) {
      if (output.get("id").asString().equals(id)) {
        return output;
      }
    }
    throw new AssertionError("no output " + id);
  }

  private static JsonNode awaitOutput(LiveCall call, String id, String state) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(10),
        id + " is " + state,
        () -> output(call, id).get("state").asString().equals(state));
    return output(call, id);
  }

  /** What was written before the disk was full and after that, all of which can be had. */
  private static void checkPlaylist(LiveNode node, String url) throws Exception {
    String address = node.url() + url.replace("index.m3u8", "media.m3u8");
    LiveCall.await(
        Duration.ofSeconds(20), "the end of the playlist", () -> get(address).contains("ENDLIST"));
    String playlist = get(address);
    log.info("{}", playlist);
    assertThat(playlist.split("#EXT-X-DISCONTINUITY\n", -1)).hasSize(2);
    assertThat(playlist.split("#EXT-X-DISCONTINUITY\n", -1)).allMatch(run -> run.contains("m4s"));
    for (String line : playlist.lines().filter(line -> line.endsWith(".m4s")).toList()) {
      assertThat(get(address.replace("media.m3u8", line))).contains("moof");
    }
  }

  private static String get(String address) throws IOException {
    try (InputStream in = URI.create(address).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static JsonNode ready(LiveCall call, String output) throws Exception {
    return recording(call, output, "ready");
  }

  private static JsonNode failed(LiveCall call, String output) throws Exception {
    return recording(call, output, "failed");
  }

  private static JsonNode recording(LiveCall call, String output, String state) throws Exception {
    List<JsonNode> found = new ArrayList<>();
    LiveCall.await(
        Duration.ofSeconds(20),
        "the recording of " + output + " that is " + state,
        () -> {
          for (JsonNode recording : call.recordings()) {
            if (recording.get("output").asString().equals(output)
                && recording.get("state").asString().equals(state)) {
              found.add(recording);
            }
          }
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  /** It plays from its start to its end, and the one who is in the call is in it. */
  private void check(Path file) throws IOException, InterruptedException {
    ContentReport report =
        ContentCheck.run(
            file,
            Tiles.of(
                "grid",
                Map.of(),
                TriedCall.WIDTH,
                TriedCall.HEIGHT,
                people,
                1.0,
                Double.POSITIVE_INFINITY));
    log.info("{}: {} bytes, {}", file, Files.size(file), report.summary());
    assertThat(report.decodeErrors()).isEmpty();
    assertThat(report.longestPictureGap()).isLessThan(0.1);
    assertThat(report.tile(0).right()).isPositive().isEqualTo(report.tile(0).pictures());
    assertThat(report.tile(0).unheard()).isEmpty();
  }

  private static void checkStream(NginxRtmp nginx, double seconds) throws Exception {
    assertThat(nginx.recordings("key")).hasSize(1);
    FrameTrace trace = FrameTrace.of(nginx.recordings("key").getFirst(), List.of());
    assertThat(trace.errors()).isEmpty();
    List<Double> times = trace.times();
    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1))
          .as("gap before %s s", times.get(i))
          .isLessThan(0.1);
    }
    assertThat(times.getLast()).isGreaterThan(seconds);
  }
}
