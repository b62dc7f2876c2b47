package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.webhooks.WebhookTimers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class WebhooksTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** A day in a second. */
  private static final WebhookTimers QUICK =
      new WebhookTimers(
          Duration.ofMillis(1500),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofSeconds(1),
          Duration.ofDays(7));

  /** That waits for what hangs as long as the test takes. */
  private static final WebhookTimers PATIENT =
      new WebhookTimers(
          Duration.ofMinutes(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          Duration.ofDays(7));

  @TempDir Path data;
  TestNode node;
  HookServer hooks;

  @BeforeEach
  void open() throws IOException {
    hooks = new HookServer();
    start(QUICK, NetworkPolicy.LOOPBACK);
  }

  private void start(WebhookTimers timers, NetworkPolicy network) {
    String key = node == null ? null : node.key;
    if (node != null) {
      node.close();
    }
    node = new TestNode(TestNode.config(data, true).withWebhooks(timers).withNetwork(network));
    node.key = node.key == null ? key : node.key;
  }

  @AfterEach
  void close() {
    node.close();
    hooks.close();
  }

  private TestNode.Answered hook(String path, String more) {
    return node.post("/v1/webhooks", "{\"url\":\"" + hooks.url(path) + "\"" + more + "}").is(201);
  }

  private void call(String id) {
    node.post("/v1/calls", "{\"id\":\"" + id + "\"}").is(201);
  }

  private void join(String call, String participant) {
    node.put("/v1/calls/" + call + "/participants/" + participant, "{}").is(201);
  }

  private JsonNode deliveries(String webhook, String query) {
    return node.get("/v1/webhooks/" + webhook + "/deliveries" + query).is(200).at("/items");
  }

  private static List<Long> sequences(List<HookServer.Received> of, String call) {
    return of.stream()
        .filter(one -> one.call().equals(call))
        .map(HookServer.Received::sequence)
        .toList();
  }

  @Test
  void tellsSignedAndInOrderWhatTheLogHas() throws Exception {
    call("before");
    TestNode.Answered made =
        hook("/a", ",\"events\":[\"call.*\",\"participant.joined\"],\"calls\":[\"stand*\"]");
    String id = made.text("/id");
    String secret = made.text("/secret");
    call("standup");
    call("other");
    join("standup", "ada");
    node.put("/v1/calls/standup/speaker", "{\"participant\":\"ada\"}");
    node.delete("/v1/calls/standup/participants/ada").is(204);
    join("standup", "bob");
    node.delete("/v1/calls/standup").is(204);
    await().atMost(LONG).until(() -> hooks.at("/a").size() >= 4);

    List<HookServer.Received> all = hooks.at("/a");
    assertThat(all.stream().map(HookServer.Received::type))
        .containsExactly("call.opened", "participant.joined", "participant.joined", "call.closed");
    for (HookServer.Received one : all) {
      TestNode.CONTRACT.validate("Event", one.event(), "a webhook's body");
      assertThat(one.event()).isEqualTo(TestNode.JSON.readTree(stored(one.id()).toString()));
      assertThat(one.signedBy(secret)).isTrue();
      assertThat(Long.parseLong(one.timestamp()))
          .isCloseTo(Instant.now().getEpochSecond(), org.assertj.core.data.Offset.offset(60L));
    }
    assertThat(node.get("/v1/webhooks/" + id).is(200).json().toString()).doesNotContain("whsec_");
    assertThat(node.get("/v1/webhooks").is(200).json().toString()).doesNotContain("whsec_");
    await().atMost(LONG).until(() -> deliveries(id, "?state=delivered").size() == 4);
    JsonNode newest = deliveries(id, "?limit=1").get(0);
    assertThat(newest.at("/event/type").asString()).isEqualTo("call.closed");
    assertThat(newest.path("status").asInt()).isEqualTo(204);
    assertThat(newest.path("attempts").asInt()).isEqualTo(1);
    node.close();
    for (Path file : List.of(data.resolve("callcast.db"), data.resolve("callcast.db-wal"))) {
      if (Files.exists(file)) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .doesNotContain(secret.substring(6));
      }
    }
    start(QUICK, NetworkPolicy.LOOPBACK);
  }

  private JsonNode stored(String event) {
    long id = Long.parseLong(event);
    return node.store().events().after(id - 1, null, null, 1).getFirst().json();
  }

  @Test
  void triesAgainInOrderPerCallAndGivesUpInTheEnd() {
    AtomicInteger refusals = new AtomicInteger(3);
    hooks.on(
        "/flaky",
        (exchange, one) ->
            HookServer.answer(
                exchange,
                one.call().equals("a") && refusals.getAndDecrement() > 0 ? 500 : 200,
                ""));
    hooks.on("/never", (exchange, one) -> HookServer.answer(exchange, 500, "no\u0007 way"));
    hook("/flaky", "");
    String never = hook("/never", ",\"calls\":[\"a\"]").text("/id");
    call("a");
    join("a", "ada");
    call("b");
    join("b", "ada");
    await().atMost(LONG).until(() -> sequences(hooks.at("/flaky"), "a").size() >= 5);
    assertThat(sequences(hooks.at("/flaky"), "a")).containsExactly(1L, 1L, 1L, 1L, 2L);
    assertThat(sequences(hooks.at("/flaky"), "b")).containsExactly(1L, 2L);
    assertThat(
            hooks.at("/flaky").stream()
                .filter(one -> one.sequence() == 1 && one.call().equals("a")))
        .extracting(HookServer.Received::id)
        .containsOnly(hooks.at("/never").getFirst().id());

    await().atMost(LONG).until(() -> deliveries(never, "?state=failed").size() == 2);
    JsonNode failed = deliveries(never, "?state=failed").get(1);
    assertThat(failed.path("attempts").asInt()).isGreaterThan(3);
    assertThat(failed.path("error").asString()).isEqualTo("the answer was 500");
    assertThat(failed.path("answer").asString()).isEqualTo("no way");

    hooks.on("/never", (exchange, one) -> HookServer.answer(exchange, 200, "yes"));
    String path = "/v1/webhooks/" + never + "/deliveries/" + failed.path("id").asString();
    TestNode.Answered again = node.post(path + "/redeliver", "").is(201);
    await()
        .atMost(LONG)
        .until(() ->
            node.get("/v1/webhooks/" + never + "/deliveries/" + again.text("/id"))
                .text("/state")
                .equals("delivered"));
    HookServer.Received last = hooks.at("/never").getLast();
    assertThat(last.id()).isEqualTo(failed.at("/event/id").asString());
    node.post("/v1/webhooks/" + never + "/deliveries/x/redeliver", "").problem(404, null);
    node.post("/v1/webhooks/nope/deliveries/1/redeliver", "").problem(404, null);
  }

  @Test
  void theDeadAndTheHangingDelayNobody() throws Exception {
    start(PATIENT, NetworkPolicy.LOOPBACK);
    int live = 100;
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger hung = new AtomicInteger();
    try (ServerSocket silent = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        ServerSocket refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      hooks.on(
          "/hangs",
          (exchange, one) -> {
            hung.incrementAndGet();
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      refusing.close();
      for (int i = 0; i < live; i++) {
        hook("/live" + i, "");
        String dead =
            switch (i % 3) {
              case 0 -> hooks.url("/hangs");
              case 1 -> "http://127.0.0.1:" + silent.getLocalPort();
              default -> "http://127.0.0.1:" + refusing.getLocalPort();
            };
        node.post("/v1/webhooks", "{\"url\":\"" + dead + "\"}").is(201);
      }
      for (String call : List.of("a", "b", "c")) {
        call(call);
        join(call, "ada");
        join(call, "bob");
      }
      // Nothing of what hangs has come to an end by then: its timeout is minutes.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              hooks.received.stream().filter(one -> !one.path().equals("/hangs")).count()
                  >= live * 9);
      for (int i = 0; i < live; i++) {
        for (String call : List.of("a", "b", "c")) {
          assertThat(sequences(hooks.at("/live" + i), call)).containsExactly(1L, 2L, 3L);
        }
      }
      assertThat(hung.get()).isPositive();
    } finally {
      end.countDown();
    }
  }

  @Test
  void aRotatedSecretOverlaps() {
    TestNode.Answered made = hook("/a", "");
    String path = "/v1/webhooks/" + made.text("/id");
    call("a");
    await().atMost(LONG).until(() -> hooks.at("/a").size() == 1);
    String second =
        node.post(path + "/rotate-secret", "{\"overlap\":3600}").is(200).text("/secret");
    assertThat(node.get(path).text("/previousSecretUntil")).isNotEmpty();
    join("a", "ada");
    await().atMost(LONG).until(() -> hooks.at("/a").size() == 2);
    assertThat(hooks.at("/a").getLast().signedBy(second)).isTrue();
    assertThat(hooks.at("/a").getLast().signedBy(made.text("/secret"))).isTrue();
    String third = node.post(path + "/rotate-secret", "{\"overlap\":0}").is(200).text("/secret");
    join("a", "bob");
    await().atMost(LONG).until(() -> hooks.at("/a").size() == 3);
    assertThat(hooks.at("/a").getLast().signedBy(third)).isTrue();
    assertThat(hooks.at("/a").getLast().signedBy(second)).isFalse();
    node.post(path + "/rotate-secret", "{\"overlap\":-1}").problem(400, "/overlap");
  }

  @Test
  void goneDisablesAndEnablingBeginsAnew() {
    hooks.on("/gone", (exchange, one) -> HookServer.answer(exchange, 410, ""));
    String id = hook("/gone", "").text("/id");
    call("a");
    join("a", "ada");
    await().atMost(LONG).until(() -> !node.get("/v1/webhooks/" + id).at("/enabled").asBoolean());
    assertThat(node.get("/v1/webhooks/" + id).text("/reason")).contains("410");
    assertThat(hooks.at("/gone")).hasSize(1);
    // The second event failed with it, or came when it was disabled already.
    JsonNode failed = deliveries(id, "?state=failed");
    assertThat(failed.size()).isBetween(1, 2);
    String first = failed.get(failed.size() - 1).path("id").asString();
    node.post("/v1/webhooks/" + id + "/deliveries/" + first + "/redeliver", "").problem(409, null);
    join("a", "bob");
    hooks.on("/gone", (exchange, one) -> HookServer.answer(exchange, 200, ""));
    node.patch("/v1/webhooks/" + id, "{\"enabled\":true}").is(200);
    join("a", "cleo");
    await().atMost(LONG).until(() -> hooks.at("/gone").size() == 2);
    assertThat(hooks.at("/gone").getLast().sequence()).isEqualTo(4);
    node.delete("/v1/webhooks/" + id).is(204);
    node.delete("/v1/webhooks/" + id).problem(404, null);
    join("a", "dora");
    hook("/other", "");
    join("a", "eve");
    await().atMost(LONG).until(() -> hooks.at("/other").size() == 1);
    assertThat(hooks.at("/gone")).hasSize(2);
    assertThat(sequences(hooks.at("/other"), "a")).containsExactly(6L);
  }

  @Test
  void redirectsAndEndlessAnswersLeadNowhere() {
    hooks.on(
        "/redirect",
        (exchange, one) -> {
          exchange.getResponseHeaders().add("Location", hooks.url("/trap"));
          HookServer.answer(exchange, 302, "");
        });
    hooks.on(
        "/endless",
        (exchange, one) -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          byte[] block = new byte[64 << 10];
          java.util.Arrays.fill(block, (byte) 'x');
          while (true) {
            out.write(block); // until the other side goes away
          }
        });
    hooks.on(
        "/dripping",
        (exchange, one) -> {
          exchange.sendResponseHeaders(200, 0);
          while (true) {
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            try {
              Thread.sleep(100);
            } catch (InterruptedException e) {
              return;
            }
          }
        });
    String redirect = hook("/redirect", "").text("/id");
    String endless = hook("/endless", "").text("/id");
    String dripping = hook("/dripping", "").text("/id");
    call("a");
    await().atMost(LONG).until(() -> deliveries(endless, "?state=delivered").size() == 1);
    assertThat(deliveries(endless, "").get(0).path("answer").asString()).hasSizeLessThan(600);
    await().atMost(LONG).until(() -> deliveries(redirect, "?state=failed").size() == 1);
    assertThat(deliveries(redirect, "").get(0).path("error").asString()).contains("redirects");
    assertThat(hooks.at("/trap")).isEmpty();
    await().atMost(LONG).until(() -> deliveries(dripping, "?state=failed").size() == 1);
    assertThat(deliveries(dripping, "").get(0).path("error").asString())
        .isEqualTo("no whole answer within 1.5 s");
  }

  @Test
  void addressesThatAreNotPublicAreRefusedAtOnceAndAtEachConnection() {
    String allowed = hook("/a", "").text("/id");
    start(QUICK, NetworkPolicy.PUBLIC);
    for (String url :
        List.of(
            "http://127.0.0.1/",
            "http://localhost:81/x",
            "https://[::1]/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:192.168.0.1]/",
            "http://0.0.0.0/",
            "http://0x7f000001/")) {
      TestNode.Answered refused = node.post("/v1/webhooks", "{\"url\":\"" + url + "\"}");
      if (refused.status() == 201 && url.contains("0x7f")) {
        continue; // A name without an address: nothing to connect to.
      }
      refused.problem(400, "/url");
      assertThat(refused.text("/fix")).contains("network: {allow:");
    }
    for (String url : List.of("ftp://1.1.1.1/", "x", "https://u:p@1.1.1.1/", "https:///x")) {
      node.post("/v1/webhooks", "{\"url\":\"" + url + "\"}").problem(400, "/url");
    }
    node.patch("/v1/webhooks/" + allowed, "{\"url\":\"http://10.0.0.1/\"}").problem(400, "/url");
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    // What was allowed when it was made, or whose name leads elsewhere by now.
    await().atMost(LONG).until(() -> deliveries(allowed, "?state=failed").size() == 1);
    assertThat(deliveries(allowed, "").get(0).path("error").asString()).contains("loopback");
    assertThat(hooks.received).isEmpty();
    TestNode.Answered output =
        node.post(
            "/v1/calls/a/compositions",
            "{\"outputs\":[{\"type\":\"rtmp\",\"url\":\"rtmp://10.1.2.3/live/secret\"}]}");
    output.problem(400, "/outputs/0/url");
    assertThat(output.json().toString()).contains("10.1.2.3/32").doesNotContain("secret");
  }

  @Test
  void patternsAreChecked() {
    node.post("/v1/webhooks", "{}").problem(400, "/url");
    String url = "{\"url\":\"" + hooks.url("/a") + "\"";
    node.post("/v1/webhooks", url + ",\"events\":[]}").problem(400, "/events");
    node.post("/v1/webhooks", url + ",\"events\":[\"Recording\"]}").problem(400, "/events/0");
    node.post("/v1/webhooks", url + ",\"calls\":[\"a b\"]}").problem(400, "/calls/0");
    node.post("/v1/webhooks", url + ",\"secret\":\"x\"}").problem(400, "/secret");
    String id = hook("/a", "").text("/id");
    assertThat(node.patch("/v1/webhooks/" + id, "{\"events\":[\"call.closed\"]}").text("/events/0"))
        .isEqualTo("call.closed");
    call("a");
    node.delete("/v1/calls/a").is(204);
    await().atMost(LONG).until(() -> hooks.at("/a").size() == 1);
    assertThat(hooks.at("/a").getFirst().type()).isEqualTo("call.closed");
    assertThat(deliveries(id, "?state=delivered").size()).isLessThanOrEqualTo(1);
    node.get("/v1/webhooks/" + id + "/deliveries?state=x").problem(400, null);
    node.get("/v1/webhooks/" + id + "/deliveries?after=x").problem(400, null);
  }

  @Test
  void whatWaitsWhenTheNodeEndsIsDeliveredByTheNext() {
    AtomicInteger status = new AtomicInteger(500);
    hooks.on("/a", (exchange, one) -> HookServer.answer(exchange, status.get(), ""));
    start(PATIENT, NetworkPolicy.LOOPBACK);
    hook("/a", "");
    call("a");
    join("a", "ada");
    await().atMost(LONG).until(() -> !hooks.at("/a").isEmpty());
    node.close();
    // Events that come while nobody delivers are in the log all the same.
    int before = hooks.at("/a").size();
    status.set(200);
    start(PATIENT, NetworkPolicy.LOOPBACK);
    join("a", "bob");
    List<Long> expected = new ArrayList<>(List.of(1L, 2L, 3L));
    await().atMost(LONG).until(() -> hooks.at("/a").size() == before + 3);
    assertThat(sequences(hooks.at("/a").subList(before, before + 3), "a")).isEqualTo(expected);
  }
}
