package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.OutputSpec;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HLS outputs: what is refused, what is served, and what stays of a node that ends. */
class HlsTest {
  private static final String OUTPUTS = "/v1/calls/a/compositions/main/outputs";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.post("/v1/calls/a/compositions", "{\"id\":\"main\",\"video\":{\"keyframeInterval\":1}}")
        .is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private String output(String more) {
    return node.post(OUTPUTS, "{\"id\":\"h\",\"type\":\"hls\"" + more + "}")
        .is(201)
        .text("/url")
        .replace("index.m3u8", "");
  }

  private String text(String path) {
    return new String(node.get(path).is(200).body(), UTF_8);
  }

  private String awaitText(String path, String part) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(new String(node.get(path).body(), UTF_8)).contains(part));
    return text(path);
  }

  /** An answer that may come from the server before it is ours. */
  private HttpResponse<byte[]> raw(String method, String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node.server.url() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  @Test
  void whatCannotBeIsRefusedWithItsField() {
    String of = "{\"type\":\"hls\",";
    node.patch("/v1/calls/a/compositions/main", "{}").is(200);
    node.post("/v1/calls/a/compositions", "{\"id\":\"two\"}").is(201);
    node.post("/v1/calls/a/compositions/two/outputs", of + "\"segmentDuration\":3}")
        .problem(400, "/segmentDuration");
    node.post(OUTPUTS, of + "\"playlist\":\"vod\",\"window\":5}").problem(400, "/window");
    node.post(OUTPUTS, of + "\"playlist\":\"vod\",\"partDuration\":0.5}")
        .problem(400, "/partDuration");
    node.post(OUTPUTS, of + "\"segmentDuration\":1,\"partDuration\":0.6}")
        .problem(400, "/partDuration");
    node.post(OUTPUTS, of + "\"window\":2}").problem(400, "/window");
    node.post(OUTPUTS, of + "\"storage\":\"none\"}").problem(400, "/storage");
    node.post(OUTPUTS, of + "\"url\":\"x\"}").problem(400, "/url");
  }

  @Test
  void theWorkerGetsWhatWasAskedFor() {
    TestNode.Answered made =
        node.post(
                OUTPUTS,
                "{\"id\":\"h\",\"type\":\"hls\",\"segmentDuration\":2,\"window\":4,"
                    + "\"partDuration\":0.333}")
            .is(201);
    assertThat(made.text("/url")).matches("/hls/h[0-9a-f]{32}/index.m3u8");
    assertThat(made.text("/storage")).isEqualTo("local");
    OutputSpec.Hls spec =
        (OutputSpec.Hls)
            node.store().calls().loadState("a").compositions().getFirst().outputs().getFirst();
    assertThat(spec.segmentMillis()).isEqualTo(2000);
    assertThat(spec.partMillis()).isEqualTo(333);
    assertThat(spec.window()).isEqualTo(4);
    assertThat(Path.of(spec.directory())).startsWithRaw(data.resolve("recordings"));
  }

  @Test
  void aLiveStreamIsServedToPagesOfAnyOriginUntilItsEnd() throws Exception {
    String base = output(",\"segmentDuration\":1,\"window\":3");
    node.get(base + "index.m3u8").problem(404, null);
    HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(5.5);
    String playlist = awaitText(base + "media.m3u8", "4.m4s");
    assertThat(playlist).contains("#EXT-X-MEDIA-SEQUENCE:2\n").doesNotContain("ENDLIST", "1.m4s");
    assertThat(text(base + "index.m3u8"))
        .contains("RESOLUTION=320x180", "CODECS=\"avc1.64000d,mp4a.40.2\"", "BANDWIDTH=3649");

    TestNode.Answered answer =
        node.send(
            "GET", base + "3.m4s", null, request -> request.header("Origin", "https://x.test"));
    answer.is(200);
    assertThat(answer.response().headers().map())
        .containsEntry("access-control-allow-origin", List.of("*"))
        .containsEntry("content-type", List.of("video/iso.segment"))
        .containsEntry("cache-control", List.of("public, max-age=31536000, immutable"))
        .doesNotContainKey("content-disposition");
    TestNode.Answered range =
        node.send("GET", base + "3.m4s", null, request -> request.header("Range", "bytes=4-7"));
    range.is(206);
    assertThat(new String(range.body(), UTF_8)).isEqualTo("moof");
    node.get(base + "init-1.mp4").is(200);
    TestNode.Answered head = node.send("HEAD", base + "media.m3u8", null, request -> request);
    assertThat(head.status()).isEqualTo(200);
    HttpResponse<byte[]> preflight =
        raw(
            "OPTIONS",
            base + "3.m4s",
            "Origin",
            "https://x.test",
            "Access-Control-Request-Headers",
            "range");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers"))
        .hasValueSatisfying(headers -> assertThat(headers).contains("Range"));

    writer.close();
    node.delete(OUTPUTS + "/h").is(204);
    assertThat(awaitText(base + "media.m3u8", "#EXT-X-ENDLIST")).contains("5.m4s");
    Path file = data.resolve("recordings/a").resolve("main-" + base.split("/")[2]);
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(Files.readString(file.resolve("media.m3u8")))
                .isEqualTo(text(base + "media.m3u8")));
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(node.store().events().after(0, "a", null, 100).toString())
                .contains("hls.ended"));
  }

  @Test
  void nothingElseCanBeReadThroughIt() throws Exception {
    String base = output(",\"segmentDuration\":1");
    try (HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(2.5)) {
      assertThat(writer).isNotNull();
      awaitText(base + "media.m3u8", "1.m4s");
      Files.writeString(data.resolve("recordings/secret.m4s"), "secret");
      for (String file :
          List.of(
              "index.jsonl",
              "2.m4s", // not whole
              "99.m4s",
              "init-9.mp4",
              "..%2f..%2fsecret.m4s",
              "%2e%2e%2fsecret.m4s",
              "..",
              "1.m4s%00")) {
        HttpResponse<byte[]> answer = raw("GET", base + file);
        assertThat(answer.statusCode()).as(file).isIn(400, 404);
        assertThat(new String(answer.body(), UTF_8)).doesNotContain("secret\"", "\"line\"");
      }
      node.get("/hls/h00000000000000000000000000000000/index.m3u8").problem(404, null);
    }
  }

  @Test
  void anEventKeepsItsFirstSegmentAndAVodComesAtTheEnd() {
    String event = output(",\"playlist\":\"event\",\"segmentDuration\":1");
    try (HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(12.5)) {
      assertThat(writer).isNotNull();
      assertThat(awaitText(event + "media.m3u8", "\n11.m4s"))
          .contains("#EXT-X-PLAYLIST-TYPE:EVENT", "\n0.m4s");
    }
    String vod =
        node.post(OUTPUTS, "{\"id\":\"v\",\"type\":\"hls\",\"playlist\":\"vod\"}")
            .is(201)
            .text("/url")
            .replace("index.m3u8", "");
    HlsWriter writer = HlsWriter.open(node, "a", "v").seconds(9);
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(node.get(OUTPUTS + "/v").at("/segments").asInt()).isEqualTo(2));
    node.get(vod + "media.m3u8").problem(404, null);
    writer.close();
    node.post("/v1/calls/a/compositions/main/stop", "{}").is(200);
    assertThat(awaitText(vod + "media.m3u8", "ENDLIST"))
        .contains("#EXT-X-PLAYLIST-TYPE:VOD", "\n0.m4s", "\n2.m4s");
    awaitText(event + "media.m3u8", "ENDLIST");
  }

  @Test
  void whoAsksForWhatComesNextGetsItWhenItIsThere() throws Exception {
    String base = output(",\"segmentDuration\":1,\"partDuration\":0.333");
    try (HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(2.4)) {
      String playlist = awaitText(base + "media.m3u8", "PRELOAD-HINT:TYPE=PART,URI=\"2.1.m4s\"");
      assertThat(playlist).contains("2.0.m4s", "PART-TARGET=0.36667", "CAN-BLOCK-RELOAD=YES");
      CompletableFuture<String> next =
          CompletableFuture.supplyAsync(() -> text(base + "media.m3u8?_HLS_msn=2&_HLS_part=1"));
      CompletableFuture<byte[]> hinted =
          CompletableFuture.supplyAsync(() -> node.get(base + "2.1.m4s").is(200).body());
      CompletableFuture<String> whole =
          CompletableFuture.supplyAsync(() -> text(base + "media.m3u8?_HLS_msn=3"));
      assertThat(next).as("nothing is answered before it is there").isNotDone();
      writer.seconds(0.4);
      assertThat(next.get(5, TimeUnit.SECONDS)).contains("URI=\"2.1.m4s\"\n");
      assertThat(hinted.get(5, TimeUnit.SECONDS)).hasSizeGreaterThan(100);
      assertThat(whole).isNotDone();
      writer.seconds(1.4);
      assertThat(whole.get(5, TimeUnit.SECONDS)).contains("\n3.m4s");
      node.get(base + "media.m3u8?_HLS_part=1").problem(400, null);
      node.get(base + "media.m3u8?_HLS_msn=99").problem(400, null);
      node.get(base + "media.m3u8?_HLS_msn=x").problem(400, null);
      // Three target durations without a writer.
      TestNode.Answered late = node.get(base + "media.m3u8?_HLS_msn=5").problem(503, null);
      assertThat(late.response().headers().firstValue("Retry-After")).hasValue("1");
    }
  }

  @Test
  void whatIsOverIsListedAndCanBeDeleted() throws Exception {
    String base = output(",\"playlist\":\"event\",\"segmentDuration\":1");
    String id = base.split("/")[2];
    HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(3.5);
    awaitText(base + "media.m3u8", "2.m4s");
    String stream = "/v1/hls-streams/" + id;
    assertThat(node.get(stream).is(200).text("/state")).isEqualTo("live");
    node.delete(stream).problem(409, null);
    node.get(stream + "0").problem(404, null);
    writer.close();
    node.delete("/v1/calls/a").is(204);
    Awaitility.await().until(() -> node.get(stream).text("/state").equals("ended"));
    // The id may be used again; the stream is of the call before.
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
    TestNode.Answered listed = node.get("/v1/hls-streams?call=a&limit=1").is(200);
    assertThat(listed.at("/items")).hasSize(1);
    assertThat(listed.text("/items/0/url")).isEqualTo(base + "index.m3u8");
    assertThat(listed.at("/items/0/segments").asInt()).isEqualTo(4);
    assertThat(node.get("/v1/hls-streams?call=b").at("/items")).isEmpty();
    String key = node.key;
    node.key =
        node.post("/v1/tokens", "{\"call\":\"a\",\"scopes\":[\"control\"]}").is(201).text("/token");
    node.delete(stream).problem(403, null); // of another run
    assertThat(node.get("/v1/hls-streams?call=a").is(200).at("/items")).isEmpty();
    node.key = key;

    Path directory = data.resolve("recordings/a").resolve("main-" + id);
    assertThat(directory).isDirectory();
    node.delete(stream).is(204);
    assertThat(directory).doesNotExist();
    node.get(base + "media.m3u8").problem(404, null);
    node.delete(stream).problem(404, null);
    assertThat(node.get("/v1/hls-streams").at("/items")).isEmpty();
    assertThat(node.store().events().after(0, "a", null, 100).toString())
        .contains("hls.deleted", "reason=requested");
  }

  @Test
  void aListOfStreamsHasPages() {
    for (String output : List.of("h", "i", "j")) {
      node.post(OUTPUTS, "{\"id\":\"" + output + "\",\"type\":\"hls\"}").is(201);
    }
    List<String> seen = new ArrayList<>();
    String after = "";
    do {
      TestNode.Answered page = node.get("/v1/hls-streams?limit=2" + after).is(200);
      page.at("/items").forEach(item -> seen.add(item.get("output").asString()));
      after = page.json().has("next") ? "&after=" + page.text("/next") : "";
    } while (!after.isEmpty());
    assertThat(seen).containsExactlyInAnyOrder("h", "i", "j");
  }

  @Test
  void anotherNodeServesAndEndsWhatTheFirstOneLeft() {
    String base = output(",\"segmentDuration\":1,\"window\":3");
    HlsWriter writer = HlsWriter.open(node, "a", "h").seconds(4.5);
    String before = awaitText(base + "media.m3u8", "3.m4s");
    String key = node.key;
    node.close();
    node = TestNode.open(data);
    node.key = key;
    assertThat(text(base + "media.m3u8")).isEqualTo(before);
    writer.seconds(2);
    awaitText(base + "media.m3u8", "5.m4s");
    writer.close();
    node.delete("/v1/calls/a").is(204);
    awaitText(base + "media.m3u8", "ENDLIST");
    Awaitility.await().until(() -> node.store().hls().live().isEmpty());
    node.close();
    node = TestNode.open(data);
    assertThat(text(base + "media.m3u8")).contains("ENDLIST", "6.m4s");
  }
}
