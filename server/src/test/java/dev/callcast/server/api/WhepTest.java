package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.OutputSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Viewers by WHEP, as HTTP and the worker's state see them. */
class WhepTest {
  private static final String CALL = "/v1/calls/c";
  private static final String COMPOSITION = CALL + "/compositions/main";
  private static final String WHEP = COMPOSITION + "/whep";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post(CALL + "/compositions", "{\"id\":\"main\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  static String sdp() throws IOException {
    try (InputStream in =
        WhepTest.class.getResourceAsStream("/dev/callcast/server/webrtc/viewer.sdp")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private TestNode.Answered offer(String path) throws IOException {
    String sdp = sdp();
    return node.send(
        "POST",
        path,
        null,
        b ->
            b.setHeader("Content-Type", "application/sdp")
                .method("POST", HttpRequest.BodyPublishers.ofString(sdp)));
  }

  private static String location(TestNode.Answered answer) {
    return answer.response().headers().firstValue("Location").orElseThrow();
  }

  private OutputSpec.Whep viewer() {
    return (OutputSpec.Whep)
        node.store().calls().loadState("c").compositions().getFirst().outputs().getFirst();
  }

  @Test
  void aViewerIsAnOutputOfTheWorkerAndOfNobodyElse() throws Exception {
    TestNode.Answered answer = offer(WHEP).is(201);
    String sdp = new String(answer.body(), StandardCharsets.UTF_8);
    assertThat(sdp).contains("a=ice-lite", "a=sendonly", "H264/90000", "opus/48000/2");
    EndpointSpec sent = viewer().endpoint();
    assertThat(sent.whep().composition()).isEqualTo("main");
    assertThat(sdp)
        .contains(
            " " + sent.port() + " UDP/TLS/RTP/SAVPF",
            "a=ice-pwd:" + sent.whep().transport().password(),
            "a=ssrc:" + sent.whep().video().ssrc() + " ",
            "a=ssrc:" + sent.whep().audio().ssrc() + " ");
    assertThat(node.store().calls().loadState("c").endpoints()).isEmpty();
    assertThat(node.get(COMPOSITION).is(200).at("/outputs")).isEmpty();
    assertThat(node.get(CALL).at("/endpoints/0/whep/composition").asString()).isEqualTo("main");
    assertThat(node.get(CALL).json().toString()).doesNotContain(sent.whep().transport().password());
    EndpointSpec stored =
        node.store().calls().open("c").orElseThrow().document().endpoints().getFirst();
    assertThat(stored.whep().transport().password())
        .as("sealed")
        .isNotEqualTo(sent.whep().transport().password());

    // What the worker agreed on is there for the next one.
    node.store().calls().saveKeys("c", sent.id(), "remote", "local");
    node.store().calls().saveRollover("c", sent.id(), sent.whep().video().ssrc(), 7);
    EndpointSpec next = viewer().endpoint();
    assertThat(next.srtp().localKey()).isEqualTo("local");
    assertThat(next.srtp().rollovers())
        .containsExactly(new EndpointSpec.Rollover(sent.whep().video().ssrc(), 7));

    node.delete(location(answer)).is(204);
    node.delete(location(answer)).problem(404, null);
    assertThat(node.get(CALL).at("/endpoints")).isEmpty();
  }

  @Test
  void viewersGoWithTheirComposition() throws Exception {
    offer(WHEP).is(201);
    node.post(CALL + "/compositions", "{\"id\":\"other\"}").is(201);
    offer(CALL + "/compositions/other/whep").is(201);
    assertThat(node.get(CALL).at("/endpoints")).hasSize(2);
    node.post(COMPOSITION + "/stop", "{}").is(200);
    assertThat(node.get(CALL).at("/endpoints")).hasSize(1);
    offer(WHEP).problem(409, null);
    node.delete(CALL + "/compositions/other").is(204);
    assertThat(node.get(CALL).at("/endpoints")).isEmpty();
    offer(CALL + "/compositions/other/whep").problem(404, null);
  }

  @Test
  void aTokenThatMayReadMayWatchThisCallOnly() throws Exception {
    node.post("/v1/calls", "{\"id\":\"d\"}").is(201);
    node.post("/v1/calls/d/compositions", "{\"id\":\"main\"}").is(201);
    node.key =
        node.post("/v1/tokens", "{\"call\":\"c\",\"scopes\":[\"read\"]}").is(201).text("/token");
    TestNode.Answered answer = offer(WHEP).is(201);
    offer("/v1/calls/d/compositions/main/whep").problem(403, null);
    node.delete(location(answer)).is(204);
    node.key = "none";
    offer(WHEP).problem(401, null);
  }

  @Test
  void whoMayNotComeInAnyMoreDoesNotStay() throws Exception {
    String admin = node.key;
    offer(WHEP).is(201);
    TestNode.Answered key =
        node.post("/v1/keys", "{\"scopes\":[\"read\"]}").is(201); // which is revoked below
    node.key = key.text("/key");
    String byKey = location(offer(WHEP).is(201));
    node.key = admin;
    node.key = node.post("/v1/tokens", "{\"call\":\"c\",\"expiresIn\":2}").is(201).text("/token");
    String byToken = location(offer(WHEP).is(201));
    node.key = admin;
    node.delete("/v1/keys/" + key.text("/id")).is(204);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.get(CALL).is(200).at("/endpoints").size() == 1);
    assertThat(
            node.store().events().after(0, "c", null, 100).stream()
                .filter(event -> event.type().equals("endpoint.ended"))
                .map(event ->
                    event.data().get("endpoint")
                        + ", "
                        + event.data().get("composition")
                        + ": "
                        + event.data().get("reason")))
        .containsExactlyInAnyOrder(
            session(byKey) + ", main: its key was revoked",
            session(byToken) + ", main: its token has expired");
    assertThat(node.store().sessions().overdue(Instant.now())).isEmpty();
  }

  private static String session(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  @Test
  void thereAreNoMoreThanTwenty() throws Exception {
    for (int i = 0; i < 20; i++) {
      offer(WHEP).is(201);
    }
    assertThat(offer(WHEP).problem(503, null).response().headers().firstValue("Retry-After"))
        .isPresent();
  }
}
