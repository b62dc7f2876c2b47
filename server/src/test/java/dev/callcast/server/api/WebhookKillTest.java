package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.server.webhooks.WebhookTimers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node is killed with SIGKILL while it delivers, again and again: every event arrives, each
 * call's in order, and what comes twice has the same id and the same body.
 */
@Tag("peer")
@Timeout(120)
class WebhookKillTest {
  private static final int KILLS = 3;
  private static final int EVENTS = 12;
  private static final List<String> CALLS = List.of("a", "b", "c");

  @TempDir Path data;

  /** The node; its argument is the data directory. */
  public static void main(String[] words) throws Exception {
    WebhookTimers timers =
        new WebhookTimers(
            Duration.ofSeconds(30),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            Duration.ofDays(1));
    TestNode node = new TestNode(TestNode.config(Path.of(words[0]), false).withWebhooks(timers));
    System.out.println(node.server.url());
    System.out.flush();
    new CountDownLatch(1).await();
  }

  private record Child(Process process, String url) {
    static Child start(Path data) throws IOException {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx128m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  WebhookKillTest.class.getName(),
                  data.toString())
              .redirectError(ProcessBuilder.Redirect.appendTo(data.resolve("node.log").toFile()))
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String line = out.readLine();
      while (line != null && !line.startsWith("http://")) {
        line = out.readLine(); // its log
      }
      Thread.ofVirtual().start(() -> out.lines().forEach(rest -> {}));
      if (line == null) {
        throw new IOException("the node did not start: see " + data.resolve("node.log"));
      }
      return new Child(process, line);
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void nothingIsLostAndNothingComesOutOfOrder() throws Exception {
    try (HookServer hooks = new HookServer();
        HttpClient http = HttpClient.newHttpClient()) {
      Semaphore arrivals = new Semaphore(0);
      AtomicInteger answered = new AtomicInteger();
      hooks.on(
          "/hook",
          (exchange, one) -> {
            arrivals.release();
            if (answered.incrementAndGet() % 7 == 0) {
              HookServer.answer(exchange, 503, "");
            } else {
              HookServer.answer(exchange, 200, "");
            }
          });
      Child node = Child.start(data);
      try {
        send(http, node, "POST", "/v1/webhooks", "{\"url\":\"" + hooks.url("/hook") + "\"}");
        for (int round = 0; round <= KILLS; round++) {
          for (String call : CALLS) {
            if (round == 0) {
              send(http, node, "POST", "/v1/calls", "{\"id\":\"" + call + "\"}");
            }
            for (int i = 0; i < EVENTS; i++) {
              send(
                  http,
                  node,
                  "PUT",
                  "/v1/calls/" + call + "/participants/p" + round + "-" + i,
                  "{}");
            }
          }
          if (round < KILLS) {
            // In the midst of it: some were stored as delivered, some were not, one is under way.
            arrivals.drainPermits();
            arrivals.tryAcquire(5, java.util.concurrent.TimeUnit.SECONDS);
            node.kill();
            node = Child.start(data);
          }
        }
        int expected = 1 + (KILLS + 1) * EVENTS;
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> CALLS.stream().allMatch(call -> firsts(hooks, call).size() == expected));
        for (String call : CALLS) {
          List<Long> wanted = new ArrayList<>();
          for (long i = 1; i <= expected; i++) {
            wanted.add(i);
          }
          assertThat(firsts(hooks, call)).isEqualTo(wanted);
          // One that comes again never comes after a later one was answered.
          long highest = 0;
          for (HookServer.Received one : hooks.at("/hook")) {
            if (one.call().equals(call)) {
              assertThat(one.sequence()).isGreaterThanOrEqualTo(highest);
              highest = one.sequence();
            }
          }
        }
        Map<String, String> bodies = new HashMap<>();
        for (HookServer.Received one : hooks.at("/hook")) {
          String body = new String(one.body(), StandardCharsets.UTF_8);
          assertThat(bodies.putIfAbsent(one.id(), body)).isIn(null, body);
        }
      } finally {
        node.kill();
      }
    }
  }

  /** The sequences of a call's events as each came first. */
  private static List<Long> firsts(HookServer hooks, String call) {
    return hooks.at("/hook").stream()
        .filter(one -> one.call().equals(call))
        .map(HookServer.Received::sequence)
        .distinct()
        .toList();
  }

  private static void send(HttpClient http, Child node, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(node.url() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
  }
}
