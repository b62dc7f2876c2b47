package dev.callcast.server.api;

import static dev.callcast.server.api.S3Fixture.BUCKET;
import static dev.callcast.server.api.S3Fixture.storage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.TracksSpec;
import dev.callcast.server.store.StoredEvent;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings of tracks on a real S3 server. Files are written by the worker's own writer. */
@Tag("peer")
class S3TracksTest {
  private static final String PATH = "/v1/calls/c/tracks-recording";
  private static final String MIC = "0001-ada-mic.mka";
  private static final String SCREEN_AUDIO = "0002-ada-tab.mka";

  /** Seconds of 8000 bytes that make more than a part. */
  private static final double MORE_THAN_A_PART = 800;

  private static S3Server s3;

  @TempDir Path data;
  private Path credentials;
  private TestNode node;

  @BeforeAll
  static void startServer() throws Exception {
    s3 = S3Server.start(BUCKET);
  }

  @AfterAll
  static void stopServer() throws Exception {
    s3.close();
  }

  @BeforeEach
  void open() throws Exception {
    credentials = S3Server.credentials(data.resolve("credentials"));
    start();
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.store().calls().nextEpoch("c");
  }

  private void start() {
    node = new TestNode(S3Fixture.config(data, storage(s3.port(), credentials)));
  }

  @AfterEach
  void close() {
    node.close();
  }

  private TracksSpec wanted() {
    return Objects.requireNonNull(node.store().calls().loadState("c").tracks());
  }

  /** Records two tracks, one longer than a part and one short. */
  private static GrowingTracks record(TracksSpec spec) {
    return GrowingTracks.open(spec.recording(), Path.of(spec.directory()))
        .seconds("mic", MORE_THAN_A_PART)
        .seconds("tab", 10);
  }

  private void awaitSent(String recording) {
    Path objects = objects(recording);
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(node.store().uploads().parts(recording + "/" + MIC)).isNotEmpty();
          assertThat(objects.resolve(MIC + ".tail")).exists();
          assertThat(objects.resolve(SCREEN_AUDIO + ".tail")).exists();
          assertThat(objects.resolve("manifest.jsonl.tail")).exists();
          assertThat(node.get("/v1/recordings/" + recording).at("/upload/lag").asLong()).isZero();
        });
  }

  private static Path objects(String recording) {
    return s3.bucket(BUCKET).resolve("calls/c/tracks-" + recording);
  }

  private static List<String> names(Path directory) throws Exception {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void ended(String recording) {
    node.store()
        .calls()
        .appendWorkerEvent(
            "c",
            node.store().calls().currentEpoch("c"),
            1,
            "recording.ended",
            "2026-11-22T12:00:00.000Z",
            null,
            Map.of("kind", "tracks", "recording", recording, "reason", "stopped"));
  }

  private List<String> events(String recording) {
    return node.store().events().after(0, "c", null, 100).stream()
        .filter(event -> recording.equals(event.data().get("recording")))
        .map(StoredEvent::type)
        .toList();
  }

  private static void checkObjects(String recording) throws Exception {
    assertThat(names(objects(recording)))
        .containsExactly(MIC, SCREEN_AUDIO, "manifest.json", "manifest.jsonl", "report.json");
    assertThat(MediaCheck.probe(objects(recording).resolve(MIC)).duration())
        .isBetween(799.0, 801.0);
    assertThat(MediaCheck.probe(objects(recording).resolve(SCREEN_AUDIO)).duration())
        .isBetween(9.0, 10.1);
    assertThat(
            TestNode.JSON
                .readTree(Files.readAllBytes(objects(recording).resolve("manifest.json")))
                .at("/files")
                .size())
        .isEqualTo(2);
  }

  private void checkReport(String id) throws Exception {
    TestNode.Answered report = node.get("/v1/recordings/" + id + "/report").is(200);
    assertThat(report.at("/workers").asInt()).isEqualTo(1);
    assertThat(report.text("/files/0/name")).isEqualTo(MIC);
    assertThat(report.at("/files/0/duration").asDouble()).isBetween(799.0, 801.0);
    assertThat(report.at("/files/0/packets").asLong()).isEqualTo(40_000);
    assertThat(report.at("/files/0/lost").asLong()).isZero();
    assertThat(report.at("/files/1/packets").asLong()).isEqualTo(500);
    byte[] small = Files.readAllBytes(objects(id).resolve(SCREEN_AUDIO));
    assertThat(report.text("/files/1/hashes/parts/0/sha256"))
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(small)));
    assertThat(report.at("/files/0/hashes/parts").size()).isEqualTo(2);
    assertThat(TestNode.JSON.readTree(Files.readAllBytes(objects(id).resolve("report.json"))))
        .isEqualTo(report.at(""));
  }

  @Test
  void everyFileBecomesAnObjectWhileItGrows() throws Exception {
    node.post(PATH, "{\"storage\":\"nowhere\"}").problem(400, "/storage");
    node.post(PATH, "{}").is(201);
    TracksSpec spec = wanted();
    String id = spec.recording();
    String path = "/v1/recordings/" + id;
    try (GrowingTracks _ = record(spec)) {
      awaitSent(id);
      assertThat(node.get(path).text("/state")).isEqualTo("recording");
      node.delete(PATH).is(204);
    }
    ended(id);
    TestNode.Answered ready = S3Fixture.await(node, id, "ready");
    checkObjects(id);
    assertThat(ready.text("/key")).isEqualTo("calls/c/tracks-" + id + "/manifest.json");
    assertThat(ready.text("/upload/state")).isEqualTo("done");
    assertThat(ready.at("/files").size()).isEqualTo(2);
    assertThat(Path.of(spec.directory())).doesNotExist();
    assertThat(events(id)).endsWith("recording.uploaded", "recording.ready");
    for (String file : List.of(MIC, "manifest.json")) {
      String link = node.get(path + "/access-link?file=" + file).is(200).text("/url");
      try (HttpClient client = HttpClient.newHttpClient()) {
        HttpResponse<byte[]> got =
            client.send(
                HttpRequest.newBuilder(URI.create(link)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(got.body()).isEqualTo(Files.readAllBytes(objects(id).resolve(file)));
      }
    }
    node.get(path + "/access-link?file=none.mka").problem(404, null);
    assertThat(node.get(path + "/hashes?file=" + MIC).is(200).at("/parts").size()).isEqualTo(2);
    checkReport(id);
    node.delete(path).is(204);
    assertThat(names(objects(id))).isEmpty();
  }

  @Test
  void aLostSpoolComesBackFromWhatWasUploaded() throws Exception {
    node.post(PATH, "{}").is(201);
    TracksSpec spec = wanted();
    String id = spec.recording();
    try (GrowingTracks _ = record(spec)) {
      awaitSent(id);
      node.close();
    }
    try (Stream<Path> files = Files.walk(Path.of(spec.directory()))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    start();
    S3Fixture.await(node, id, "ready");
    checkObjects(id);
    assertThat(events(id)).contains("recording.recovered").endsWith("recording.ready");
    // The call's tracks go on in another recording.
    assertThat(wanted().recording()).isNotEqualTo(id);
  }
}
