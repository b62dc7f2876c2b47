package dev.callcast.server.api;

import static dev.callcast.server.api.S3Fixture.BUCKET;
import static dev.callcast.server.api.S3Fixture.object;
import static dev.callcast.server.api.S3Fixture.packets;
import static dev.callcast.server.api.S3Fixture.summary;
import static dev.callcast.server.api.S3Fixture.tail;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.server.store.PostgresDatabases;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.HttpProxy.Action;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * A node is killed with SIGKILL where it hurts, and another goes on: at the same data, or with
 * nothing but the database and what S3 has. Whatever was in the file is in the object; after a loss
 * of the machine the last seconds are missing.
 */
@Tag("peer")
class NodeKillTest {
  private static final int RATE = 8_000_000;
  private static final ReportLine.Counters NOTHING =
      new ReportLine.Counters(0, 0, List.of(), Map.of());
  private static final Duration LONG = Duration.ofSeconds(60);
  private static S3Server s3;
  private static PostgresDatabases postgres;

  @TempDir Path directory;
  private HttpProxy proxy;
  private Path data;
  private Path credentials;
  private NodeMain.Child node;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void startServers() throws Exception {
    s3 = S3Server.start(BUCKET);
    postgres = new PostgresDatabases();
  }

  @AfterAll
  static void stopServers() throws Exception {
    s3.close();
    postgres.close(); // which waits for its clients
  }

  @BeforeEach
  void open() throws Exception {
    data = Files.createDirectory(directory.resolve("a"));
    proxy = HttpProxy.to(s3.port());
    credentials = S3Server.credentials(directory.resolve("credentials"));
  }

  @AfterEach
  void close() throws Exception {
    node.kill();
    proxy.close();
    http.close();
  }

  private void start(String name, Path at, String database) throws Exception {
    node = new NodeMain.Child(name, at, database, proxy.port(), credentials, "quick");
  }

  private JsonNode send(String method, String path, String body) throws Exception {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(node.url + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isLessThan(300);
    return TestNode.JSON.readTree(response.body().isEmpty() ? "{}" : response.body());
  }

  /** Begins a call that records, and gives the recording. */
  private JsonNode record() throws Exception {
    send("POST", "/v1/calls", "{\"id\":\"c\"}");
    send(
        "POST",
        "/v1/calls/c/compositions",
        "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}");
    return send("GET", "/v1/recordings", "").at("/items/0");
  }

  private static Path notes(String recording) {
    Path object = object(s3, recording);
    return object.resolveSibling(object.getFileName() + ".notes");
  }

  private Path spool(JsonNode recording) {
    return data.resolve("spool/s3").resolve(recording.get("id").asString() + ".mp4");
  }

  private JsonNode await(JsonNode recording, Predicate<JsonNode> condition) {
    String path = "/v1/recordings/" + recording.get("id").asString();
    Awaitility.await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> condition.test(send("GET", path, "")));
    try {
      return send("GET", path, "");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Predicate<JsonNode> state(String state) {
    return recording -> recording.get("state").asString().equals(state);
  }

  private static Predicate<JsonNode> parts(int count) {
    return recording -> recording.at("/upload/parts").asInt() >= count;
  }

  private long seen(String operation) {
    return proxy.seen().stream().filter(head -> head.operation().equals(operation)).count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"in a part", "while idle", "in the tail"})
  @Tag("long")
  void killedAtAnotherMoment(String moment) throws Exception {
    killedWhileItGrows(moment);
  }

  @ParameterizedTest
  @ValueSource(strings = "between part and journal")
  void killedWhileItGrows(String moment) throws Exception {
    start("a", data, null);
    JsonNode recording = record();
    String id = recording.get("id").asString();
    try (GrowingFile growing = GrowingFile.open(spool(recording), RATE).seconds(1.5)) {
      await(recording, parts(1));
      HttpProxy.Hold hold = new HttpProxy.Hold();
      proxy.rule(head ->
          switch (moment) {
            case "in a part" ->
                head.operation().equals("UploadPart")
                    ? new Action.Slow(1_000_000)
                    : new Action.Pass();
            case "between part and journal" ->
                head.operation().equals("UploadPart")
                    ? new Action.HoldAnswer(hold)
                    : new Action.Pass();
            case "in the tail" ->
                head.operation().equals("PutObject") ? new Action.Slow(500_000) : new Action.Pass();
            default -> new Action.Pass();
          });
      long before = seen("UploadPart") + seen("PutObject");
      growing.seconds(1);
      switch (moment) {
        case "between part and journal" -> assertThat(hold.awaitAnswer(30_000)).isTrue();
        case "while idle" -> await(recording, stored -> stored.at("/upload/lag").asLong() == 0);
        default ->
            Awaitility.await()
                .atMost(LONG)
                .until(() -> seen("UploadPart") + seen("PutObject") > before);
      }
      node.kill();
      growing.seconds(1); // its worker goes on
      hold.release();
      proxy.rule(head -> new Action.Pass());
      start("a", data, null);
      await(recording, parts(3));
      growing.end();
    }
    send("DELETE", "/v1/calls/c/compositions/main", "");
    await(recording, state("ready"));
    assertThat(summary(object(s3, id)).pictures()).isEqualTo(105);
    assertThat(packets(object(s3, id)).getFirst()).isEqualTo(105);
    if (!moment.equals("in the tail")) {
      // A tail that the killed node had sent may reach the storage after it was deleted.
      assertThat(tail(s3, id)).doesNotExist();
    }
    assertThat(spool(recording)).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"before the first part again", "before Complete", "before the look at the object"})
  @Tag("long")
  void killedAtAnotherMomentOfTheEnd(String moment) throws Exception {
    killedAtTheEnd(moment);
  }

  @ParameterizedTest
  @ValueSource(strings = "between Complete and its answer")
  void killedAtTheEnd(String moment) throws Exception {
    start("a", data, null);
    JsonNode recording = record();
    String id = recording.get("id").asString();
    HttpProxy.Hold hold = new HttpProxy.Hold();
    try (GrowingFile growing = GrowingFile.open(spool(recording), RATE).seconds(2.4)) {
      await(recording, parts(3));
      long heads = seen("HeadObject");
      proxy.rule(head -> {
        boolean hit =
            switch (moment) {
              case "before the first part again" -> head.target().contains("partNumber=1&");
              case "before Complete" -> head.operation().equals("CompleteMultipartUpload");
              case "between Complete and its answer" ->
                  head.operation().equals("CompleteMultipartUpload");
              default ->
                  head.operation().equals("HeadObject")
                      && seen("CompleteMultipartUpload") > 0
                      && seen("HeadObject") > heads;
            };
        if (!hit) {
          return new Action.Pass();
        }
        return moment.startsWith("before Complete") || moment.endsWith("again")
            ? new Action.Slow(1)
            : new Action.HoldAnswer(hold);
      });
      growing.end();
    }
    send("DELETE", "/v1/calls/c/compositions/main", "");
    Awaitility.await()
        .atMost(LONG)
        .until(() ->
            switch (moment) {
              case "before the first part again" ->
                  proxy.seen().stream()
                          .filter(head -> head.target().contains("partNumber=1&"))
                          .count()
                      > 1;
              case "before Complete" -> seen("CompleteMultipartUpload") > 0;
              default -> hold.awaitAnswer(10);
            });
    node.kill();
    long completes = seen("CompleteMultipartUpload");
    hold.release();
    proxy.rule(head -> new Action.Pass());
    start("a", data, null);
    await(recording, state("ready"));
    Mp4Summary summary = summary(object(s3, id));
    assertThat(summary.finished()).isTrue();
    assertThat(packets(object(s3, id))).containsExactly(72L, (long) summary.sounds());
    assertThat(spool(recording)).doesNotExist();
    assertThat(tail(s3, id)).doesNotExist();
    if (moment.equals("between Complete and its answer")) {
      // What HEAD shows is enough.
      assertThat(seen("CompleteMultipartUpload")).isEqualTo(completes);
    }
  }

  @Test
  @Tag("long")
  void theMachineIsLostAndTheNodeIsBack() throws Exception {
    theMachineIsLost(false);
  }

  @ParameterizedTest
  @ValueSource(booleans = true)
  void theMachineIsLost(boolean anotherNode) throws Exception {
    String database = postgres.create();
    start("a", data, database);
    JsonNode recording = record();
    String id = recording.get("id").asString();
    Files.createDirectories(spool(recording).getParent());
    try (ReportJournal noted = ReportJournal.open(spool(recording))) {
      noted.append(new ReportLine.Begun(0, NOTHING));
      noted.append(new ReportLine.Joined(0, "ada", "Ada"));
      noted.append(new ReportLine.Counted(2, NOTHING, List.of()));
    }
    try (GrowingFile growing = GrowingFile.open(spool(recording), RATE).seconds(2.2)) {
      await(recording, stored -> parts(3).test(stored) && stored.at("/upload/lag").asLong() == 0);
      Awaitility.await().atMost(LONG).until(() -> Files.exists(notes(id)));
      // What is written from here on was not uploaded when the machine is lost.
      proxy.rule(head -> new Action.Answer(503, "SlowDown"));
      growing.seconds(1);
    }
    node.kill();
    delete(data);
    proxy.rule(head -> new Action.Pass());
    Path fresh = Files.createDirectory(directory.resolve("b"));
    start(anotherNode ? "b" : "a", anotherNode ? fresh : Files.createDirectory(data), database);
    JsonNode ready = await(recording, state("ready"));

    Mp4Summary summary = summary(object(s3, id));
    assertThat(summary.finished()).isTrue();
    // Two of 2.2 s are whole fragments at least; the fragment at hand was in the worker.
    assertThat(summary.pictures()).isBetween(50, 66);
    assertThat(packets(object(s3, id)))
        .containsExactly((long) summary.pictures(), (long) summary.sounds());
    assertThat(ready.get("duration").asDouble()).isBetween(1.6, 2.3);
    assertThat(tail(s3, id)).doesNotExist();
    assertThat(notes(id)).doesNotExist();
    JsonNode report = send("GET", "/v1/recordings/" + id + "/report", "");
    assertThat(report.get("workers").asInt()).isEqualTo(1);
    assertThat(report.at("/participants/0/name").asString()).isEqualTo("Ada");
    // The call goes on in another file.
    JsonNode recordings = send("GET", "/v1/recordings", "").get("items");
    assertThat(recordings.size()).isEqualTo(2);
    assertThat(recordings.get(0).get("state").asString()).isEqualTo("recording");
  }

  @Test
  void lessThanAPartIsInTheTail() throws Exception {
    String database = postgres.create();
    start("a", data, database);
    JsonNode recording = record();
    try (GrowingFile growing = GrowingFile.open(spool(recording), 100_000).seconds(5)) {
      await(
          recording,
          stored ->
              stored.at("/upload/uploadedBytes").asLong() > 0
                  && stored.at("/upload/lag").asLong() == 0);
      assertThat(growing.length()).isPositive();
    }
    node.kill();
    delete(data);
    start("a", Files.createDirectory(data), database);
    await(recording, state("ready"));
    assertThat(summary(object(s3, recording.get("id").asString())).pictures())
        .isGreaterThanOrEqualTo(135);
  }

  @Test
  @Tag("long")
  void aNodeThatComesBackHasNoMore() throws Exception {
    aNodeThatComesBackDeliversWhatItHas(false);
  }

  /**
   * A node stands still for so long that another one takes its recording, then comes back: what its
   * worker recorded meanwhile becomes a recording of its own, or nothing where there is no more.
   */
  @ParameterizedTest
  @ValueSource(booleans = true)
  void aNodeThatComesBackDeliversWhatItHas(boolean more) throws Exception {
    String database = postgres.create();
    start("a", data, database);
    JsonNode recording = record();
    String id = recording.get("id").asString();
    NodeMain.Child silent = node;
    try (GrowingFile growing = GrowingFile.open(spool(recording), 100_000).seconds(3)) {
      await(
          recording,
          stored ->
              stored.at("/upload/uploadedBytes").asLong() > 0
                  && stored.at("/upload/lag").asLong() == 0);
      silent.signal("STOP");
      start("b", Files.createDirectory(directory.resolve("b")), database);
      await(recording, state("ready"));
      if (more) {
        growing.seconds(4);
      }
      growing.end();
    }
    assertThat(spool(recording)).exists();
    silent.signal("CONT");
    try {
      Awaitility.await().atMost(LONG).until(() -> !Files.exists(spool(recording)));
      JsonNode returned = returned(id, more);
      if (more) {
        String returnedId = returned.get("id").asString();
        assertThat(summary(object(s3, returnedId)).pictures()).isEqualTo(210);
        assertThat(packets(object(s3, returnedId)).getFirst()).isEqualTo(210);
      }
      assertThat(summary(object(s3, id)).pictures()).isBetween(75, 90);
      Awaitility.await().atMost(LONG).until(() -> S3Fixture.isEmpty(data.resolve("spool")));
    } finally {
      silent.kill();
    }
  }

  /** Waits until this is ready, and another one where there is more; gives that, else null. */
  private JsonNode returned(String id, boolean more) {
    JsonNode[] returned = new JsonNode[1];
    Awaitility.await()
        .atMost(LONG)
        .until(() -> {
          int count = 0;
          for (JsonNode one : send("GET", "/v1/recordings", "").get("items")) {
            if (one.get("state").asString().equals("ready")) {
              count++;
              returned[0] = one.get("id").asString().equals(id) ? returned[0] : one;
            }
          }
          return count == (more ? 2 : 1);
        });
    return returned[0];
  }

  /** Begins a call that records its tracks, and gives the recording. */
  private JsonNode recordTracks() throws Exception {
    send("POST", "/v1/calls", "{\"id\":\"c\"}");
    send("POST", "/v1/calls/c/tracks-recording", "{}");
    return send("GET", "/v1/recordings", "").at("/items/0");
  }

  private Path tracks(JsonNode recording) {
    return data.resolve("spool/s3").resolve(recording.get("id").asString());
  }

  private Path trackObject(JsonNode recording, String name) {
    return s3.bucket(BUCKET)
        .resolve("calls/c/tracks-" + recording.get("id").asString())
        .resolve(name);
  }

  /** All that is there of both tracks is sent. */
  private void awaitTracksSent(JsonNode recording) {
    String path = "/v1/recordings/" + recording.get("id").asString();
    // For some time: each file is sent at its own pace, and the journal that lists them last.
    Awaitility.await()
        .atMost(LONG)
        .during(Duration.ofSeconds(7))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          JsonNode stored = send("GET", path, "");
          return stored.at("/upload/lag").asLong(1) == 0
              && stored.at("/upload/uploadedBytes").asLong() > 0
              && Files.exists(trackObject(recording, "0002-ada-tab.mka.tail"));
        });
  }

  /** Seconds of a file by the API, whose object ffprobe reads to the end. */
  private double checkedTrack(JsonNode recording, int file) throws Exception {
    JsonNode entry = recording.get("files").get(file);
    Path object = trackObject(recording, entry.get("name").asString());
    assertThat(packets(object)).hasSize(1);
    assertThat(MediaCheck.probe(object).duration())
        .isCloseTo(entry.get("duration").asDouble(), within(0.05));
    return entry.get("duration").asDouble();
  }

  @Test
  @Tag("long")
  void theMachineIsLostUnderTracksAndTheNodeIsBack() throws Exception {
    theMachineIsLostUnderTracks(false);
  }

  @ParameterizedTest
  @ValueSource(booleans = true)
  void theMachineIsLostUnderTracks(boolean anotherNode) throws Exception {
    String database = postgres.create();
    start("a", data, database);
    JsonNode recording = recordTracks();
    try (GrowingTracks growing =
        GrowingTracks.open(recording.get("id").asString(), tracks(recording))) {
      // More than a part, and less than one.
      growing.seconds("mic", 800).seconds("tab", 8);
      awaitTracksSent(recording);
      proxy.rule(head -> new Action.Answer(503, "SlowDown"));
      growing.seconds("tab", 4);
    }
    node.kill();
    delete(data);
    proxy.rule(head -> new Action.Pass());
    Path fresh = Files.createDirectory(directory.resolve("b"));
    start(anotherNode ? "b" : "a", anotherNode ? fresh : Files.createDirectory(data), database);
    JsonNode ready = await(recording, state("ready"));
    assertThat(ready.get("files").size()).isEqualTo(2);
    // But the half second at hand of each.
    assertThat(checkedTrack(ready, 0)).isBetween(799.0, 800.1);
    assertThat(checkedTrack(ready, 1)).isBetween(7.0, 8.1);
    assertThat(trackObject(recording, "manifest.json")).exists();
    JsonNode report =
        send("GET", "/v1/recordings/" + recording.get("id").asString() + "/report", "");
    assertThat(report.get("files").size()).isEqualTo(2);
    assertThat(report.at("/files/1/hashes/parts").size()).isEqualTo(1);
    // The call goes on in another recording.
    JsonNode recordings = send("GET", "/v1/recordings", "").get("items");
    assertThat(recordings.size()).isEqualTo(2);
    assertThat(recordings.get(0).get("state").asString()).isEqualTo("recording");
  }

  @Test
  @Tag("long")
  void aNodeThatComesBackHasNoMoreOfItsTracks() throws Exception {
    aNodeThatComesBackDeliversItsTracksToo(false);
  }

  @ParameterizedTest
  @ValueSource(booleans = true)
  @Tag("long")
  void aNodeThatComesBackDeliversItsTracksToo(boolean more) throws Exception {
    String database = postgres.create();
    start("a", data, database);
    JsonNode recording = recordTracks();
    String id = recording.get("id").asString();
    NodeMain.Child silent = node;
    try (GrowingTracks growing = GrowingTracks.open(id, tracks(recording))) {
      growing.seconds("mic", 6).seconds("tab", 6);
      awaitTracksSent(recording);
      silent.signal("STOP");
      start("b", Files.createDirectory(directory.resolve("b")), database);
      await(recording, state("ready"));
      if (more) {
        growing.seconds("mic", 4);
      }
    }
    assertThat(tracks(recording)).exists();
    silent.signal("CONT");
    try {
      Awaitility.await().atMost(LONG).until(() -> !Files.exists(tracks(recording)));
      JsonNode returned = returned(id, more);
      if (more) {
        assertThat(checkedTrack(returned, 0)).isBetween(9.9, 10.1);
        assertThat(checkedTrack(returned, 1)).isBetween(5.9, 6.1);
        JsonNode manifest =
            TestNode.JSON.readTree(Files.readAllBytes(trackObject(returned, "manifest.json")));
        assertThat(manifest.get("recording")).isEqualTo(returned.get("id"));
      }
      Awaitility.await().atMost(LONG).until(() -> S3Fixture.isEmpty(data.resolve("spool")));
    } finally {
      silent.kill();
    }
  }

  private static void delete(Path directory) throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
