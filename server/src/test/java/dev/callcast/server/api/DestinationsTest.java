package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.destinations.StreamingService;
import dev.callcast.server.store.StoredCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestinationsTest {
  private static final String KEY = "FB-1-0-Ab_c?s_bl=1&s_psm=1&a=Abx~y";
  private static final String OUTPUTS = "/v1/calls/a/compositions/main/outputs";

  @TempDir Path data;
  TestNode node;
  Path keyFile;

  @BeforeEach
  void open() throws Exception {
    keyFile = Files.writeString(data.resolve("key"), KEY + "\n");
    node =
        new TestNode(
            TestNode.config(data, true)
                .withNetwork(NetworkPolicy.ANY)
                .withDestinations(
                    new Destinations(
                        List.of(
                            of("channel", StreamingService.YOUTUBE, "abcd-efgh", null),
                            of("page", StreamingService.FACEBOOK, null, keyFile),
                            of("games", StreamingService.TWITCH, "live_1", null),
                            new Destination(
                                "studio",
                                null,
                                "rtmp://127.0.0.1/live",
                                "rtmp://127.0.0.1/backup/",
                                "k",
                                null,
                                false)))));
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
  }

  private static Destination of(String name, StreamingService service, String key, Path file) {
    return new Destination(name, service, service.url(), service.backupUrl(), key, file, true);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void compose(String id, String more) {
    node.post("/v1/calls/a/compositions", "{\"id\":\"" + id + "\"" + more + "}").is(201);
  }

  private OutputSpec.Rtmp worker(String output) {
    StoredCall call = node.store().calls().open("a").orElseThrow();
    return node.store().states().of(call, Map.of()).compositions().stream()
        .flatMap(composition -> composition.outputs().stream())
        .filter(each -> each.id().equals(output))
        .map(OutputSpec.Rtmp.class::cast)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theWorkerGetsTheServicesUrlsWithTheKeyAndNobodyElse() {
    compose("main", "");
    for (String name : List.of("channel", "page", "games", "studio")) {
      TestNode.Answered made =
          node.post(
                  OUTPUTS,
                  "{\"id\":\"to-%s\",\"type\":\"rtmp\",\"destination\":\"%s\"}"
                      .formatted(name, name))
              .is(201);
      assertThat(made.text("/destination")).isEqualTo(name);
    }
    String shown =
        node.get("/v1/calls/a").is(200).json().toString()
            + node.get("/v1/destinations").is(200).json();
    assertThat(shown).doesNotContain("abcd-efgh", "Ab_c", "live_1");
    assertThat(worker("to-channel").url())
        .isEqualTo("rtmps://a.rtmps.youtube.com:443/live2/abcd-efgh");
    assertThat(worker("to-channel").backupUrl())
        .isEqualTo("rtmps://b.rtmps.youtube.com:443/live2?backup=1/abcd-efgh");
    assertThat(worker("to-page").url())
        .isEqualTo("rtmps://live-api-s.facebook.com:443/rtmp/" + KEY);
    assertThat(worker("to-page").backupUrl()).isNull();
    assertThat(worker("to-games").url())
        .isEqualTo("rtmps://ingest.global-contribute.live-video.net:443/app/live_1");
    assertThat(worker("to-studio").url()).isEqualTo("rtmp://127.0.0.1/live/k");
    assertThat(worker("to-studio").backupUrl()).isEqualTo("rtmp://127.0.0.1/backup/k");
    assertThat(worker("to-studio").tlsVerify()).isFalse();
    TestNode.Answered first = node.get("/v1/destinations?limit=1").is(200);
    assertThat(first.text("/items/0/service")).isEqualTo("youtube");
    assertThat(
            node.get("/v1/destinations?after=" + first.text("/next")).is(200).at("/items").size())
        .isEqualTo(3);
  }

  @Test
  void whatAServiceDoesNotTakeIsRefusedBeforeTheStart() throws Exception {
    compose("main", ",\"video\":{\"bitrate\":7000000,\"keyframeInterval\":4}");
    String twitch = refused("games");
    assertThat(twitch)
        .contains("at most 6000000 bit/s")
        .contains("a key frame every 2 s or more often, video.keyframeInterval is 4");
    assertThat(refused("page")).contains("at most 4000000 bit/s at 1280x720 and 30 frames");
    node.post(OUTPUTS, "{\"type\":\"rtmp\",\"destination\":\"channel\"}").is(201);
    node.post(
            "/v1/calls/a/compositions",
            "{\"audio\":{\"bitrate\":320000},"
                + "\"outputs\":[{\"type\":\"rtmp\",\"destination\":\"page\"}]}")
        .problem(400, "/outputs/0/destination");
    node.post(
            "/v1/calls/a/compositions",
            "{\"canvas\":{\"width\":1080,\"height\":1920},\"video\":{\"bitrate\":6000000},"
                + "\"outputs\":[{\"type\":\"rtmp\",\"destination\":\"page\"}]}")
        .is(201);
    TestNode.Answered unknown = node.post(OUTPUTS, "{\"type\":\"rtmp\",\"destination\":\"nope\"}");
    assertThat(unknown.problem(400, "/destination").text("/fix")).contains("channel");
    node.post(
            OUTPUTS,
            "{\"type\":\"rtmp\",\"destination\":\"channel\",\"url\":\"rtmp://127.0.0.1/a/b\"}")
        .problem(400, "/url");
    node.post(OUTPUTS, "{\"type\":\"rtmp\"}").problem(400, "/url");
    Files.delete(keyFile);
    compose("other", "");
    assertThat(
            node.post(
                    "/v1/calls/a/compositions/other/outputs",
                    "{\"type\":\"rtmp\",\"destination\":\"page\"}")
                .problem(400, "/destination")
                .text("/detail"))
        .contains("key file cannot be read");
  }

  private String refused(String destination) {
    return node.post(OUTPUTS, "{\"type\":\"rtmp\",\"destination\":\"" + destination + "\"}")
        .problem(400, "/destination")
        .text("/detail");
  }
}
