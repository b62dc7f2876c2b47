package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.server.store.StoredEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Joining and leaving by WHIP, as HTTP sees it. */
class WhipTest {
  private static final String CALL = "/v1/calls/c";
  private static final String WHIP = CALL + "/whip";

  @TempDir Path data;
  TestNode node;
  String admin;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    admin = node.key;
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private TestNode.Answered offer(String path, String name) throws IOException {
    String sdp;
    try (InputStream in =
        WhipTest.class.getResourceAsStream("/dev/callcast/server/webrtc/" + name + ".sdp")) {
      sdp = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return offer(path, sdp, "application/sdp");
  }

  private TestNode.Answered offer(String path, String sdp, String type) {
    return node.send(
        "POST",
        path,
        null,
        b ->
            b.setHeader("Content-Type", type)
                .method("POST", HttpRequest.BodyPublishers.ofString(sdp)));
  }

  private static String location(TestNode.Answered answer) {
    return answer.response().headers().firstValue("Location").orElseThrow();
  }

  private JsonNode participant(String id) {
    for (JsonNode one : node.get(CALL).is(200).at("/participants")) {
      if (one.get("id").asString().equals(id)) {
        return one;
      }
    }
    return null;
  }

  private static List<String> sources(JsonNode participant) {
    return participant
        .get("tracks")
        .valueStream()
        .map(one -> one.get("source").asString())
        .toList();
  }

  private List<String> events() {
    return node.store().events().after(0, "c", null, 100).stream().map(StoredEvent::type).toList();
  }

  @Test
  void joinsAndLeaves() throws Exception {
    TestNode.Answered answer = offer(WHIP + "?participant=ada&name=Ada%20L.", "camera").is(201);
    assertThat(answer.response().headers().firstValue("Content-Type")).contains("application/sdp");
    String sdp = new String(answer.body(), StandardCharsets.UTF_8);
    assertThat(sdp).startsWith("v=0\r\n").contains("a=ice-lite", " 192.0.2.7 42");
    JsonNode ada = participant("ada");
    assertThat(ada.get("name").asString()).isEqualTo("Ada L.");
    assertThat(sources(ada)).containsExactly("mic", "camera");
    JsonNode endpoint = node.get(CALL).at("/endpoints/0");
    assertThat(endpoint.at("/whip/participant").asString()).isEqualTo("ada");

    // What was agreed on is sealed where it is stored, and in clear for the worker.
    EndpointSpec stored =
        node.store().calls().open("c").orElseThrow().document().endpoints().getFirst();
    EndpointSpec sent = node.store().calls().loadState("c").endpoints().getFirst();
    String password = sent.whip().transport().password();
    assertThat(sdp)
        .contains("a=ice-pwd:" + password, "a=ice-ufrag:" + sent.whip().transport().ufrag());
    assertThat(stored.toString()).doesNotContain(password);
    assertThat(stored.whip().transport().password()).isNotEqualTo(password);
    assertThat(stored.whip().transport().privateKey())
        .isNotEqualTo(sent.whip().transport().privateKey());
    assertThat(node.get(CALL).json().toString()).doesNotContain(password);

    // Of several layers one is taken; what it will be sent under is not known yet.
    TestNode.Answered layered = offer(WHIP + "?participant=eve", "simulcast").is(201);
    assertThat(new String(layered.body(), StandardCharsets.UTF_8)).contains("a=simulcast:recv h");
    assertThat(sources(participant("eve"))).containsExactly("mic", "camera");
    node.delete(location(layered)).is(204);

    // The screen is a session of its own.
    String screen = location(offer(WHIP + "?participant=ada&source=screen", "screen").is(201));
    assertThat(sources(participant("ada"))).containsExactly("mic", "camera", "screen");
    assertThat(participant("ada").get("name").asString()).isEqualTo("Ada L.");
    node.delete(screen).is(204);
    assertThat(participant("ada").get("tracks")).hasSize(2);
    node.delete(screen).problem(404, null);

    node.delete(location(answer)).is(204);
    assertThat(participant("ada")).isNull();
    assertThat(node.get(CALL).at("/endpoints")).isEmpty();
    assertThat(events()).containsSubsequence("participant.joined", "participant.left");
  }

  @Test
  void aNewSessionTakesThePlaceOfTheOld() throws Exception {
    String first = location(offer(WHIP + "?participant=ada&name=Ada", "camera").is(201));
    node.patch(CALL + "/participants/ada", "{\"gain\":0.5}").is(200);
    String second = location(offer(WHIP + "?participant=ada", "camera").is(201));
    assertThat(second).isNotEqualTo(first);
    node.delete(first).problem(404, null);
    JsonNode ada = participant("ada");
    assertThat(ada.get("tracks")).hasSize(2);
    assertThat(ada.get("gain").asDouble()).isEqualTo(0.5);
    assertThat(node.get(CALL).at("/endpoints")).hasSize(1);
    assertThat(events()).doesNotContain("participant.left").containsOnlyOnce("participant.joined");
  }

  /** Sent twice under one key, because the answer was lost: still one session. */
  @Test
  void anOfferMayBeSentTwice() throws Exception {
    String sdp;
    try (InputStream in =
        WhipTest.class.getResourceAsStream("/dev/callcast/server/webrtc/camera.sdp")) {
      sdp = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<TestNode.Answered> answers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      answers.add(
          node.send(
                  "POST",
                  WHIP + "?participant=ada",
                  null,
                  b ->
                      b.setHeader("Content-Type", "application/sdp")
                          .setHeader("Idempotency-Key", "k")
                          .method("POST", HttpRequest.BodyPublishers.ofString(sdp)))
              .is(201));
    }
    assertThat(answers.get(1).body()).isEqualTo(answers.get(0).body());
    assertThat(location(answers.get(1))).isEqualTo(location(answers.get(0)));
  }

  @Test
  void whoIsTakenOutHasNoSessionLeft() throws Exception {
    offer(WHIP + "?participant=ada", "camera").is(201);
    node.delete(CALL + "/participants/ada").is(204);
    assertThat(node.get(CALL).at("/endpoints")).isEmpty();
  }

  /** The worker tells of keys and of the end; both are kept, once. */
  @Test
  void keysAndTheEndComeFromTheWorker() throws Exception {
    offer(WHIP + "?participant=ada", "camera").is(201);
    String endpoint = node.get(CALL).text("/endpoints/0/id");
    long epoch = node.store().calls().nextEpoch("c");
    String key = "A".repeat(40);
    node.store().calls().saveKeys("c", endpoint, key, key);
    long revision = node.store().calls().loadState("c").revision();
    node.store().calls().saveKeys("c", endpoint, key, key);
    node.store().calls().saveKeys("c", "another", key, key);
    assertThat(node.store().calls().loadState("c").revision()).isEqualTo(revision);
    EndpointSpec known = node.store().calls().loadState("c").endpoints().getFirst();
    assertThat(known.srtp().remoteKey()).isEqualTo(key);
    assertThat(node.get(CALL).json().toString()).doesNotContain(key);

    node.store()
        .calls()
        .appendWorkerEvent(
            "c",
            epoch,
            1,
            "endpoint.ended",
            "2026-11-29T00:00:00.000Z",
            null,
            Map.of("endpoint", endpoint, "participant", "ada", "reason", "the peer left"));
    assertThat(participant("ada")).isNull();
    StoredEvent left =
        node.store().events().after(0, "c", null, 100).stream()
            .filter(event -> event.type().equals("participant.left"))
            .findFirst()
            .orElseThrow();
    assertThat(left.data().toString()).contains("the peer left");
  }

  @Test
  void tokensOfAParticipantAreForThatOneAlone() throws Exception {
    String body = "{\"call\":\"c\",\"participant\":\"ada\",\"scopes\":[\"control\"]}";
    String token = node.post("/v1/tokens", body).is(201).text("/token");
    String bob = location(offer(WHIP + "?participant=bob", "camera").is(201));
    node.key = token;
    offer(WHIP + "?participant=bob", "camera").problem(403, null);
    offer("/v1/calls/d/whip", "camera").problem(403, null);
    node.delete(bob).problem(403, null);
    String own = location(offer(WHIP, "camera").is(201));
    node.patch(CALL + "/participants/ada", "{\"muted\":true}").is(200);
    node.delete(own).is(204);
    node.key = null;
    offer(WHIP + "?participant=bob", "camera").problem(401, null);
    node.key = admin;
    node.key = node.post("/v1/tokens", "{\"call\":\"c\"}").is(201).text("/token");
    offer(WHIP + "?participant=bob", "camera").problem(403, null);
  }

  @Test
  void aSessionEndsWithItsToken() throws Exception {
    String body =
        "{\"call\":\"c\",\"participant\":\"ada\",\"scopes\":[\"control\"],\"expiresIn\":1}";
    String token = node.post("/v1/tokens", body).is(201).text("/token");
    offer(WHIP + "?participant=bob", "camera").is(201);
    node.key = token;
    offer(WHIP, "camera").is(201);
    node.key = admin;
    await().atMost(Duration.ofSeconds(20)).until(() -> participant("ada") == null);
    assertThat(node.get(CALL).at("/endpoints")).hasSize(1);
    assertThat(participant("bob")).isNotNull();
    assertThat(node.store().events().after(0, "c", null, 100).toString())
        .contains("its token has expired");
    assertThat(events()).containsSubsequence("endpoint.ended", "participant.left");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    offer(WHIP + "?participant=ada", "v=0", "application/json").problem(415, null);
    offer(WHIP + "?participant=ada", "v=0\r\n", "application/sdp").problem(400, "");
    offer(WHIP, "camera").problem(400, null);
    offer(WHIP + "?participant=a/b", "camera").problem(400, null);
    offer(WHIP + "?participant=ada&source=phone", "camera").problem(400, null);
    offer(WHIP + "?participant=ada&maxBitrate=1", "camera").problem(400, null);
    offer("/v1/calls/none/whip?participant=ada", "camera").problem(404, null);
    node.send("PATCH", WHIP + "/x", "", b -> b).problem(405, null);
    node.get(WHIP).problem(405, null);
    node.post(CALL + "/endpoints", "{\"id\":\"e\"}").is(201);
    node.put(
            CALL + "/participants/bob",
            "{\"tracks\":[{\"id\":\"mic\",\"endpoint\":\"e\",\"ssrc\":1,\"payloadType\":111,"
                + "\"codec\":\"opus\"}]}")
        .is(201);
    offer(WHIP + "?participant=bob", "camera").problem(409, null);
    assertThat(node.get(CALL).at("/endpoints")).hasSize(1);
    node.delete(CALL).is(204);
    offer(WHIP + "?participant=ada", "camera").problem(409, null);
  }

  @Test
  void thePageComesFromTheProgramAlone() {
    String html = new String(node.get("/join").is(200).body(), StandardCharsets.UTF_8);
    assertThat(html).contains("/join/join.js", "/join/join.css").doesNotContain("http", "style=");
    node.get("/join/join.js").is(200);
    node.get("/join/join.css").is(200);
  }
}
