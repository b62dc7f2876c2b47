package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.protocol.TracksSpec;
import dev.callcast.server.store.StoredEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings of tracks in the API. Files are written by the worker's own writer. */
class TracksTest {
  private static final String PATH = "/v1/calls/c/tracks-recording";

  @TempDir Path data;
  TestNode node;
  long epoch;
  long sequence;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    epoch = node.store().calls().nextEpoch("c");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private TracksSpec wanted() {
    return Objects.requireNonNull(node.store().calls().loadState("c").tracks());
  }

  private static GrowingTracks record(TracksSpec spec) {
    return GrowingTracks.open(spec.recording(), Path.of(spec.directory())).seconds("mic", 2);
  }

  private void ended(String recording, String reason) {
    node.store()
        .calls()
        .appendWorkerEvent(
            "c",
            epoch,
            ++sequence,
            "recording.ended",
            "2026-11-22T12:00:00.000Z",
            null,
            Map.of("kind", "tracks", "recording", recording, "reason", reason));
  }

  private TestNode.Answered finished(String recording, String state) {
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(node.get("/v1/recordings/" + recording).text("/state")).isEqualTo(state));
    return node.get("/v1/recordings/" + recording).is(200);
  }

  @Test
  void tracksAreRecordedUntilTheyAreNot() throws Exception {
    TestNode.Answered begun = node.post(PATH, "{}").is(201);
    TracksSpec spec = wanted();
    String path = "/v1/recordings/" + spec.recording();
    assertThat(begun.text("/recording")).isEqualTo(spec.recording());
    assertThat(node.get("/v1/calls/c").is(200).text("/tracksRecording/recording"))
        .isEqualTo(spec.recording());
    node.post(PATH, "{}").problem(409, null);
    assertThat(node.get(path).is(200).at("/files").isEmpty()).isTrue();
    node.get(path + "/access-link").problem(409, null);

    try (GrowingTracks _ = record(spec)) {
      Awaitility.await()
          .untilAsserted(() -> assertThat(node.get(path).at("/files").size()).isEqualTo(1));
      assertThat(node.get(path).text("/kind")).isEqualTo("tracks");
      assertThat(node.get(path).text("/state")).isEqualTo("recording");
      node.delete(path).problem(409, null);
      node.delete(PATH).is(204);
      node.delete(PATH).problem(404, null);
      assertThat(node.store().calls().loadState("c").tracks()).isNull();
    }
    ended(spec.recording(), "stopped");
    TestNode.Answered ready = finished(spec.recording(), "ready");
    assertThat(ready.at("/duration").asDouble()).isBetween(1.9, 2.1);
    assertThat(ready.text("/files/0/name")).isEqualTo("0001-ada-mic.mka");
    assertThat(ready.text("/key")).isEqualTo("c/tracks-" + spec.recording() + "/manifest.json");
    StoredEvent event = node.store().events().after(0, "c", null, 100).getLast();
    assertThat(event.type()).isEqualTo("recording.ready");
    assertThat(event.data()).containsEntry("kind", "tracks").doesNotContainKey("composition");
    assertThat(node.get("/v1/recordings?call=c").is(200).at("/items").size()).isEqualTo(1);

    Path directory = Path.of(spec.directory());
    for (String name : new String[] {"0001-ada-mic.mka", TracksManifest.NAME}) {
      String url = node.get(path + "/access-link?file=" + name).is(200).text("/url");
      String address = url.substring(url.indexOf("/v1/"));
      assertThat(node.get(address).is(200).body())
          .isEqualTo(Files.readAllBytes(directory.resolve(name)));
      // A link is to one file.
      node.get(address.replace("&file=" + name, "&file=other")).problem(403, null);
      node.get(address.replace("&file=" + name, "")).problem(403, null);
    }
    String manifest = node.get(path + "/access-link").is(200).text("/url");
    assertThat(node.get(manifest.substring(manifest.indexOf("/v1/"))).is(200).body())
        .isEqualTo(Files.readAllBytes(directory.resolve(TracksManifest.NAME)));
    node.get(path + "/access-link?file=../../node.key").problem(404, null);

    Awaitility.await()
        .untilAsserted(() ->
            assertThat(node.get(path + "/report").is(200).at("/files/0/hashes/parts").size())
                .isEqualTo(1));
    TestNode.Answered report = node.get(path + "/report");
    assertThat(report.at("/files/0/packets").asLong()).isEqualTo(100);
    assertThat(report.at("/files/0/gaps").isEmpty()).isTrue();
    assertThat(TestNode.JSON.readTree(Files.readAllBytes(directory.resolve("report.json"))))
        .isEqualTo(report.at(""));

    node.delete(path).is(204);
    assertThat(Files.exists(directory)).isFalse();
  }

  @Test
  void aRecordingThatEndsByItselfIsNotTakenUpAgain() {
    node.post(PATH, "{\"quota\":100000}").is(201);
    TracksSpec spec = wanted();
    assertThat(spec.quota()).isEqualTo(100_000);
    record(spec).close();
    ended(spec.recording(), "quota");
    assertThat(finished(spec.recording(), "ready").text("/reason")).isEqualTo("quota");
    assertThat(node.store().calls().loadState("c").tracks()).isNull();
    node.post(PATH, "{}").is(201);
    assertThat(wanted().recording()).isNotEqualTo(spec.recording());
  }

  @Test
  void aWorkerThatDiesLeavesItToTheNext() {
    node.post(PATH, "{}").is(201);
    TracksSpec spec = wanted();
    record(spec).close();
    node.store().calls().workerEnded("c", epoch);
    epoch = node.store().calls().nextEpoch("c");
    assertThat(wanted()).isEqualTo(spec);
    record(spec).close();
    node.delete("/v1/calls/c").is(204);
    node.store().calls().workerEnded("c", epoch);
    TestNode.Answered ready = finished(spec.recording(), "ready");
    assertThat(ready.at("/files").size()).isEqualTo(2);
    assertThat(ready.text("/files/1/name")).isEqualTo("0002-ada-mic.mka");
  }

  @Test
  void badRequestsAreRefused() {
    node.post("/v1/calls/nobody/tracks-recording", "{}").problem(404, null);
    node.post(PATH, "{\"storage\":\"nowhere\"}").problem(400, "/storage");
    node.post(PATH, "{\"quota\":-1}").problem(400, "/quota");
    node.post(PATH, "{\"bitrate\":1}").problem(400, "/bitrate");
    node.delete(PATH).problem(404, null);
  }
}
