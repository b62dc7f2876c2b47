package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.protocol.Codec;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Every participant's media as it came, recorded live and put together again by the manifest. */
@Tag("media")
class TracksRecordingTest {
  private static final Logger log = LoggerFactory.getLogger(TracksRecordingTest.class);

  private static final SyntheticParticipant ADA = SyntheticParticipant.of(0, "P0", "e1");
  private static final SyntheticParticipant BEA =
      SyntheticParticipant.of(1, "P1", "e1", Codec.VP9, Codec.PCMU);
  private static final SyntheticParticipant CY = withSmallLayer(2, "P2");
  private static final SyntheticParticipant DEE =
      SyntheticParticipant.bare(3, "P3")
          .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(3, Codec.OPUS)));
  private static final SyntheticParticipant EVE =
      SyntheticParticipant.of(4, "P4", "e1", Codec.VP8, Codec.PCMA);

  private static SyntheticParticipant withSmallLayer(int index, String name) {
    VideoClipSpec clip = VideoClipSpec.standard(index, name, Codec.H264);
    SyntheticTrack camera = SyntheticTrack.camera("e1", clip);
    VideoClipSpec small = clip.withSize(320, 180).withBitrate(200_000);
    return SyntheticParticipant.bare(index, name)
        .withTrack(
            camera.withLayer(
                new SyntheticTrack.Layer(SyntheticTrack.payloadType(Codec.H264), small, null)))
        .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(index, Codec.OPUS)));
  }

  @Test
  void tracksAreRecordedAsTheyCame() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("standup");
      call.endpoint("e1");
      node.senders().prepare(List.of(ADA, BEA, CY, DEE));
      call.join(ADA);
      call.compose(LiveCall.composition("main", 320, 180, 10, "grid"));
      String recording = start(node, call);
      call.join(BEA.withFaults(Faults.loss(3)));
      call.join(CY);
      call.join(DEE);
      node.senders().setMuted("p3", "mic", true);
      call.declare(EVE); // who never sends
      TimeUnit.MILLISECONDS.sleep(4500);
      node.senders().setPaused("p0", "cam", true);
      node.senders().switchLayer("p2", "cam", 1, true);
      call.layout("main", Map.of("preset", "dominant"));
      TimeUnit.MILLISECONDS.sleep(3500);
      node.senders().setPaused("p0", "cam", false);
      node.senders().switchLayer("p2", "cam", 0, true);
      call.patchParticipant("p0", Map.of("muted", true));
      TimeUnit.MILLISECONDS.sleep(1500);
      call.leave("p1");
      TimeUnit.MILLISECONDS.sleep(1500);
      JsonNode ready = stop(node, call, recording);
      TrackSet set = new TrackSet(call.recordingFile(ready));

      // As the API lists them, and nothing of who sent nothing.
      assertThat(ready.get("files").size()).isEqualTo(set.manifest.get("files").size());
      assertThat(set.manifest.get("runs").size()).isEqualTo(1);
      assertThat(set.manifest.get("ended").get("reason").asString()).isEqualTo("stopped");
      assertThat(set.files("p4", "cam")).isEmpty();
      assertThat(set.files("p4", "mic")).isEmpty();
      for (JsonNode file : set.manifest.get("files")) {
        assertThat(set.complaints(file)).as(file.get("name").asString()).isEmpty();
        assertThat(Files.size(set.path(file))).isEqualTo(file.get("bytes").asLong());
      }
      assertThat(Files.exists(set.directory.resolve(TracksManifest.JOURNAL))).isFalse();

      for (int person = 0; person < 3; person++) {
        set.inStep("p" + person, person, 0);
      }

      // One file over the pause, which it tells.
      JsonNode paused = only(set.files("p0", "cam"));
      JsonNode gap = longestGap(paused);
      assertThat(gap.get("to").asDouble() - gap.get("from").asDouble()).isCloseTo(3.5, within(1.0));
      assertThat(gap.get("lost").asInt()).isZero();

      // Repaired where there is RTX: nothing lost but in the sound of G.711, which has none.
      assertThat(only(set.files("p1", "cam")).get("gaps").isEmpty()).isTrue();
      JsonNode lossy = only(set.files("p1", "mic"));
      assertThat(lossy.get("codec").asString()).isEqualTo("PCMU");
      assertThat(lossy.get("gaps").size()).isPositive();
      assertThat(lossy.get("ended").asString()).isEqualTo("left");

      // A new file for each size of H.264, and they follow each other.
      List<JsonNode> sizes = set.files("p2", "cam");
      assertThat(sizes.stream().map(file -> file.at("/sizes/0/width").asInt()))
          .containsExactly(640, 320, 640);
      for (int i = 1; i < sizes.size(); i++) {
        assertThat(TrackSet.offset(sizes.get(i)) - TrackSet.end(sizes.get(i - 1)))
            .isBetween(-0.05, 0.1);
      }
      // Silence is sound.
      JsonNode silent = only(set.files("p3", "mic"));
      assertThat(silent.get("duration").asDouble()).isGreaterThan(9);
      assertThat(silent.get("gaps").isEmpty()).isTrue();

      // What is needed to compose it again.
      List<JsonNode> looks = set.events("composition");
      assertThat(looks.stream().map(event -> event.at("/layout/preset").asString()))
          .startsWith("grid")
          .contains("dominant");
      assertThat(looks.getFirst().at("/canvas/width").asInt()).isEqualTo(320);
      assertThat(
              set.events("participant").stream()
                  .filter(event -> event.at("/participant/muted").asBoolean(false))
                  .map(event -> event.at("/participant/id").asString()))
          .containsExactly("p0");
      assertThat(set.events("left")).hasSize(1);

      linksWork(node, recording, set);
    }
  }

  @Test
  void aKilledWorkerLosesLittleAndItsSuccessorGoesOn() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("standup");
      call.endpoint("e1");
      SyntheticParticipant bea = SyntheticParticipant.of(1, "P1", "e1", Codec.H264, Codec.PCMA);
      node.senders().prepare(List.of(ADA, bea));
      // Nothing is composed, so nobody is seen or heard.
      String recording = start(node, call);
      call.join(ADA);
      call.join(bea);
      TimeUnit.MILLISECONDS.sleep(4500);
      JsonNode growing = node.api().get("/v1/recordings/" + recording);
      assertThat(growing.get("state").asString()).isEqualTo("recording");
      assertThat(growing.get("files").size()).isEqualTo(4);
      assertThat(LiveCall.track(call.state(), "p0", "cam").get("decoded").asBoolean()).isFalse();

      Path directory = call.recordingFile(growing).getParent();
      long pid = call.workerPid();
      Instant killed = Instant.now();
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      LiveCall.await(Duration.ofSeconds(5), "its end", () -> ProcessHandle.of(pid).isEmpty());
      // What is there at this moment, looked at before anybody touches it again.
      Path copy = copy(directory);
      LiveCall.await(
          Duration.ofSeconds(20), "new files", () -> TrackSet.count(directory, "000[5-8]-.*") == 4);
      TimeUnit.MILLISECONDS.sleep(4500);
      TrackSet set = new TrackSet(call.recordingFile(stop(node, call, recording)));

      assertThat(TracksManifest.finish(copy)).isInstanceOf(TracksManifest.Result.Finished.class);
      TrackSet before = new TrackSet(copy.resolve(TracksManifest.NAME));
      assertThat(before.manifest.get("files").size()).isEqualTo(4);
      assertThat(set.manifest.get("runs").size()).isEqualTo(2);
      assertThat(set.manifest.get("files").size()).isEqualTo(8);
      double gone = set.at(killed);
      for (JsonNode file : set.manifest.get("files")) {
        assertThat(set.complaints(file)).as(file.get("name").asString()).isEmpty();
      }
      for (JsonNode file : before.manifest.get("files")) {
        assertThat(before.complaints(file)).as(file.get("name").asString()).isEmpty();
        assertThat(file.get("ended").asString()).isEqualTo("crash");
        // Half a second that was buffered, and what was on its way.
        log.info("{} lost {} s", file.get("name").asString(), gone - TrackSet.end(file));
        assertThat(TrackSet.end(file)).isBetween(gone - 1.5, gone + 0.2);
      }
      for (int i = 0; i < 2; i++) {
        for (int person = 0; person < 2; person++) {
          set.inStep("p" + person, person, i);
        }
      }
      // The timeline went on.
      double again = set.manifest.at("/runs/1/at").asDouble();
      assertThat(again).isGreaterThan(gone);
      for (String id : List.of("p0", "p1")) {
        assertThat(TrackSet.offset(set.files(id, "mic").get(1)) - again).isBetween(-0.5, 2.0);
      }
      Files.walk(copy).sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
    }
  }

  private static String start(LiveNode node, LiveCall call)
      throws IOException, InterruptedException {
    String recording =
        node.api().post(call.path() + "/tracks-recording", Map.of()).get("recording").asString();
    call.awaitEvent(
        "recording.started",
        event -> event.get("data").get("recording").asString().equals(recording));
    return recording;
  }

  private static JsonNode stop(LiveNode node, LiveCall call, String recording)
      throws IOException, InterruptedException {
    node.api().delete(call.path() + "/tracks-recording");
    call.awaitEvent(
        "recording.ready",
        event -> event.get("data").get("recording").asString().equals(recording));
    return node.api().get("/v1/recordings/" + recording);
  }

  private static JsonNode only(List<JsonNode> files) {
    assertThat(files).hasSize(1);
    return files.getFirst();
  }

  private static JsonNode longestGap(JsonNode file) {
    List<JsonNode> gaps = new ArrayList<>();
    file.get("gaps").forEach(gaps::add);
    return gaps.stream()
        .max((a, b) ->
            Double.compare(
                a.get("to").asDouble() - a.get("from").asDouble(),
                b.get("to").asDouble() - b.get("from").asDouble()))
        .orElseThrow();
  }

  private static void linksWork(LiveNode node, String recording, TrackSet set) throws Exception {
    for (JsonNode file : set.manifest.get("files")) {
      String url =
          node.api()
              .get(
                  "/v1/recordings/"
                      + recording
                      + "/access-link?file="
                      + file.get("name").asString())
              .get("url")
              .asString();
      assertThat(node.raw(url).body()).isEqualTo(Files.readAllBytes(set.path(file)));
    }
  }

  private static Path copy(Path directory) throws IOException {
    Path copy = Files.createTempDirectory("tracks-");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }
}
