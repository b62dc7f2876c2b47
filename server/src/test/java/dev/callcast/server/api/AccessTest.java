package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  @TempDir Path data;
  TestNode node;
  String admin;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    admin = node.key;
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void withoutAKeyNothingIsShown() {
    for (String key :
        new String[] {"", "x", "cck_", "cck_1_2", admin + "x", admin.substring(0, 20)}) {
      node.key = key;
      TestNode.Answered refused = node.get("/v1/calls").problem(401, null);
      assertThat(refused.response().headers().firstValue("WWW-Authenticate")).isPresent();
    }
    node.key = null;
    node.get("/v1/calls").problem(401, null);
    node.get("/v1/calls/nope").problem(401, null);
    node.get("/healthz").is(200);
    node.get("/readyz").is(200);
    node.get("/v1/openapi.yaml").is(200);
    node.get("/watch/a/main").is(200);
  }

  @Test
  void saysWhoAsks() {
    TestNode.Answered key = node.get("/v1/access").is(200);
    assertThat(key.text("/kind")).isEqualTo("key");
    assertThat(key.at("/calls").isMissingNode()).isTrue();
    String some =
        node.post("/v1/keys", "{\"scopes\":[\"read\"],\"calls\":[\"a*\",\"b\"]}")
            .is(201)
            .text("/key");
    node.key = node.post("/v1/tokens", "{\"call\":\"a\"}").is(201).text("/token");
    TestNode.Answered token = node.get("/v1/access").is(200);
    assertThat(token.text("/kind")).isEqualTo("token");
    assertThat(token.text("/call")).isEqualTo("a");
    assertThat(token.text("/scopes/0")).isEqualTo("read");
    node.get("/v1/params").is(200);
    node.key = some;
    assertThat(node.get("/v1/access").is(200).at("/calls").toString()).isEqualTo("[\"a*\",\"b\"]");
    node.key = "cck_x";
    node.get("/v1/access").problem(401, null);
  }

  @Test
  void keysHaveScopesAndCanBeRevoked() {
    TestNode.Answered read =
        node.post("/v1/keys", "{\"name\":\"viewer\",\"scopes\":[\"read\"]}").is(201);
    TestNode.Answered control = node.post("/v1/keys", "{\"scopes\":[\"control\"]}").is(201);
    node.post("/v1/keys", "{\"scopes\":[]}").problem(400, "/scopes");
    node.post("/v1/keys", "{\"scopes\":[\"root\"]}").problem(400, "/scopes/0");
    assertThat(node.get("/v1/keys").json().toString()).doesNotContain("cck_");

    node.key = read.text("/key");
    node.get("/v1/calls").is(200);
    node.post("/v1/calls", "{}").problem(403, null);
    node.key = control.text("/key");
    node.post("/v1/calls", "{}").is(201);
    node.get("/v1/calls").is(200);
    node.get("/v1/keys").problem(403, null);

    node.key = admin;
    node.delete("/v1/keys/" + read.text("/id")).is(204);
    node.delete("/v1/keys/" + read.text("/id")).problem(404, null);
    String own = admin.split("_")[1];
    node.delete("/v1/keys/" + own).problem(409, null);
    node.get("/v1/calls").is(200);
    node.key = read.text("/key");
    node.get("/v1/calls").problem(401, null);
  }

  @Test
  void aKeyMayBeForSomeCallsOnly() {
    node.post("/v1/keys", "{\"scopes\":[\"admin\"],\"calls\":[\"a\"]}").problem(400, "/calls");
    node.post("/v1/keys", "{\"scopes\":[\"read\"],\"calls\":[\"a b\"]}").problem(400, "/calls/0");
    node.post("/v1/calls", "{\"id\":\"team-1\"}").is(201);
    TestNode.Answered made =
        node.post("/v1/keys", "{\"scopes\":[\"control\"],\"calls\":[\"a\",\"team-*\"]}").is(201);
    assertThat(made.text("/calls/1")).isEqualTo("team-*");
    node.key = made.text("/key");
    node.get("/v1/calls/a").is(200);
    node.get("/v1/calls/team-1").is(200);
    node.post("/v1/calls/a/endpoints", "{}").is(201);
    node.get("/v1/calls/b").problem(403, null);
    node.post("/v1/calls/b/endpoints", "{}").problem(403, null);
    node.get("/v1/recordings?call=a").is(200);
    node.get("/v1/recordings?call=b").problem(403, null);
    node.get("/v1/recordings").problem(403, null);
    node.get("/v1/calls").problem(403, null);
    node.get("/v1/webhooks").problem(403, null);
    node.get("/v1/keys").problem(403, null);
    node.post("/v1/calls", "{\"id\":\"team-2\"}").is(201);
    node.post("/v1/calls", "{\"id\":\"c\"}").problem(403, null);
    node.post("/v1/calls", "{}").problem(403, null);
    node.post("/v1/tokens", "{\"call\":\"b\"}").problem(403, null);
    node.key = node.post("/v1/tokens", "{\"call\":\"team-1\"}").is(201).text("/token");
    node.get("/v1/calls/team-1").is(200);
    node.get("/v1/calls/a").problem(403, null);
  }

  @Test
  void aTokenIsBoundToItsCall() {
    TestNode.Answered made =
        node.post("/v1/tokens", "{\"call\":\"a\",\"scopes\":[\"control\"],\"expiresIn\":60}")
            .is(201);
    String reader = node.post("/v1/tokens", "{\"call\":\"a\"}").is(201).text("/token");
    node.post("/v1/tokens", "{\"call\":\"zzz\"}").problem(404, null);
    node.post("/v1/tokens", "{\"call\":\"a\",\"scopes\":[\"admin\"]}").problem(400, "/scopes/0");

    node.key = made.text("/token");
    node.get("/v1/calls/a").is(200);
    node.post("/v1/calls/a/endpoints", "{}").is(201);
    node.get("/v1/recordings?call=a").is(200);
    node.get("/v1/calls/b").problem(403, null);
    node.get("/v1/recordings?call=b").problem(403, null);
    node.get("/v1/recordings").problem(403, null);
    node.get("/v1/events").problem(403, null);
    node.get("/v1/calls").problem(403, null);
    node.post("/v1/tokens", "{\"call\":\"a\"}").problem(403, null);
    node.get("/v1/keys").problem(403, null);
    node.key = reader;
    node.post("/v1/calls/a/endpoints", "{}").problem(403, null);

    // The id is used again: the token was for the call before.
    node.key = admin;
    node.delete("/v1/calls/a").is(204);
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.key = reader;
    node.get("/v1/calls/a").problem(403, null);
  }

  @Test
  void aParticipantsTokenChangesThatParticipantOnly() {
    String token =
        node.post("/v1/tokens", "{\"call\":\"a\",\"participant\":\"ada\",\"scopes\":[\"control\"]}")
            .is(201)
            .text("/token");
    node.key = token;
    node.put("/v1/calls/a/participants/ada", "{\"name\":\"Ada\"}").is(201);
    node.put("/v1/calls/a/participants/bob", "{}").problem(403, null);
    node.delete("/v1/calls/a").problem(403, null);
    node.get("/v1/calls/a").is(200);
  }

  @Test
  void aChangedOrExpiredTokenIsRefused() throws Exception {
    String token =
        node.post("/v1/tokens", "{\"call\":\"a\",\"expiresIn\":1}").is(201).text("/token");
    String[] parts = token.split("\\.");
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]));
    String forged =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(claims.replace("\"call\":\"a\"", "\"call\":\"b\"").getBytes());
    String none =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes());
    for (String bad :
        new String[] {
          parts[0] + "." + forged + "." + parts[2],
          none + "." + parts[1] + ".",
          none + "." + parts[1] + "." + parts[2],
          parts[0] + "." + parts[1],
          token + "x"
        }) {
      node.key = bad;
      node.get("/v1/calls/b").problem(401, null);
    }
    node.key = token;
    org.awaitility.Awaitility.await()
        .untilAsserted(() -> assertThat(node.get("/v1/calls/a").status()).isEqualTo(401));
  }

  @Test
  void withoutAuthenticationOnlyOnLoopback() {
    assertThatThrownBy(() ->
            new NodeConfig(
                "n1", "0.0.0.0", 0, data, 42000, 42001, "127.0.0.1", "127.0.0.1", false, null))
        .hasMessageContaining("loopback");
    try (TestNode open = new TestNode(TestNode.config(data.resolve("open"), false))) {
      assertThat(open.key).isNull();
      open.post("/v1/calls", "{}").is(201);
      // What a page of another site could make a browser send.
      open.send("POST", "/v1/calls", "{}", b -> b.header("Origin", "https://evil.example"))
          .problem(403, null);
      open.send("POST", "/v1/calls", "{}", b -> b.header("Origin", open.server.url())).is(201);
    }
  }

  @Test
  void theFirstKeyIsMadeOnce() {
    node.close();
    node = TestNode.open(data);
    assertThat(node.key).isNull();
    node.key = admin;
    node.get("/v1/calls").is(200);
  }
}
