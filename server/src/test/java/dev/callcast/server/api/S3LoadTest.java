package dev.callcast.server.api;

import static dev.callcast.server.api.S3Fixture.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.OutputSpec;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** What uploading costs a node, which is a process of its own here, with the standard settings. */
@Tag("peer")
@Tag("long")
class S3LoadTest {
  private static final Logger log = LoggerFactory.getLogger(S3LoadTest.class);
  private static final int RATE = 3_000_000 / 8;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private S3Server s3;
  private HttpProxy proxy;
  private Path data;
  private NodeMain.Child node;

  @BeforeEach
  void open() throws Exception {
    s3 = S3Server.startInMemory(BUCKET);
    proxy = HttpProxy.to(s3.port());
    data = Files.createDirectory(directory.resolve("data"));
  }

  @AfterEach
  void close() throws Exception {
    if (node != null) {
      node.kill();
    }
    proxy.close();
    s3.close();
    http.close();
  }

  private void start(int port) throws Exception {
    Path credentials = S3Server.credentials(directory.resolve("credentials"));
    node = new NodeMain.Child("a", data, null, port, credentials, "standard");
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

  private GrowingFile record(String call, int bytesPerSecond) throws Exception {
    send("POST", "/v1/calls", "{\"id\":\"" + call + "\"}");
    send(
        "POST",
        "/v1/calls/" + call + "/compositions",
        "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}");
    JsonNode recording = send("GET", "/v1/recordings?call=" + call, "").at("/items/0");
    Path spool = data.resolve("spool/s3").resolve(recording.get("id").asString() + ".mp4");
    return GrowingFile.open(spool, bytesPerSecond);
  }

  private JsonNode recording(String call) throws Exception {
    return send("GET", "/v1/recordings?call=" + call, "").at("/items/0");
  }

  @Test
  void oneGibibyteIsReadyAtOnce() throws Exception {
    LongSupplier complete = proxy.time("CompleteMultipartUpload");
    Path credentials = S3Server.credentials(directory.resolve("credentials"));
    try (TestNode inside =
        new TestNode(
            S3Fixture.config(
                data,
                S3Fixture.storage(
                    proxy.port(),
                    credentials,
                    Encryption.NONE,
                    false,
                    0,
                    StorageConfig.Timing.DEFAULT)))) {
      OutputSpec.Recording recording = S3Fixture.record(inside);
      String path = "/v1/recordings/" + recording.recording();
      try (GrowingFile growing = GrowingFile.open(Path.of(recording.file()), RATE)) {
        growing.seconds((1L << 30) / (double) RATE);
        assertThat(growing.length()).isGreaterThan((1L << 30) / 100 * 99);
        Awaitility.await()
            .atMost(Duration.ofMinutes(5))
            .until(() -> inside.get(path).at("/upload/uploadedBytes").asLong() >= growing.length());
        growing.seconds(3); // since the last tail
        growing.end();
      }
      long stopped = System.nanoTime();
      S3Fixture.ended(inside, recording.recording());
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> inside.get(path).text("/state").equals("ready"));
      double seconds = (System.nanoTime() - stopped) / 1e9;
      double server = complete.getAsLong() / 1e9;
      log.info(
          "{} bytes: ready {} s after the stop, of which S3's own Complete {} s",
          inside.get(path).at("/bytes").asLong(),
          "%.2f".formatted(seconds),
          "%.2f".formatted(server));
      assertThat(seconds - server).isLessThan(2);
    }
  }

  @Test
  void fiftyAtOnceFallNotBehind() throws Exception {
    start(s3.port());
    int count = 50;
    List<GrowingFile> files = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    long small = node.rss();
    for (int i = 0; i < count; i++) {
      files.add(record("c" + i, RATE));
      ids.add(send("GET", "/v1/recordings?call=c" + i, "").at("/items/0/id").asString());
    }
    // They did not begin at once, so their parts are not full at once.
    double part = StorageConfig.Timing.DEFAULT.partSize() / (double) RATE;
    for (int i = 0; i < count; i++) {
      files.get(i).seconds(i * part / count);
    }
    TimeUnit.SECONDS.sleep(20);
    Duration idle = node.cpu();
    long began = System.nanoTime();
    long most = 0;
    int seconds = 60;
    for (int second = 1; second <= seconds; second++) {
      for (GrowingFile file : files) {
        file.seconds(1);
      }
      // Each tenth second of each: what would a loss of the machine take now?
      long now = 0;
      for (int i = second % 10; i < count; i += 10) {
        long sent =
            send("GET", "/v1/recordings/" + ids.get(i), "").at("/upload/uploadedBytes").asLong();
        now = Math.max(now, files.get(i).length() - sent);
      }
      log.info("second {}: {} s not uploaded", second, "%.1f".formatted(now / (double) RATE));
      most = second > 10 ? Math.max(most, now) : 0; // by then all that runs is compiled
      long left = began + second * 1_000_000_000L - System.nanoTime();
      if (left > 0) {
        TimeUnit.NANOSECONDS.sleep(left);
      }
    }
    double took = (System.nanoTime() - began) / 1e9;
    double cpu = node.cpu().minus(idle).toMillis() / 1e3;
    log.info(
        "{} uploads, {} s of 3 Mbit/s each in {} s: {} s not uploaded at most; {} % of a core each;"
            + " {} MB resident, {} MB before them",
        count,
        seconds,
        "%.1f".formatted(took),
        "%.1f".formatted(most / (double) RATE),
        "%.2f".formatted(100 * cpu / seconds / count),
        "%.0f".formatted(node.rss() / 1e6),
        "%.0f".formatted(small / 1e6));
    assertThat(took).isLessThan(seconds + 1);
    // Seconds come here at once, so one more than what may be missing after a loss.
    assertThat(most / (double) RATE).isLessThan(8);
    for (GrowingFile file : files) {
      file.close();
    }
  }

  @Test
  void oneCosts() throws Exception {
    start(s3.port());
    int seconds = 60;
    try (GrowingFile growing = record("c", RATE)) {
      growing.seconds(600); // what is compiled while a recording is young is not its cost
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> recording("c").at("/upload/uploadedBytes").asLong() >= growing.length());
      TimeUnit.SECONDS.sleep(15);
      Duration before = node.cpu();
      TimeUnit.SECONDS.sleep(30);
      double idle = node.cpu().minus(before).toMillis() / 30e3;
      before = node.cpu();
      for (int second = 0; second < seconds; second++) {
        growing.seconds(1);
        TimeUnit.SECONDS.sleep(1);
      }
      double cpu = node.cpu().minus(before).toMillis() / 1e3 / seconds;
      log.info(
          "one upload of 3 Mbit/s: {} % of a core, of which {} % with nothing to upload;"
              + " {} MB resident",
          "%.2f".formatted(100 * cpu),
          "%.2f".formatted(100 * idle),
          "%.0f".formatted(node.rss() / 1e6));
      assertThat(cpu - idle).isLessThan(0.02);
    }
  }
}
