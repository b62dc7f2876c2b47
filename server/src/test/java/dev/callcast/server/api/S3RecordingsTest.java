package dev.callcast.server.api;

import static dev.callcast.server.api.S3Fixture.BUCKET;
import static dev.callcast.server.api.S3Fixture.FAST;
import static dev.callcast.server.api.S3Fixture.PART;
import static dev.callcast.server.api.S3Fixture.await;
import static dev.callcast.server.api.S3Fixture.awaitParts;
import static dev.callcast.server.api.S3Fixture.ended;
import static dev.callcast.server.api.S3Fixture.object;
import static dev.callcast.server.api.S3Fixture.packets;
import static dev.callcast.server.api.S3Fixture.storage;
import static dev.callcast.server.api.S3Fixture.summary;
import static dev.callcast.server.api.S3Fixture.tail;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import dev.callcast.server.store.StoredEvent;
import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.HttpProxy.Action;
import dev.callcast.testkit.fault.HttpProxy.Head;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
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

/** Recordings on a real S3 server, with a proxy between that does what networks and servers do. */
@Tag("peer")
class S3RecordingsTest {
  private static final int RATE = 8_000_000;
  private static S3Server s3;

  @TempDir Path data;
  private HttpProxy proxy;
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
    proxy = HttpProxy.to(s3.port());
    credentials = S3Server.credentials(data.resolve("credentials"));
  }

  @AfterEach
  void close() throws Exception {
    if (node != null) {
      node.close();
    }
    proxy.close();
  }

  private void start(StorageConfig.S3 config) {
    node = new TestNode(S3Fixture.config(data, config));
  }

  /** A server that checks no signature, so that the proxy may leave out headers. */
  private S3Server lenient() throws Exception {
    S3Server server = S3Server.startUnsigned(BUCKET);
    proxy.close();
    proxy = HttpProxy.to(server.port());
    return server;
  }

  private void start() {
    start(storage(proxy.port(), credentials));
  }

  private static Function<Head, Action> on(String operation, Action action) {
    return head -> head.operation().equals(operation) ? action : new Action.Pass();
  }

  private long count(String operation) {
    return proxy.seen().stream().filter(head -> head.operation().equals(operation)).count();
  }

  private List<String> events() {
    return node.store().events().after(0, "c", null, 100).stream()
        .map(StoredEvent::type)
        .filter(type -> type.startsWith("recording."))
        .toList();
  }

  @Test
  void aFileBecomesAnObjectWhileItGrows() throws Exception {
    start();
    var recording = S3Fixture.record(node);
    Path file = Path.of(recording.file());
    String id = recording.recording();
    String path = "/v1/recordings/" + id;
    try (GrowingFile growing = GrowingFile.open(file, RATE).seconds(2.5)) {
      awaitParts(node, id, 3);
      Awaitility.await().until(() -> Files.exists(tail(s3, id)));
      Awaitility.await()
          .untilAsserted(() -> assertThat(node.get(path).at("/upload/lag").asLong()).isZero());
      assertThat(node.get(path).at("/upload/uploadedBytes").asLong()).isEqualTo(growing.length());
      assertThat(node.get(path).text("/state")).isEqualTo("recording");
      growing.seconds(1);
      growing.end();
    }
    ended(node, id);
    TestNode.Answered ready = await(node, id, "ready");

    Path object = object(s3, id);
    Mp4Summary summary = summary(object);
    assertThat(summary.finished()).isTrue();
    assertThat(summary.pictures()).isEqualTo(105);
    assertThat(packets(object)).containsExactly(105L, (long) summary.sounds());
    assertThat(ready.at("/bytes").asLong()).isEqualTo(Files.size(object));
    assertThat(ready.text("/key")).isEqualTo("calls/c/main-" + id + ".mp4");
    assertThat(ready.text("/upload/state")).isEqualTo("done");
    assertThat(tail(s3, id)).doesNotExist();
    assertThat(file).doesNotExist();
    assertThat(events()).endsWith("recording.uploaded", "recording.ready");
    checkHashes(path, object);
    checkLink(path, object);
    Path report = object.resolveSibling(object.getFileName() + ".report.json");
    assertThat(node.get(path + "/report").is(200).at("/hashes"))
        .isEqualTo(node.get(path + "/hashes").json());
    assertThat(TestNode.JSON.readTree(Files.readString(report)))
        .isEqualTo(node.get(path + "/report").json());

    node.delete(path).is(204);
    assertThat(object).doesNotExist();
    assertThat(report).doesNotExist();
    assertThat(events()).endsWith("recording.deleted");
  }

  private void checkHashes(String path, Path object) throws Exception {
    byte[] all = Files.readAllBytes(object);
    MessageDigest overall = MessageDigest.getInstance("SHA-256");
    TestNode.Answered hashes = node.get(path + "/hashes").is(200);
    int parts = (all.length + PART - 1) / PART;
    assertThat(hashes.at("/parts").size()).isEqualTo(parts);
    for (int i = 0; i < parts; i++) {
      byte[] part = Arrays.copyOfRange(all, i * PART, Math.min(all.length, (i + 1) * PART));
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(part);
      overall.update(hash);
      assertThat(hashes.text("/parts/" + i + "/sha256")).isEqualTo(HexFormat.of().formatHex(hash));
    }
    assertThat(hashes.text("/overall")).isEqualTo(HexFormat.of().formatHex(overall.digest()));
  }

  private void checkLink(String path, Path object) throws Exception {
    String link =
        node.get(path + "/access-link?disposition=inline&name=Caf%C3%A9%20call.mp4").text("/url");
    assertThat(link).startsWith("http://127.0.0.1:" + proxy.port() + "/" + BUCKET);
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<byte[]> range =
          client.send(
              HttpRequest.newBuilder(URI.create(link)).header("Range", "bytes=10-19").build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(range.statusCode()).as(new String(range.body())).isEqualTo(206);
      assertThat(range.body()).isEqualTo(Arrays.copyOfRange(Files.readAllBytes(object), 10, 20));
      assertThat(range.headers().firstValue("Content-Disposition").orElseThrow())
          .isEqualTo("inline; filename=\"Caf_ call.mp4\"; filename*=UTF-8''Caf%C3%A9%20call.mp4");
      HttpResponse<byte[]> tampered =
          client.send(
              HttpRequest.newBuilder(URI.create(link.replace("inline", "attach"))).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(tampered.statusCode()).isEqualTo(403);
    }
    node.get(path + "/access-link?disposition=x").problem(400, null);
    node.get(path + "/access-link?name=a%2Fb").problem(400, null);
  }

  @Test
  void aRecordingOfOnePartIsSentOnce() throws Exception {
    start();
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), 1000).seconds(5)) {
      growing.end();
    }
    ended(node, id);
    await(node, id, "ready");
    assertThat(summary(object(s3, id)).pictures()).isEqualTo(150);
    assertThat(count("UploadPart")).isEqualTo(1);
  }

  @Test
  void fragmentedStaysAsItIsAndItsFirstPartIsSentOnce() throws Exception {
    start(storage(proxy.port(), credentials, Encryption.NONE, true, 0, FAST));
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    byte[] all;
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(3)) {
      awaitParts(node, id, 3);
      growing.end();
      all = Files.readAllBytes(Path.of(recording.file()));
    }
    ended(node, id);
    TestNode.Answered ready = await(node, id, "ready");
    assertThat(Files.readAllBytes(object(s3, id))).isEqualTo(all);
    assertThat(ready.at("/duration").asDouble()).isBetween(2.9, 3.1);
    assertThat(
            proxy.seen().stream().filter(head -> head.target().contains("partNumber=1&")).count())
        .isEqualTo(1);
  }

  @Test
  void whatTheStorageRefusesIsNotBegun() throws Exception {
    S3Server.credentials(credentials, "wrong");
    start();
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered refused =
        node.post(
                "/v1/calls/c/compositions",
                "{\"id\":\"main\",\"outputs\":[{\"type\":\"rtmp\",\"url\":\"rtmp://h/a/k\"},"
                    + "{\"type\":\"recording\"}]}")
            .problem(502, "/outputs/1/storage");
    assertThat(refused.text("/detail")).contains("403", "SignatureDoesNotMatch");
    assertThat(node.get("/v1/calls/c").at("/compositions").size()).isZero();
    assertThat(node.get("/v1/recordings").at("/items").size()).isZero();

    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    String outputs = "/v1/calls/c/compositions/main/outputs";
    node.post(outputs, "{\"type\":\"recording\"}").problem(502, "/storage");
    node.post(outputs, "{\"type\":\"recording\",\"storage\":\"none\"}").problem(400, "/storage");
    for (String bad : List.of("../x", "/x", "a//b", "{calls}", "a{", "a\\\\b", "x/./y", " ")) {
      node.post(outputs, "{\"type\":\"recording\",\"filename\":\"" + bad + "\"}")
          .problem(400, "/filename");
    }
    // It is read again: no restart.
    Thread.sleep(1100); // file times may have whole seconds
    S3Server.credentials(credentials);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() ->
            node.post(outputs, "{\"type\":\"recording\",\"filename\":\"{date}/{call}-{node}.mp4\"}")
                .is(201));
    TestNode.Answered recordings = node.get("/v1/recordings");
    assertThat(recordings.text("/items/0/key"))
        .matches("calls/\\d{4}-\\d\\d-\\d\\d/c-n1-r[0-9a-f]+\\.mp4");
    TestNode.Answered storages = node.get("/v1/storages").is(200);
    assertThat(storages.json().toString())
        .contains("\"s3\"", BUCKET)
        .doesNotContain(S3Server.SECRET_KEY, S3Server.ACCESS_KEY);
  }

  @Test
  void aBucketThatIsNotThereIsTold() throws Exception {
    StorageConfig.S3 good = storage(proxy.port(), credentials);
    start(
        new StorageConfig.S3(
            "s3",
            good.endpoint(),
            "us-east-1",
            "nowhere",
            "",
            true,
            good.credentials(),
            Encryption.NONE,
            null,
            java.util.Map.of(),
            null,
            false,
            0,
            FAST));
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered refused =
        node.post("/v1/calls/c/compositions", "{\"outputs\":[{\"type\":\"recording\"}]}")
            .problem(502, "/outputs/0/storage");
    assertThat(refused.text("/detail")).contains("NoSuchBucket");
  }

  @Test
  void aStorageThatIsAwayAtTheStartGetsItAllLater() throws Exception {
    proxy.rule(head -> new Action.Answer(503, "SlowDown"));
    start();
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered begun =
        node.post(
                "/v1/calls/c/compositions",
                "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}")
            .is(201);
    assertThat(begun.text("/warnings/0")).contains("s3", "SlowDown");
    node.store().calls().nextEpoch("c");
    var recording = S3Fixture.recording(node);
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(3)) {
      growing.end();
    }
    ended(node, recording.recording());
    await(node, recording.recording(), "uploading");
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(node.get("/v1/recordings/" + recording.recording()).text("/upload/error"))
                .contains("SlowDown"));
    proxy.rule(head -> new Action.Pass());
    await(node, recording.recording(), "ready");
    assertThat(summary(object(s3, recording.recording())).pictures()).isEqualTo(90);
  }

  /** Each fault hits parts, the tail and the end alike, for a while; nothing may be missing. */
  @ParameterizedTest
  @ValueSource(
      strings = {"refused", "timeout", "500", "503", "slow", "reset", "broken answer", "forgotten"})
  void faultsDelayButLoseNothing(String fault) throws Exception {
    boolean hangs = List.of("timeout", "slow", "broken answer").contains(fault);
    start(
        storage(
            proxy.port(), credentials, Encryption.NONE, false, 0, hangs ? S3Fixture.HASTY : FAST));
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    AtomicInteger hits = new AtomicInteger();
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(1.5)) {
      awaitParts(node, id, 1);
      switch (fault) {
        case "refused" -> s3.stop();
        case "timeout" -> s3.freeze();
        case "500" -> proxy.rule(counted(hits, new Action.Answer(500, "InternalError")));
        case "503" -> proxy.rule(counted(hits, new Action.Answer(503, "SlowDown")));
        case "slow" -> proxy.rule(counted(hits, new Action.Slow(400_000)));
        case "reset" -> proxy.rule(counted(hits, new Action.Reset(1_000_000)));
        case "broken answer" ->
            // The part arrives, its answer does not: it is there and not in the journal.
            proxy.rule(counted(hits, new Action.HoldAnswer(new HttpProxy.Hold())));
        case "forgotten" -> abortUploads(node.store().uploads().get(id).orElseThrow().key());
        default -> throw new IllegalArgumentException(fault);
      }
      growing.seconds(1.5);
      if (!fault.equals("forgotten")) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(() ->
                assertThat(node.get("/v1/recordings/" + id).at("/upload/retries").asLong())
                    .isGreaterThanOrEqualTo(1));
      }
      growing.seconds(0.5);
      growing.end();
    }
    ended(node, id);
    switch (fault) {
      case "refused" -> s3.restart();
      case "timeout" -> s3.thaw();
      default -> proxy.rule(head -> new Action.Pass());
    }
    await(node, id, "ready");
    assertThat(summary(object(s3, id)).pictures()).isEqualTo(105);
    assertThat(packets(object(s3, id)).getFirst()).isEqualTo(105);
    assertThat(tail(s3, id)).doesNotExist();
    assertThat(S3Fixture.isEmpty(data.resolve("spool"))).isTrue();
  }

  private static Function<Head, Action> counted(AtomicInteger hits, Action action) {
    return head -> {
      hits.incrementAndGet();
      return action;
    };
  }

  /** Aborts the upload as a lifecycle rule of the bucket would. */
  private void abortUploads(String key) throws Exception {
    var storage =
        new dev.callcast.server.recordings.storage.Storages(
            List.of(storage(s3.port(), credentials)), "s3", data);
    try (storage) {
      var bucket = storage.s3("s3");
      for (var open : bucket.openUploads()) {
        if (open.key().equals(key)) {
          bucket.abort(key, open.uploadId());
        }
      }
    }
  }

  @Test
  void revokedCredentialsEndInFailedAndTheFileStays() throws Exception {
    StorageConfig.Timing impatient =
        new StorageConfig.Timing(
            PART, Duration.ofMillis(300), Duration.ofSeconds(20), Duration.ofSeconds(1));
    start(storage(proxy.port(), credentials, Encryption.NONE, false, 0, impatient));
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    Path file = Path.of(recording.file());
    try (GrowingFile growing = GrowingFile.open(file, RATE).seconds(1.5)) {
      awaitParts(node, id, 1);
      proxy.rule(head -> new Action.Answer(403, "InvalidAccessKeyId"));
      growing.seconds(1.5);
      // As long as it is recorded nothing is given up.
      Awaitility.await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(4))
          .until(() -> node.get("/v1/recordings/" + id).text("/state").equals("recording"));
      growing.end();
    }
    ended(node, id);
    TestNode.Answered failed = await(node, id, "failed");
    assertThat(failed.text("/reason")).contains("InvalidAccessKeyId", "kept");
    assertThat(events()).endsWith("recording.failed");
    assertThat(summary(file).finished()).isTrue();

    proxy.rule(head -> new Action.Pass());
    node.close();
    start(storage(proxy.port(), credentials));
    await(node, id, "ready");
    assertThat(summary(object(s3, id)).pictures()).isEqualTo(90);
    assertThat(file).doesNotExist();
  }

  @Test
  void encryptionThatTheStorageShowsIsAskedForAndChecked() throws Exception {
    try (S3Server server = lenient()) {
      Action strip = new Action.StripHeaders("x-amz-server-side-encryption", List.of());
      Action shown =
          new Action.StripHeaders(
              "x-amz-server-side-encryption", List.of("x-amz-server-side-encryption: AES256"));
      proxy.rule(head -> head.operation().equals("HeadObject") ? shown : strip);
      start(storage(proxy.port(), credentials, Encryption.SSE_S3, false, 0, FAST));
      var recording = S3Fixture.record(node);
      String id = recording.recording();
      try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(2)) {
        Awaitility.await().until(() -> Files.exists(tail(server, id)));
        growing.end();
      }
      ended(node, id);
      await(node, id, "ready");
      for (String operation : List.of("CreateMultipartUpload", "PutObject")) {
        assertThat(proxy.seen().stream().filter(head -> head.operation().equals(operation)))
            .isNotEmpty()
            .allSatisfy(head -> {
              assertThat(head.header("x-amz-server-side-encryption")).isEqualTo("AES256");
              assertThat(head.headers().toString().toLowerCase(Locale.ROOT))
                  .doesNotContain("x-amz-checksum", "aws-chunked");
            });
      }
    }
  }

  @Test
  void encryptionThatTheStorageIgnoresIsAFailure() throws Exception {
    try (S3Server server = lenient()) {
      proxy.rule(head -> new Action.StripHeaders("x-amz-server-side-encryption", List.of()));
      start(storage(proxy.port(), credentials, Encryption.SSE_KMS, false, 0, FAST));
      var recording = S3Fixture.record(node);
      String id = recording.recording();
      Path file = Path.of(recording.file());
      try (GrowingFile growing = GrowingFile.open(file, RATE).seconds(2)) {
        growing.end();
      }
      ended(node, id);
      TestNode.Answered failed = await(node, id, "failed");
      assertThat(failed.text("/reason")).contains("SSE-KMS", "nothing of it");
      assertThat(summary(file).pictures()).isEqualTo(60);
      // What was to be encrypted does not stay in clear.
      assertThat(object(server, id)).doesNotExist();
      assertThat(tail(server, id)).doesNotExist();
      assertThat(proxy.seen().getFirst().header("x-amz-server-side-encryption"))
          .isEqualTo("aws:kms");
    }
  }

  /** With a key of its own: it is asked for, and another one that HEAD shows is a failure. */
  @ParameterizedTest
  @ValueSource(strings = {"right", "another"})
  void theKeyOfTheEncryptionIsCheckedToo(String key) throws Exception {
    try (S3Server server = lenient()) {
      String prefix = "x-amz-server-side-encryption";
      String arn = "arn:aws:kms:us-east-1:1:key/" + key;
      Action shown =
          new Action.StripHeaders(
              prefix, List.of(prefix + ": aws:kms", prefix + "-aws-kms-key-id: " + arn));
      Action strip = new Action.StripHeaders(prefix, List.of());
      proxy.rule(head -> head.operation().equals("HeadObject") ? shown : strip);
      StorageConfig.S3 plain =
          storage(proxy.port(), credentials, Encryption.SSE_KMS, false, 0, FAST);
      start(S3Fixture.withKey(plain, "right"));
      var recording = S3Fixture.record(node);
      String id = recording.recording();
      Path file = Path.of(recording.file());
      try (GrowingFile growing = GrowingFile.open(file, RATE).seconds(2)) {
        growing.end();
      }
      ended(node, id);
      if (key.equals("right")) {
        await(node, id, "ready");
        assertThat(summary(object(server, id)).pictures()).isEqualTo(60);
      } else {
        assertThat(await(node, id, "failed").text("/reason")).contains("key right", arn);
        assertThat(summary(file).pictures()).isEqualTo(60);
        assertThat(object(server, id)).doesNotExist();
      }
      Head create =
          proxy.seen().stream()
              .filter(head -> head.operation().equals("CreateMultipartUpload"))
              .findFirst()
              .orElseThrow();
      assertThat(create.header(prefix)).isEqualTo("aws:kms");
      assertThat(create.header(prefix + "-aws-kms-key-id")).isEqualTo("right");
    }
  }

  @Test
  void encryptionThatTheStorageRefusesIsToldAtTheStart() throws Exception {
    start(storage(proxy.port(), credentials, Encryption.SSE_S3, false, 0, FAST));
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered refused =
        node.post("/v1/calls/c/compositions", "{\"outputs\":[{\"type\":\"recording\"}]}")
            .problem(502, "/outputs/0/storage");
    assertThat(refused.text("/detail")).contains("501", "encryption");
  }

  @Test
  void aRecordingOfNothingLeavesNothing() throws Exception {
    start();
    var recording = S3Fixture.record(node);
    node.delete("/v1/calls/c/compositions/main").is(204);
    node.store().calls().workerEnded("c", node.store().calls().currentEpoch("c"));
    await(node, recording.recording(), "failed");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> count("AbortMultipartUpload") == 1);
  }

  @Test
  void whatGrowsCanBeWatchedFromTheNode() throws Exception {
    start();
    var recording = S3Fixture.record(node);
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(1)) {
      String link =
          node.get("/v1/recordings/" + recording.recording() + "/access-link?disposition=inline")
              .text("/url");
      assertThat(link).startsWith(node.server.url());
      assertThat(node.get(link).is(200).body()).hasSizeGreaterThan((int) growing.length() / 2);
      node.get(link.replace("inline", "attachment")).problem(403, null);
      growing.end();
    }
    assertThat(Mp4Inspector.completeLength(Path.of(recording.file()))).isPositive();
  }

  @Test
  void aDeletionThatTheStorageRefusesForgetsNothing() throws Exception {
    start();
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(1)) {
      growing.end();
    }
    ended(node, id);
    await(node, id, "ready");
    proxy.rule(on("DeleteObject", new Action.Answer(503, "SlowDown")));
    node.delete("/v1/recordings/" + id).problem(503, null);
    proxy.rule(on("DeleteObject", new Action.Answer(403, "AccessDenied")));
    node.delete("/v1/recordings/" + id).problem(502, null);
    assertThat(object(s3, id)).exists();
    proxy.rule(head -> new Action.Pass());
    node.delete("/v1/recordings/" + id).is(204);
    assertThat(object(s3, id)).doesNotExist();
  }
}
