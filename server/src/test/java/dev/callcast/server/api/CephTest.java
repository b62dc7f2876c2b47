package dev.callcast.server.api;

import static dev.callcast.server.api.S3Fixture.BUCKET;
import static dev.callcast.server.api.S3Fixture.FAST;
import static dev.callcast.server.api.S3Fixture.await;
import static dev.callcast.server.api.S3Fixture.awaitParts;
import static dev.callcast.server.api.S3Fixture.ended;
import static dev.callcast.server.api.S3Fixture.packets;
import static dev.callcast.server.api.S3Fixture.summary;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import dev.callcast.testkit.fault.CephRgw;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Recordings on another S3 server, which is real and strict: Ceph's. */
@Tag("peers")
class CephTest {
  private static final int RATE = 6_000_000;
  private static CephRgw ceph;

  @TempDir Path data;
  private Path credentials;
  private TestNode node;

  @BeforeAll
  static void startCeph() throws Exception {
    ceph = CephRgw.start();
    try (S3Client client =
        S3Client.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + ceph.port()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .httpClientBuilder(Apache5HttpClient.builder())
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)))
            .build()) {
      client.createBucket(request -> request.bucket(BUCKET));
    }
  }

  @AfterAll
  static void stopCeph() throws Exception {
    ceph.close();
  }

  @BeforeEach
  void open() throws Exception {
    credentials = S3Server.credentials(data.resolve("credentials"));
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void start(Encryption encryption, String key) {
    StorageConfig.S3 plain =
        S3Fixture.storage(ceph.port(), credentials, encryption, false, 0, FAST);
    node = new TestNode(S3Fixture.config(data, S3Fixture.withKey(plain, key)));
  }

  /** Fetches the object by its link. */
  private Path fetch(String recording) throws Exception {
    String link = node.get("/v1/recordings/" + recording + "/access-link").text("/url");
    Path file = data.resolve("fetched.mp4");
    try (var in = URI.create(link).toURL().openStream()) {
      Files.copy(in, file);
    }
    return file;
  }

  /** Whether anything that the cluster stores of it begins as an MP4. */
  private static boolean storesAnMp4(String recording) throws Exception {
    for (Path file : ceph.stored(recording)) {
      String head = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      if (head.startsWith("ftyp", 4)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aFileBecomesAnObjectThoughTheUserIsSuspendedMeanwhile() throws Exception {
    start(Encryption.NONE, null);
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(3)) {
      awaitParts(node, id, 2);
      ceph.allow(false);
      growing.seconds(2);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(node.get("/v1/recordings/" + id).text("/upload/error"))
                  .contains("UserSuspended"));
      ceph.allow(true);
      growing.seconds(1);
      growing.end();
    }
    ended(node, id);
    await(node, id, "ready");
    Path fetched = fetch(id);
    assertThat(summary(fetched).finished()).isTrue();
    assertThat(packets(fetched).getFirst()).isEqualTo(180);
    assertThat(storesAnMp4(id)).isTrue();
    node.delete("/v1/recordings/" + id).is(204);
    Files.delete(fetched);
  }

  @Test
  void whatIsEncryptedIsNotStoredInClear() throws Exception {
    start(Encryption.SSE_KMS, CephRgw.KEY);
    var recording = S3Fixture.record(node);
    String id = recording.recording();
    try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE).seconds(3)) {
      awaitParts(node, id, 2);
      growing.end();
    }
    ended(node, id);
    await(node, id, "ready");
    Path fetched = fetch(id);
    assertThat(packets(fetched).getFirst()).isEqualTo(90);
    assertThat(ceph.stored(id)).isNotEmpty();
    assertThat(storesAnMp4(id)).as("the stored bytes are the MP4's").isFalse();
    node.delete("/v1/recordings/" + id).is(204);
  }
}
