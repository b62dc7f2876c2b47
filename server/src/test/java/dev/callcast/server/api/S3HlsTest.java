package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.fault.HttpProxy;
import dev.callcast.testkit.fault.HttpProxy.Action;
import dev.callcast.testkit.fault.S3Server;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        writer.seconds(6);
        awaitPlaylist(bucket, "22.m4s");
        writer.close();
        node.delete(OUTPUTS + "/h").is(204);
        awaitPlaylist(bucket, "#EXT-X-ENDLIST");
        assertWhole(bucket);
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
