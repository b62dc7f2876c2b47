package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Calls that name an SFU, as far as that needs none; with a real one: {@code JanusTest}. */
class SfuTest {
  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static String call(String sfu) {
    return "{\"id\":\"standup\",\"sfu\":" + sfu + "}";
  }

  @Test
  void badSfusAreRefusedWithTheirPlaceAndNoCallIsOpened() {
    node.post("/v1/calls", call("{\"type\":\"other\",\"url\":\"http://h/janus\",\"room\":1}"))
        .problem(400, "/sfu/type");
    node.post("/v1/calls", call("{\"url\":\"http://h/janus\",\"room\":1}"))
        .problem(400, "/sfu/type");
    node.post("/v1/calls", call("{\"type\":\"janus\",\"room\":1}")).problem(400, "/sfu/url");
    for (String url :
        new String[] {"ws://h/janus", "http://user:word@h/janus", "http://h/?a=b", "janus", ""}) {
      node.post("/v1/calls", call("{\"type\":\"janus\",\"url\":\"" + url + "\",\"room\":1}"))
          .problem(400, "/sfu/url");
    }
    String start = "{\"type\":\"janus\",\"url\":\"http://127.0.0.1:9/janus\",";
    node.post("/v1/calls", call(start + "\"room\":1.5}")).problem(400, "/sfu/room");
    node.post("/v1/calls", call(start + "\"room\":true}")).problem(400, "/sfu/room");
    node.post("/v1/calls", call(start + "\"room\":1,\"mediaIp\":\"janus.example\"}"))
        .problem(400, "/sfu/mediaIp");
    node.post("/v1/calls", call(start + "\"room\":1,\"key\":\"x\"}")).problem(400, "/sfu/key");
    node.get("/v1/calls/standup").problem(404, null);
  }

  @Test
  void anSfuThatIsAwayIsTriedAgainAndItsSecretsAreNowhere() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    node.post(
            "/v1/calls",
            call(
                "{\"type\":\"janus\",\"url\":\"http://127.0.0.1:"
                    + port
                    + "/janus/\",\"room\":\"r"
                    + " 1\",\"secret\":\"hidden-1\",\"adminKey\":\"hidden-2\","
                    + "\"apiSecret\":\"hidden-3\",\"pin\":\"hidden-4\"}"))
        .is(201);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> node.get("/v1/calls/standup").text("/sfu/state").equals("retrying"));
    TestNode.Answered shown = node.get("/v1/calls/standup").is(200);
    assertThat(shown.text("/sfu/reason"))
        .contains("http://127.0.0.1:" + port + "/janus does not answer");
    assertThat(shown.text("/sfu/room")).isEqualTo("r 1");
    assertThat(shown.at("/sfu/publishers").asInt()).isZero();
    assertThat(node.store().events().after(0, "standup", null, 100))
        .anySatisfy(event -> {
          assertThat(event.type()).isEqualTo("sfu.state");
          assertThat(event.data()).containsEntry("state", "retrying");
          assertThat(event.data().toString()).doesNotContain("hidden");
        });
    assertThat(new String(shown.body(), StandardCharsets.UTF_8)).doesNotContain("hidden");
    for (String file : new String[] {"callcast.db", "callcast.db-wal"}) {
      if (Files.exists(data.resolve(file))) {
        assertThat(Files.readString(data.resolve(file), StandardCharsets.ISO_8859_1))
            .doesNotContain("hidden");
      }
    }
    node.delete("/v1/calls/standup").is(204);
    assertThat(node.get("/v1/calls/standup").text("/sfu/state")).isEqualTo("closed");
    node.post("/v1/calls", "{\"id\":\"standup\"}").is(201);
    assertThat(node.get("/v1/calls/standup").json().has("sfu")).isFalse();
  }

  @Test
  void layersAreTheSsrcsOfOnePicture() {
    node.post("/v1/calls", "{\"id\":\"standup\"}").is(201);
    node.post("/v1/calls/standup/endpoints", "{\"id\":\"e1\"}").is(201);
    String path = "/v1/calls/standup/participants/ada";
    String camera =
        "{\"tracks\":[{\"id\":\"cam\",\"endpoint\":\"e1\",\"ssrc\":2,\"payloadType\":96,"
            + "\"codec\":\"VP8\",\"layers\":%s}]}";
    node.put(path, camera.formatted("[1,3]")).problem(400, "/tracks/0/layers");
    node.put(path, camera.formatted("[2,2]")).problem(400, "/tracks/0/layers");
    node.put(path, camera.formatted("[2,-1]")).problem(400, "/tracks/0/layers/1");
    node.put(
            path,
            camera
                .formatted("[1,2,3]")
                .replace("\"layers\"", "\"rtx\":{\"ssrc\":9," + "\"payloadType\":97},\"layers\""))
        .problem(400, "/tracks/0/layers");
    JsonNode track = node.put(path, camera.formatted("[1,2,3]")).is(201).at("/tracks/0");
    assertThat(track.get("layers").toString()).isEqualTo("[1,2,3]");
    // A change of something else keeps them.
    node.patch(path, "{\"gain\":0.5}").is(200);
    assertThat(node.store().calls().loadState("standup").participants().getFirst().tracks())
        .singleElement()
        .satisfies(spec -> assertThat(spec.layers()).containsExactly(1L, 2L, 3L));
    node.put(
            "/v1/calls/standup/participants/bob",
            "{\"tracks\":[{\"id\":\"mic\",\"endpoint\":\"e1\",\"ssrc\":3,\"payloadType\":111,"
                + "\"codec\":\"opus\"}]}")
        .problem(409, "/tracks/0/ssrc");
  }
}
