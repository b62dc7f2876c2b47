package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.HttpProxy.Action;
import dev.callcast.testkit.fault.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HLS streams on a real S3 server, which is away for a while. */
@Tag("peer")
class S3HlsTest {
  private static final String OUTPUTS = "/v1/calls/a/compositions/main/outputs";

  @TempDir Path data;

  @Test
  void segmentsGoToS3BeforeTheirPlaylistAndLeaveItAfterwards() throws Exception {
    try (S3Server s3 = S3Server.start(S3Fixture.BUCKET);
        HttpProxy proxy = HttpProxy.to(s3.port())) {
      Path credentials = S3Server.credentials(data.resolve("credentials"));
      NodeConfig config = S3Fixture.config(data, S3Fixture.storage(proxy.port(), credentials));
      TestNode node = new TestNode(config);
      try {
        node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
        node.post(
                "/v1/calls/a/compositions", "{\"id\":\"main\",\"video\":{\"keyframeInterval\":1}}")
            .is(201);
        TestNode.Answered made =
            node.post(OUTPUTS, "{\"id\":\"h\",\"type\":\"hls\",\"segmentDuration\":1,\"window\":3}")
                .is(201);
        String url = made.text("/url").replace("index.m3u8", "");
        Path bucket = s3.bucket(S3Fixture.BUCKET).resolve(made.text("/key"));
        HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(4.5);
        awaitPlaylist(bucket, "3.m4s");
        assertWhole(bucket);
        assertThat(proxy.seen())
            .filteredOn(head -> head.operation().equals("PutObject"))
            .anySatisfy(head -> assertThat(head.toString()).contains("media.m3u8"));

        // Away: the stream goes on, the reason is told, and what left the window is given up.
        proxy.rule(head -> new Action.Reset(0));
        writer.seconds(14);
        Awaitility.await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() ->
                assertThat(node.get(OUTPUTS + "/h").text("/error")).contains("PutObject at s3"));
        // The error may be told before all of the fourteen seconds were read.
        Awaitility.await()
            .untilAsserted(() ->
                assertThat(new String(node.get(url + "media.m3u8").is(200).body(), UTF_8))
                    .contains("17.m4s"));
        proxy.rule(head -> new Action.Pass());
        awaitPlaylist(bucket, "17.m4s");
        assertWhole(bucket);
        Awaitility.await()
            .untilAsserted(
                () -> assertThat(node.get(OUTPUTS + "/h").json().has("error")).isFalse());
        // As if the worker was killed: another one goes on where this one stopped.
        try (HlsWriter next = HlsWriter.open(node, "a", "h").seconds(12)) {
          assertThat(next).isNotNull();
          awaitPlaylist(bucket, "28.m4s");
          assertThat(Files.readString(bucket.resolve("media.m3u8")))
              .contains("#EXT-X-DISCONTINUITY-SEQUENCE:1");
        }
        node.delete(OUTPUTS + "/h").is(204);
        awaitPlaylist(bucket, "#EXT-X-ENDLIST");
        assertWhole(bucket);
        assertThat(bucket.resolve("init-1.mp4")).doesNotExist();
        assertThat(bucket.resolve("0.m4s")).doesNotExist();
        assertThat(bucket.resolve("3.m4s")).doesNotExist();
        assertThat(Files.readString(bucket.resolve("index.m3u8"))).contains("media.m3u8");
        assertThat(node.store().events().after(0, "a", null, 100).toString())
            .contains("hls.retrying", "hls.publishing");
      } finally {
        node.close();
      }
    }
  }

  /** Nothing of an event or a VOD may be missing, whoever is away meanwhile. */
  @Test
  void anEventAndAVodAreWholeOverTheLossOfS3AndNodeAndWorker() throws Exception {
    try (S3Server s3 = S3Server.start(S3Fixture.BUCKET);
        HttpProxy proxy = HttpProxy.to(s3.port())) {
      Path credentials = S3Server.credentials(data.resolve("credentials"));
      NodeConfig config = S3Fixture.config(data, S3Fixture.storage(proxy.port(), credentials));
      TestNode node = new TestNode(config);
      try {
        node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
        node.post(
                "/v1/calls/a/compositions", "{\"id\":\"main\",\"video\":{\"keyframeInterval\":1}}")
            .is(201);
        TestNode.Answered made = node.post(OUTPUTS, output("e", "event")).is(201);
        Path event = s3.bucket(S3Fixture.BUCKET).resolve(made.text("/key"));
        Path vod =
            s3.bucket(S3Fixture.BUCKET)
                .resolve(node.post(OUTPUTS, output("v", "vod")).is(201).text("/key"));
        String stream = "/v1/hls-streams/" + made.text("/url").split("/")[2];
        try (Watch watch = new Watch(event);
            HlsWriter ofVod = HlsWriter.open(node, "a", "v").seconds(6.5)) {
          // Two segments, and the first picture of a third that is never written.
          HlsWriter.open(node, "a", "e").seconds(2.04);
          awaitPlaylist(event, "1.m4s");
          HlsWriter next = HlsWriter.open(node, "a", "e").seconds(3.04);
          awaitPlaylist(event, "#EXT-X-DISCONTINUITY\n");
          awaitPlaylist(event, "4.m4s");

          proxy.rule(head -> new Action.Reset(0));
          next.seconds(4);
          awaitError(node);
          node.close();
          next.seconds(2);
          node = new TestNode(config);
          next.seconds(1);
          node.delete(stream).problem(409, null);
          proxy.rule(head -> new Action.Pass());
          awaitPlaylist(event, "11.m4s");
          next.close();
          assertThat(ofVod).isNotNull();
          assertThat(vod.resolve("media.m3u8")).doesNotExist();
          assertThat(watch.missed()).isEmpty();
        }
        node.delete(OUTPUTS + "/e").is(204);
        node.post("/v1/calls/a/compositions/main/stop", "{}").is(200);
        awaitPlaylist(event, "#EXT-X-ENDLIST");
        awaitPlaylist(vod, "#EXT-X-ENDLIST");
        assertThat(segments(event)).isEqualTo(names(13));
        assertThat(segments(vod)).isEqualTo(names(7));
        String playlist = Files.readString(event.resolve("media.m3u8"));
        assertThat(playlist).contains("#EXT-X-PLAYLIST-TYPE:EVENT\n").doesNotContain("SEQUENCE:1");
        assertThat(playlist.lines().filter("#EXT-X-DISCONTINUITY"::equals)).hasSize(1);
        assertWhole(event);
        assertWhole(vod);
        assertThat(Files.readString(vod.resolve("index.m3u8"))).contains("RESOLUTION=320x180");

        String forever = "public, max-age=31536000, immutable";
        assertThat(headers(proxy, "/12.m4s")).containsOnly("video/iso.segment " + forever);
        assertThat(headers(proxy, "/init-2.mp4")).containsOnly("video/mp4 " + forever);
        String type = "application/vnd.apple.mpegurl public, max-age=";
        assertThat(headers(proxy, event.getFileName() + "/media.m3u8"))
            .startsWith(type + "1")
            .endsWith(type + "3600")
            .containsOnly(type + "1", type + "3600");

        TestNode last = node;
        Awaitility.await().until(() -> last.get(stream).text("/state").equals("ended"));
        proxy.rule(head -> new Action.Reset(0));
        node.delete(stream).problem(503, null);
        assertThat(node.get(stream).is(200).text("/state")).isEqualTo("ended");
        proxy.rule(head -> new Action.Pass());
        node.delete(stream).is(204);
        assertThat(S3Fixture.isEmpty(event)).as("objects are left").isTrue();
        assertThat(S3Fixture.isEmpty(vod)).isFalse();
        assertThat(node.store().events().after(0, "a", null, 100).toString())
            .contains("hls.deleted");
      } finally {
        node.close();
      }
    }
  }

  private static void awaitError(TestNode node) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> assertThat(node.get(OUTPUTS + "/e").text("/error")).contains("PutObject at s3"));
  }

  private static String output(String id, String playlist) {
    return "{\"id\":\"%s\",\"type\":\"hls\",\"segmentDuration\":1,\"playlist\":\"%s\"}"
        .formatted(id, playlist);
  }

  private static List<String> names(int segments) {
    return IntStream.range(0, segments).mapToObj(number -> number + ".m4s").toList();
  }

  private static List<String> segments(Path bucket) throws IOException {
    return Files.readAllLines(bucket.resolve("media.m3u8")).stream()
        .filter(line -> line.endsWith(".m4s"))
        .toList();
  }

  /** Type and caching of what was sent under that name, in order. */
  private static List<String> headers(HttpProxy proxy, String name) {
    return proxy.seen().stream()
        .filter(head -> head.method().equals("PUT") && head.target().endsWith(name))
        .map(head -> head.header("Content-Type") + " " + head.header("Cache-Control"))
        .toList();
  }

  /** Looks all the time whether what the playlist names is there. */
  private static final class Watch implements AutoCloseable {
    private final Path bucket;
    private final Set<String> missed = ConcurrentHashMap.newKeySet();
    private final Thread thread = Thread.ofVirtual().start(this::run);

    Watch(Path bucket) {
      this.bucket = bucket;
    }

    private void run() {
      try {
        while (true) {
          for (String segment : listed()) {
            if (!Files.exists(bucket.resolve(segment))) {
              missed.add(segment);
            }
          }
          Thread.sleep(10);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private List<String> listed() {
      try {
        return segments(bucket);
      } catch (IOException e) {
        return List.of(); // not yet
      }
    }

    Set<String> missed() {
      return missed;
    }

    @Override
    public void close() throws InterruptedException {
      thread.interrupt();
      thread.join();
    }
  }

  private static void awaitPlaylist(Path bucket, String part) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(NoSuchFileException.class)
        .untilAsserted(
            () -> assertThat(Files.readString(bucket.resolve("media.m3u8"))).contains(part));
  }

  /** Whatever a playlist lists is there. */
  private static void assertWhole(Path bucket) throws Exception {
    List<String> lines = Files.readAllLines(bucket.resolve("media.m3u8"));
    assertThat(lines).filteredOn(line -> line.endsWith(".m4s")).isNotEmpty();
    for (String line : lines) {
      if (line.endsWith(".m4s")) {
        assertThat(bucket.resolve(line)).isNotEmptyFile();
      } else if (line.startsWith("#EXT-X-MAP")) {
        assertThat(bucket.resolve(line.split("\"")[1])).isNotEmptyFile();
      }
    }
  }
}
