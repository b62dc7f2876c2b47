package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Credentials;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import dev.callcast.server.recordings.storage.StoragesConfig;
import dev.callcast.testkit.fault.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A node whose standard storage is S3, with small parts, and one call on it. */
final class S3Fixture {
  static final String BUCKET = "recordings";

  /** The least that S3 takes of a part that is not the last. */
  static final int PART = 5 << 20;

  static final StorageConfig.Timing FAST =
      new StorageConfig.Timing(PART, Duration.ofMillis(300), Duration.ofSeconds(20), Duration.ZERO);

  /** Gives up a request after 3 s. */
  static final StorageConfig.Timing HASTY =
      new StorageConfig.Timing(PART, Duration.ofMillis(300), Duration.ofSeconds(3), Duration.ZERO);

  private S3Fixture() {}

  static StorageConfig.S3 storage(
      int port,
      Path credentials,
      Encryption encryption,
      boolean fragmented,
      int retention,
      StorageConfig.Timing timing) {
    return new StorageConfig.S3(
        "s3",
        URI.create("http://127.0.0.1:" + port),
        "us-east-1",
        BUCKET,
        "calls/",
        true,
        new Credentials.File(credentials, "default"),
        encryption,
        null,
        Map.of(),
        null,
        fragmented,
        retention,
        timing);
  }

  static StorageConfig.S3 storage(int port, Path credentials) {
    return storage(port, credentials, Encryption.NONE, false, 0, FAST);
  }

  /** The same with a key for SSE-KMS. */
  static StorageConfig.S3 withKey(StorageConfig.S3 plain, String key) {
    return new StorageConfig.S3(
        plain.name(),
        plain.endpoint(),
        plain.region(),
        plain.bucket(),
        plain.prefix(),
        plain.pathStyle(),
        plain.credentials(),
        plain.encryption(),
        key,
        plain.tags(),
        plain.storageClass(),
        plain.fragmented(),
        plain.retention(),
        plain.timing());
  }

  static NodeConfig config(Path data, StorageConfig.S3 storage) {
    return config("n1", data, null, storage);
  }

  static NodeConfig config(String name, Path data, String database, StorageConfig.S3 storage) {
    return new NodeConfig(
        name,
        "127.0.0.1",
        0,
        data,
        42000,
        42099,
        "192.0.2.7",
        "127.0.0.1",
        false,
        database,
        new StoragesConfig(
            List.of(StoragesConfig.local("local", data), storage), "s3", Duration.ofSeconds(3)));
  }

  /** Opens the call {@code c} with a composition that records to the standard storage. */
  static OutputSpec.Recording record(TestNode node) {
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}")
        .is(201);
    node.store().calls().nextEpoch("c");
    return recording(node);
  }

  static OutputSpec.Recording recording(TestNode node) {
    return (OutputSpec.Recording)
        node.store().calls().loadState("c").compositions().getFirst().outputs().getFirst();
  }

  /** What a worker tells at the end. */
  static void ended(TestNode node, String recording) {
    node.store()
        .calls()
        .appendWorkerEvent(
            "c",
            node.store().calls().currentEpoch("c"),
            1,
            "recording.ended",
            "2026-11-22T12:00:00.000Z",
            3.0,
            Map.of("composition", "main", "output", "rec", "recording", recording));
  }

  static TestNode.Answered await(TestNode node, String recording, String state) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(30))
        .untilAsserted(() ->
            assertThat(node.get("/v1/recordings/" + recording).text("/state")).isEqualTo(state));
    return node.get("/v1/recordings/" + recording).is(200);
  }

  /** Waits until so many parts are sent. */
  static void awaitParts(TestNode node, String recording, int count) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(node.store().uploads().parts(recording)).hasSizeGreaterThanOrEqualTo(count));
  }

  static Path object(S3Server s3, String recording) {
    return s3.bucket(BUCKET).resolve("calls/c/main-" + recording + ".mp4");
  }

  static Path tail(S3Server s3, String recording) {
    return s3.bucket(BUCKET).resolve("calls/c/main-" + recording + ".mp4.tail");
  }

  /** Reads an object's whole structure. */
  static Mp4Summary summary(Path object) throws IOException {
    return Mp4Inspector.inspect(object).orElseThrow();
  }

  /** What ffprobe counts of pictures and sounds in it, which reads every sample. */
  static List<Long> packets(Path file) throws IOException, InterruptedException {
    Process ffprobe =
        new ProcessBuilder(
                "ffprobe",
                "-v",
                "error",
                "-count_packets",
                "-show_entries",
                "stream=nb_read_packets",
                "-of",
                "csv=p=0",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(ffprobe.getInputStream().readAllBytes());
    assertThat(ffprobe.waitFor()).as(said).isZero();
    return said.lines()
        .filter(line -> line.matches("\\d+,?"))
        .map(line -> Long.parseLong(line.replace(",", "")))
        .toList();
  }

  static boolean isEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (var files = Files.walk(directory)) {
      return files.noneMatch(Files::isRegularFile);
    }
  }
}
