package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.callcast.protocol.OutputSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Behind a real nginx that is configured as {@code docs/reverse-proxy.md} says. */
@Tag("peer")
@Timeout(90)
class ReverseProxyTest {
  private static final Path PAGE = Path.of("..", "docs", "reverse-proxy.md");

  @TempDir Path directory;
  private TestNode node;
  private Process nginx;
  private HttpClient client;
  private int plain;
  private int secure;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void start() throws Exception {
    node =
        new TestNode(TestNode.config(directory.resolve("data"), true).withHttp(http("127.0.0.1")));
    TlsConfig tls = new OpenSsl(directory).certificate("proxy");
    plain = freePort();
    secure = freePort();
    URI upstream = URI.create(node.server.url());
    String page = Files.readString(PAGE);
    String sites =
        block(page, "nginx")
            .replace("127.0.0.1:7880", "127.0.0.1:" + upstream.getPort())
            .replace("listen 80;", "listen 127.0.0.1:" + plain + ";")
            .replace("listen 443 ssl http2;", "listen 127.0.0.1:" + secure + " ssl http2;")
            .replace(
                "/etc/letsencrypt/live/callcast.example/fullchain.pem",
                tls.certificate().toString())
            .replace("/etc/letsencrypt/live/callcast.example/privkey.pem", tls.key().toString());
    assertThat(sites).contains(tls.key().toString(), "127.0.0.1:" + secure);
    Path configuration =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            worker_processes 1;
            pid nginx.pid;
            error_log error.log info;
            events { worker_connections 256; }
            http {
              access_log off;
              client_body_temp_path tmp-body;
              proxy_temp_path tmp-proxy;
              fastcgi_temp_path tmp-fastcgi;
              uwsgi_temp_path tmp-uwsgi;
              scgi_temp_path tmp-scgi;
            """
                + sites
                + "}\n");
    nginx =
        new ProcessBuilder(
                "nginx",
                "-p",
                directory.toString(),
                "-c",
                configuration.toString(),
                "-e",
                directory.resolve("error.log").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output.log").toFile())
            .start();
    awaitPort(secure);
    client = HttpClient.newBuilder().sslContext(OpenSsl.trusting(tls.certificate())).build();
    log.start();
    ((Logger) LoggerFactory.getLogger(Dispatcher.class)).addAppender(log);
  }

  @AfterEach
  void stop() throws Exception {
    ((Logger) LoggerFactory.getLogger(Dispatcher.class)).detachAppender(log);
    client.close();
    nginx.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    node.close();
  }

  private static HttpConfig http(String... proxies) {
    return new HttpConfig(List.of(), 0, 100, Duration.ofSeconds(20), List.of(proxies));
  }

  /** A block of code on the page, by its language. */
  private static String block(String page, String language) {
    Matcher matcher = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(page);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitPort(int port) throws Exception {
    for (int attempt = 0; ; attempt++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!nginx.isAlive() || attempt > 500) {
          throw new IOException(Files.readString(directory.resolve("output.log")), e);
        }
        Thread.sleep(20);
      }
    }
  }

  private String url(String path) {
    return path.startsWith("https:") ? path : "https://localhost:" + secure + path;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url(path)))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + node.key);
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> post(String path, String type, String body) throws Exception {
    return send(
        request(path).header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static JsonNode json(HttpResponse<byte[]> answer) {
    return TestNode.JSON.readTree(answer.body());
  }

  @Test
  void eventsComeAtOnceAndSessionsOfBrowsersAreOpened() throws Exception {
    HttpResponse<InputStream> stream =
        client.send(request("/v1/events").build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    assertThat(stream.version()).isEqualTo(HttpClient.Version.HTTP_2);
    try (BufferedReader events = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      assertThat(events.readLine()).startsWith(":");
      HttpResponse<byte[]> made = post("/v1/calls", "application/json", "{\"id\":\"c\"}");
      assertThat(made.statusCode()).isEqualTo(201);
      String line = events.readLine();
      while (!line.startsWith("data:")) {
        line = events.readLine();
      }
      assertThat(line).contains("call.opened");

      String sent = session("/v1/calls/c/whip?participant=ada", "camera");
      assertThat(sent).contains("a=recvonly");
      post("/v1/calls/c/compositions", "application/json", "{\"id\":\"main\"}");
      String watched = session("/v1/calls/c/compositions/main/whep", "viewer");
      assertThat(watched).contains("a=sendonly", "H264/90000", "opus/48000/2");
    }
    HttpResponse<byte[]> page = send(request("/join?call=c"));
    assertThat(page.statusCode()).isEqualTo(200);
    try (HttpClient unsafe = HttpClient.newHttpClient()) {
      HttpResponse<Void> redirect =
          unsafe.send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + plain + "/join?call=c"))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
      assertThat(redirect.statusCode()).isEqualTo(301);
      assertThat(redirect.headers().firstValue("Location").orElse(""))
          .startsWith("https://localhost/join");
    }
  }

  /** Offers, and leaves where the answer says; what the answer says of media is the node's own. */
  private String session(String path, String offered) throws Exception {
    String offer;
    try (InputStream in =
        ReverseProxyTest.class.getResourceAsStream(
            "/dev/callcast/server/webrtc/" + offered + ".sdp")) {
      offer = new String(in.readAllBytes(), UTF_8);
    }
    HttpResponse<byte[]> session = post(path, "application/sdp", offer);
    String answer = new String(session.body(), UTF_8);
    assertThat(session.statusCode()).as(answer).isEqualTo(201);
    assertThat(session.headers().firstValue("Content-Type")).hasValue("application/sdp");
    assertThat(answer).contains("a=ice-lite", " 192.0.2.7 42");
    String location = session.headers().firstValue("Location").orElseThrow();
    URI led = URI.create(url(path)).resolve(location);
    assertThat(led.getScheme()).isEqualTo("https");
    assertThat(led.getPort()).isEqualTo(secure);
    assertThat(send(request(led.toString()).DELETE()).statusCode()).isIn(200, 204);
    assertThat(send(request(led.toString()).DELETE()).statusCode()).isEqualTo(404);
    return answer;
  }

  @Test
  void bigRecordingsAreFetchedByLinksThatLeadThroughIt() throws Exception {
    post("/v1/calls", "application/json", "{\"id\":\"c\"}");
    post(
        "/v1/calls/c/compositions",
        "application/json",
        "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}");
    OutputSpec.Recording recording =
        (OutputSpec.Recording)
            node.store().calls().loadState("c").compositions().getFirst().outputs().getFirst();
    byte[] content = new byte[40 << 20];
    new Random(1).nextBytes(content);
    Files.write(Path.of(recording.file()), content);

    JsonNode link = json(send(request("/v1/recordings/" + recording.recording() + "/access-link")));
    String url = link.get("url").asString();
    assertThat(url).startsWith("https://localhost:" + secure + "/");
    HttpResponse<byte[]> whole = send(HttpRequest.newBuilder(URI.create(url)));
    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.body()).isEqualTo(content);
    int from = 30_000_001;
    HttpResponse<byte[]> part =
        send(HttpRequest.newBuilder(URI.create(url)).header("Range", "bytes=" + from + "-"));
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, from, content.length));

    byte[] large = new byte[7 << 20];
    assertThat(
            send(request("/v1/assets/large").PUT(HttpRequest.BodyPublishers.ofByteArray(large)))
                .statusCode())
        .as("it gets through to the node, which looks at it")
        .isIn(400, 409, 415, 422);
    assertThat(Files.walk(directory.resolve("tmp-proxy")).filter(Files::isRegularFile)).isEmpty();
  }

  @Test
  void theClientsAddressIsBelievedOfTheProxyOnly() throws Exception {
    String wrong = "Bearer wrong";
    send(
        HttpRequest.newBuilder(URI.create(url("/v1/calls")))
            .header("Authorization", wrong)
            .header("X-Forwarded-For", "198.51.100.4, 203.0.113.9"));
    // nginx appends its own client's address, a proxy's in this test; what is before it is the
    // client.
    assertThat(refusals()).containsExactly("GET /v1/calls refused (401) from 203.0.113.9");

    try (TestNode other =
            new TestNode(
                TestNode.config(directory.resolve("other"), true, 42200, 42299)
                    .withHttp(http("10.0.0.1")));
        HttpClient direct = HttpClient.newHttpClient()) {
      log.list.clear();
      direct.send(
          HttpRequest.newBuilder(URI.create(other.server.url() + "/v1/calls"))
              .header("Authorization", wrong)
              .header("X-Forwarded-For", "203.0.113.9")
              .build(),
          HttpResponse.BodyHandlers.discarding());
      assertThat(refusals()).containsExactly("GET /v1/calls refused (401) from 127.0.0.1");
    }
  }

  private List<String> refusals() {
    return log.list.stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(message -> message.contains("refused (401)"))
        .toList();
  }
}
