package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every request: ids, origins, rates, patience. */
@Timeout(60)
class HttpTest {
  private static final String APP = "https://app.example.com";

  @TempDir Path data;
  TestNode node;

  private void open(HttpConfig http) {
    node = new TestNode(TestNode.config(data, true).withHttp(http));
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static String header(TestNode.Answered answer, String name) {
    return answer.response().headers().firstValue(name).orElse("");
  }

  @Test
  void requestsHaveIds() {
    open(HttpConfig.DEFAULT);
    TestNode.Answered first = node.get("/v1/calls").is(200);
    assertThat(header(first, "X-Request-Id")).startsWith("req-");
    assertThat(header(node.get("/v1/calls"), "X-Request-Id"))
        .isNotEqualTo(header(first, "X-Request-Id"));
    for (String path : List.of("/v1/calls/nope", "/nowhere")) {
      TestNode.Answered named =
          node.send("GET", path, null, b -> b.header("X-Request-Id", "mine-1")).problem(404, null);
      assertThat(header(named, "X-Request-Id")).isEqualTo("mine-1");
      assertThat(named.text("/requestId")).isEqualTo("mine-1");
    }
    TestNode.Answered odd =
        node.send("GET", "/v1/calls/nope", null, b -> b.header("X-Request-Id", "a b<c>"));
    assertThat(odd.text("/requestId")).startsWith("req-");
  }

  @Test
  void pagesOfOtherOriginsAreServedWhereTheConfigurationNamesThem() throws Exception {
    open(new HttpConfig(List.of(APP), 0, 100, Duration.ofSeconds(20)));
    HttpResponse<String> asked = preflight("/v1/calls/a/compositions", APP);
    assertThat(asked.statusCode()).isEqualTo(204);
    assertThat(asked.headers().firstValue("Access-Control-Allow-Origin")).hasValue(APP);
    assertThat(asked.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
        .contains("POST");
    assertThat(asked.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
        .contains("Authorization", "Idempotency-Key");
    assertThat(preflight("/v1/calls", "https://evil.example").headers().map())
        .doesNotContainKey("access-control-allow-origin");

    TestNode.Answered allowed =
        node.send("GET", "/v1/calls", null, b -> b.header("Origin", APP)).is(200);
    assertThat(header(allowed, "Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(header(allowed, "Access-Control-Expose-Headers")).contains("X-Request-Id");
    assertThat(header(allowed, "Vary")).contains("Origin");
    assertThat(
            header(
                node.send("GET", "/v1/calls/x", null, b -> b.header("Origin", APP))
                    .problem(404, null),
                "Access-Control-Allow-Origin"))
        .isEqualTo(APP);
    assertThat(
            header(
                node.send(
                    "GET", "/v1/calls", null, b -> b.header("Origin", "https://evil.example")),
                "Access-Control-Allow-Origin"))
        .isEmpty();
    for (String wrong : List.of("app.example.com", "https://a/b", "ftp://a", "https://u@a")) {
      assertThatThrownBy(() -> new HttpConfig(List.of(wrong), 0, 1, Duration.ofSeconds(1)))
          .hasMessageContaining(wrong);
    }
  }

  private HttpResponse<String> preflight(String path, String origin)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(node.server.url() + path))
              .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
              .header("Origin", origin)
              .header("Access-Control-Request-Method", "POST")
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void eachKeyHasItsRate() {
    open(new HttpConfig(List.of(), 0.01, 3, Duration.ofSeconds(20)));
    String admin = node.key;
    String other = node.post("/v1/keys", "{\"scopes\":[\"read\"]}").is(201).text("/key");
    node.get("/v1/calls").is(200);
    node.get("/v1/calls").is(200);
    TestNode.Answered refused = node.get("/v1/calls").problem(429, null);
    assertThat(Integer.parseInt(header(refused, "Retry-After"))).isBetween(90, 100);
    node.get("/healthz").is(200);
    node.key = other;
    node.get("/v1/calls").is(200);
    node.key = admin;
    node.get("/v1/calls").problem(429, null);
  }

  @Test
  void aBucketFillsSteadily() {
    open(HttpConfig.DEFAULT);
    RateLimiter limiter = new RateLimiter(2, 2);
    long second = TimeUnit.SECONDS.toNanos(1);
    assertThat(limiter.take("a", 0)).isZero();
    assertThat(limiter.take("a", 0)).isZero();
    assertThat(limiter.take("a", 0)).isEqualTo(1);
    assertThat(limiter.take("b", 0)).isZero();
    assertThat(limiter.take("a", second / 2)).isZero();
    assertThat(limiter.take("a", second / 2)).isEqualTo(1);
    assertThat(limiter.take("a", 100 * second)).isZero();
    assertThat(limiter.take("a", 100 * second)).isZero();
    assertThat(limiter.take("a", 100 * second)).isEqualTo(1);
  }

  @Test
  void whoDripsIsCutOff() throws Exception {
    open(new HttpConfig(List.of(), 0, 100, Duration.ofMillis(500)));
    // A body of which a byte comes now and then.
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /v1/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
              + node.key
              + "\r\nContent-Length: 1000\r\n\r\n");
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < 1000; i++) {
                write(socket, " ");
                Thread.sleep(50);
              }
            } catch (IOException | InterruptedException e) {
              // Cut off, as it should be.
            }
          });
      String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 408").contains("request-timeout");
    }
    // Headers that never end.
    try (Socket socket = connect()) {
      write(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
      assertThat(socket.getInputStream().readAllBytes().length).isZero();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("reset");
    }
    // Who keeps a connection after a request keeps it.
    try (Socket socket = connect()) {
      for (int i = 0; i < 2; i++) {
        write(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        byte[] answer = new byte[4096];
        int read = socket.getInputStream().read(answer);
        assertThat(new String(answer, 0, Math.max(0, read), US_ASCII)).startsWith("HTTP/1.1 200");
        Thread.sleep(i == 0 ? 800 : 0); // longer than the patience
      }
    }
  }

  private Socket connect() throws IOException {
    URI url = URI.create(node.server.url());
    Socket socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(US_ASCII));
    out.flush();
  }
}
