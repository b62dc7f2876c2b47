package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.EndpointSpec;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallsTest {
  static final String ADA =
      """
      {"name":"Ada","tracks":[
        {"id":"cam","kind":"video","source":"camera","endpoint":"e1","ssrc":123,"payloadType":101,
         "codec":"VP8","clockRate":90000,"rtx":{"ssrc":124,"payloadType":102}},
        {"id":"mic","kind":"audio","endpoint":"e1","ssrc":125,"payloadType":100,"codec":"opus"}]}
      """;

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

  @Test
  void aCallIsOpenedListedShownAndClosed() {
    TestNode.Answered created = node.post("/v1/calls", "{\"id\":\"standup\"}").is(201);
    assertThat(created.text("/state")).isEqualTo("open");
    assertThat(created.text("/node")).isEqualTo("n1");
    assertThat(created.response().headers().firstValue("Location")).hasValue("/v1/calls/standup");
    assertThat(created.text("/createdAt"))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(node.gateway.asked).containsExactly("start standup");
    node.post("/v1/calls", "{\"id\":\"standup\"}").problem(409, "/id");

    assertThat(node.get("/v1/calls/standup").is(200).text("/id")).isEqualTo("standup");
    node.delete("/v1/calls/standup").is(204);
    assertThat(node.gateway.asked).endsWith("close standup");
    assertThat(node.get("/v1/calls/standup").is(200).text("/state")).isEqualTo("closed");
    node.delete("/v1/calls/standup").problem(409, null);
    node.delete("/v1/calls/other").problem(404, null);

    node.post("/v1/calls", "{\"id\":\"standup\"}").is(201);
    assertThat(node.get("/v1/calls?state=closed").at("/items").size()).isEqualTo(1);
    assertThat(node.get("/v1/calls?state=open").at("/items").size()).isEqualTo(1);
    assertThat(node.get("/v1/calls").at("/items").size()).isEqualTo(2);
  }

  @Test
  void listsArePaged() {
    for (int i = 0; i < 5; i++) {
      node.post("/v1/calls", "{\"id\":\"c" + i + "\"}").is(201);
    }
    TestNode.Answered first = node.get("/v1/calls?limit=3").is(200);
    assertThat(first.at("/items").size()).isEqualTo(3);
    TestNode.Answered second = node.get("/v1/calls?limit=3&after=" + first.text("/next"));
    assertThat(second.at("/items").size()).isEqualTo(2);
    assertThat(second.json().has("next")).isFalse();
    node.get("/v1/calls?limit=0").problem(400, null);
    node.get("/v1/calls?state=odd").problem(400, null);
  }

  @Test
  void anEndpointHasAnnouncedAddressAndPorts() {
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered mux = node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").is(201);
    assertThat(mux.text("/ip")).isEqualTo("192.0.2.7");
    assertThat(mux.json().has("rtcpPort")).isFalse();
    TestNode.Answered pair = node.post("/v1/calls/c/endpoints", "{\"rtcpMux\":false}").is(201);
    assertThat(pair.at("/port").asInt() % 2).isZero();
    assertThat(pair.at("/rtcpPort").asInt()).isEqualTo(pair.at("/port").asInt() + 1);
    assertThat(node.gateway.asked).endsWith("changed c");

    TestNode.Answered changed =
        node.patch(
                "/v1/calls/c/endpoints/e1", "{\"remote\":{\"ip\":\"198.51.100.1\",\"port\":5004}}")
            .is(200);
    assertThat(changed.at("/remote/port").asInt()).isEqualTo(5004);
    CallState state = node.store().calls().loadState("c");
    assertThat(state.endpoints().getFirst().remote().ip()).isEqualTo("198.51.100.1");
    assertThat(state.endpoints().getFirst().bindIp()).isEqualTo("127.0.0.1");
    node.patch("/v1/calls/c/endpoints/e1", "{\"remote\":{\"ip\":\"sfu.example\",\"port\":5004}}")
        .problem(400, "/remote/ip");
    node.patch("/v1/calls/c/endpoints/nope", "{}").problem(404, null);
    node.delete("/v1/calls/c/endpoints/e1").is(204);
    node.delete("/v1/calls/c/endpoints/e1").problem(404, null);
  }

  @Test
  void srtpKeysReachTheWorkerAndAreNeverShownAgain() {
    String remoteKey = Base64.getEncoder().encodeToString(new byte[30]);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered made =
        node.post(
                "/v1/calls/c/endpoints",
                "{\"id\":\"e1\",\"srtp\":{\"remoteKey\":\"" + remoteKey + "\"}}")
            .is(201);
    String localKey = made.text("/srtp/localKey");
    assertThat(Base64.getDecoder().decode(localKey)).hasSize(30);
    EndpointSpec.Srtp srtp = node.store().calls().loadState("c").endpoints().getFirst().srtp();
    assertThat(srtp.remoteKey()).isEqualTo(remoteKey);
    assertThat(srtp.localKey()).isEqualTo(localKey);
    assertThat(node.get("/v1/calls/c").at("/endpoints/0/srtp").toString())
        .isEqualTo("{\"suite\":\"AES_CM_128_HMAC_SHA1_80\"}");
    node.post("/v1/calls/c/endpoints", "{\"srtp\":{\"remoteKey\":\"AAAA\"}}")
        .problem(400, "/srtp/remoteKey");
    node.post("/v1/calls/c/endpoints", "{\"srtp\":{\"suite\":\"X\",\"remoteKey\":\"AAAA\"}}")
        .problem(400, "/srtp/suite");
  }

  @Test
  void portsInUseArePassedOverAndAnExhaustedRangeIsSaid() throws Exception {
    try (TestNode small = new TestNode(TestNode.config(data.resolve("b"), true, 42100, 42103));
        DatagramSocket other = new DatagramSocket(null)) {
      other.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 42100));
      small.post("/v1/calls", "{\"id\":\"c\"}").is(201);
      assertThat(
              small
                  .post("/v1/calls/c/endpoints", "{\"rtcpMux\":false}")
                  .is(201)
                  .at("/port")
                  .asInt())
          .isEqualTo(42102);
      assertThat(small.post("/v1/calls/c/endpoints", "{\"id\":\"e\"}").is(201).at("/port").asInt())
          .isEqualTo(42101);
      TestNode.Answered full = small.post("/v1/calls/c/endpoints", "{}").problem(503, null);
      assertThat(full.response().headers().firstValue("Retry-After")).isPresent();
      small.delete("/v1/calls/c/endpoints/e").is(204);
      small.post("/v1/calls/c/endpoints", "{}").is(201);
    }
  }

  @Test
  void participantsArePutPatchedAndDeleted() {
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.put("/v1/calls/c/participants/ada", ADA).problem(400, "/tracks/0/endpoint");
    node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").is(201);
    TestNode.Answered put = node.put("/v1/calls/c/participants/ada", ADA).is(201);
    assertThat(put.text("/tracks/1/source")).isEqualTo("mic");
    assertThat(put.at("/tracks/1/channels").asInt()).isEqualTo(2);
    assertThat(put.at("/gain").asDouble()).isEqualTo(1);
    long revision = node.store().calls().loadState("c").revision();
    node.put("/v1/calls/c/participants/ada", ADA).is(200);
    assertThat(node.store().calls().loadState("c").revision()).isEqualTo(revision);

    TestNode.Answered patched =
        node.patch("/v1/calls/c/participants/ada", "{\"muted\":true,\"gain\":0.5}").is(200);
    assertThat(patched.at("/muted").asBoolean()).isTrue();
    assertThat(patched.text("/name")).isEqualTo("Ada");
    assertThat(patched.at("/tracks").size()).isEqualTo(2);
    assertThat(node.patch("/v1/calls/c/participants/ada", "{\"gain\":null}").at("/gain").asDouble())
        .isEqualTo(1);

    node.put("/v1/calls/c/participants/bob", ADA).problem(409, "/tracks/0/ssrc");
    node.put("/v1/calls/c/speaker", "{\"participant\":\"ada\"}").is(200);
    assertThat(node.get("/v1/calls/c").text("/speaker")).isEqualTo("ada");
    node.put("/v1/calls/c/speaker", "{\"participant\":\"bob\"}").problem(400, "/participant");
    node.delete("/v1/calls/c/endpoints/e1").problem(409, null);
    node.delete("/v1/calls/c/participants/ada").is(204);
    node.delete("/v1/calls/c/participants/ada").problem(404, null);
    assertThat(node.store().calls().loadState("c").speaker()).isNull();
    assertThat(node.store().events().after(0, "c", null, 100))
        .extracting(event -> event.type())
        .containsExactly("call.opened", "participant.joined", "participant.left");
  }

  @Test
  void badInputIsRefusedWithItsPlace() {
    node.post("/v1/calls", "{\"id\":").problem(400, "");
    node.post("/v1/calls", "[]").problem(400, "");
    node.post("/v1/calls", "{\"id\":\"a\",\"id\":\"b\"}").problem(400, "");
    node.post("/v1/calls", "{\"id\":\"..\"}").problem(400, "/id");
    node.post("/v1/calls", "{\"id\":\"a/b\"}").problem(400, "/id");
    node.post("/v1/calls", "{\"id\":7}").problem(400, "/id");
    node.post("/v1/calls", "{\"ident\":\"x\"}").problem(400, "/ident");
    node.post("/v1/calls", "{\"a/b~c\":1}").problem(400, "/a~1b~0c");
    node.post("/v1/calls", "{\"id\":\"" + "x".repeat(1 << 20) + "\"}").problem(413, null);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\",\"allowFrom\":[\"10.0.0.0/8\"]}").is(201);
    node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").problem(409, "/id");
    node.post("/v1/calls/c/endpoints", "{\"allowFrom\":[\"10.0.0.0/8\",\"10.0.0.0/33\"]}")
        .problem(400, "/allowFrom/1");
    node.post("/v1/calls/nope/endpoints", "{}").problem(404, null);
    String path = "/v1/calls/c/participants/p";
    node.put(path, "{\"gain\":5}").problem(400, "/gain");
    node.put(path, "{\"gain\":\"1\"}").problem(400, "/gain");
    node.put(path, "{\"tracks\":[{}]}").problem(400, "/tracks/0/id");
    node.put(path, ADA.replace("\"VP8\"", "\"AV1\"")).problem(400, "/tracks/0/codec");
    node.put(path, ADA.replace("90000", "48000")).problem(400, "/tracks/0/clockRate");
    node.put(path, ADA.replace("\"ssrc\":123", "\"ssrc\":-1")).problem(400, "/tracks/0/ssrc");
    node.put(path, ADA.replace("\"ssrc\":124", "\"ssrc\":123")).problem(409, "/tracks/0/rtx/ssrc");
    node.put(path, ADA.replace("101", "101.5")).problem(400, "/tracks/0/payloadType");
    node.put(path, ADA.replace("\"camera\"", "\"mic\"")).problem(400, "/tracks/0/source");
    node.put(path, ADA.replace("\"mic\",", "\"cam\",")).problem(409, "/tracks/1/id");
    node.put("/v1/calls/c/participants/a%20b", "{}").problem(400, "");
    node.get("/v1/nothing").problem(404, null);
    TestNode.Answered method = node.put("/v1/calls", "{}").problem(405, null);
    assertThat(method.response().headers().firstValue("Allow")).hasValue("GET, POST");
    assertThat(node.store().calls().loadState("c").participants()).isEmpty();
  }

  @Test
  void aPostWithAnIdempotencyKeyHappensOnce() {
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    TestNode.Answered first = once("/v1/calls/c/endpoints", "{}", "k1").is(201);
    TestNode.Answered again = once("/v1/calls/c/endpoints", "{}", "k1").is(201);
    assertThat(again.json()).isEqualTo(first.json());
    assertThat(again.response().headers().firstValue("Idempotent-Replayed")).hasValue("true");
    assertThat(node.get("/v1/calls/c").at("/endpoints").size()).isEqualTo(1);
    once("/v1/calls/c/endpoints", "{\"rtcpMux\":false}", "k1").problem(422, null);
    once("/v1/calls/c/endpoints", "{\"rtcpMux\":1}", "k2").problem(400, "/rtcpMux");
    once("/v1/calls/c/endpoints", "{\"rtcpMux\":false}", "k2").is(201);
  }

  private TestNode.Answered once(String path, String body, String key) {
    return node.send("POST", path, body, request -> request.header("Idempotency-Key", key));
  }
}
