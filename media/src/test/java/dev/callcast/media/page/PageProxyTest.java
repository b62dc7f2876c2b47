package dev.callcast.media.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One server under two names, of which one is allowed. */
class PageProxyTest {
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private final List<String> served = new CopyOnWriteArrayList<>(); // Host and what was asked for
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          served.add(exchange.getRequestHeaders().getFirst("Host") + exchange.getRequestURI());
          byte[] body = exchange.getRequestBody().readAllBytes();
          if (exchange.getRequestURI().getPath().equals("/away")) {
            exchange.getResponseHeaders().add("Location", at("localhost", "/there"));
            exchange.sendResponseHeaders(302, -1);
          } else {
            byte[] answer = body.length > 0 ? body : "here".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
          }
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String at(String host, String path) {
    return "http://" + host + ":" + server.getAddress().getPort() + path;
  }

  private PageProxy proxy(NetworkPolicy network, String... hosts) throws IOException {
    return new PageProxy(new WebFramePolicy("chromium", List.of(hosts), network), refused::put);
  }

  private static HttpResponse<String> get(PageProxy proxy, String url) throws Exception {
    return send(proxy, HttpRequest.newBuilder(URI.create(url)).build());
  }

  private static HttpResponse<String> send(PageProxy proxy, HttpRequest request) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.ALWAYS)
            .proxy(
                ProxySelector.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))
            .build()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void whatAHostThatIsAllowedHasComesThrough() throws Exception {
    try (PageProxy proxy = proxy(NetworkPolicy.LOOPBACK, "127.0.0.1")) {
      HttpResponse<String> got = get(proxy, at("127.0.0.1", "/page?a=%20b"));
      assertThat(got.statusCode()).isEqualTo(200);
      assertThat(got.body()).isEqualTo("here");
      HttpRequest post =
          HttpRequest.newBuilder(URI.create(at("127.0.0.1", "/post")))
              .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000)))
              .build();
      assertThat(send(proxy, post).body()).hasSize(100_000);
      assertThat(served.getFirst()).endsWith("/page?a=%20b").startsWith("127.0.0.1:");
      assertThat(refused).isEmpty();
    }
  }

  @Test
  void anotherHostIsRefusedAlsoWhereARedirectLeadsThere() throws Exception {
    try (PageProxy proxy = proxy(NetworkPolicy.LOOPBACK, "127.0.0.1")) {
      for (String url : List.of(at("localhost", "/there"), at("127.0.0.1", "/away"))) {
        refused.clear();
        HttpResponse<String> got = get(proxy, url);
        assertThat(got.statusCode()).isEqualTo(403);
        assertThat(got.headers().firstValue(PageProxy.REFUSED)).isPresent();
        assertThat(got.body()).isEmpty();
        assertThat(refused).containsOnlyKeys("localhost");
        assertThat(refused.get("localhost")).contains("webFrame.hosts");
      }
      assertThat(served).noneMatch(one -> one.contains("/there"));
    }
  }

  @Test
  void anAddressThatMayNotBeConnectedToIsRefusedWhateverTheName() throws Exception {
    try (PageProxy proxy = proxy(NetworkPolicy.PUBLIC, "*")) {
      for (String host : List.of("127.0.0.1", "localhost")) {
        assertThat(get(proxy, at(host, "/")).statusCode()).isEqualTo(403);
        assertThat(refused.get(host)).contains("loopback").contains("network.allow");
      }
      assertThat(served).isEmpty();
    }
  }

  @Test
  void tunnelsAreJudgedByTheirHost() throws Exception {
    int port = server.getAddress().getPort();
    try (PageProxy proxy = proxy(NetworkPolicy.LOOPBACK, "127.0.0.1")) {
      String inside = "GET /through HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      assertThat(said(proxy, "CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\n\r\n" + inside))
          .startsWith("HTTP/1.1 200 Connection established")
          .endsWith("here");
      assertThat(said(proxy, "CONNECT localhost:" + port + " HTTP/1.1\r\n\r\n" + inside))
          .startsWith("HTTP/1.1 403")
          .doesNotContain("here");
      assertThat(refused).containsOnlyKeys("localhost");
      assertThat(served).containsExactly("a/through");
    }
  }

  @Test
  void theNextRequestOfAConnectionIsJudgedAsWell() throws Exception {
    try (PageProxy proxy = proxy(NetworkPolicy.LOOPBACK, "127.0.0.1")) {
      String two =
          "GET %s HTTP/1.1\r\nHost: a\r\n\r\nGET %s HTTP/1.1\r\nHost: b\r\n\r\n"
              .formatted(at("127.0.0.1", "/one"), at("localhost", "/two"));
      assertThat(said(proxy, two)).startsWith("HTTP/1.1 200");
      assertThat(served).containsExactly("a/one");
    }
  }

  @Test
  void whatIsNoRequestGetsNoFurther() throws Exception {
    try (PageProxy proxy = proxy(NetworkPolicy.LOOPBACK, "*")) {
      assertThat(said(proxy, "GET / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
      assertThat(said(proxy, "GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
      assertThat(said(proxy, "nonsense\r\n\r\n")).isEmpty();
      HttpResponse<String> nowhere = get(proxy, "http://nobody.invalid/");
      assertThat(nowhere.statusCode()).isEqualTo(502);
      assertThat(nowhere.body()).as("a frame of the page would show it").isEmpty();
    }
  }

  @Test
  void namesBelowOneAreAllowedByAStar() {
    WebFramePolicy policy =
        new WebFramePolicy(
            "chromium", List.of("*.Example.com", "slides.test"), NetworkPolicy.PUBLIC);
    assertThat(policy.allows("a.example.com")).isTrue();
    assertThat(policy.allows("a.b.EXAMPLE.com.")).isTrue();
    assertThat(policy.allows("example.com")).isFalse();
    assertThat(policy.allows("badexample.com")).isFalse();
    assertThat(policy.allows("slides.test")).isTrue();
    assertThat(policy.allows("slides.test.evil.example")).isFalse();
  }

  private static String said(PageProxy proxy, String asked) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(asked.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
