package dev.callcast.testkit.fault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/**
 * Debian's Chromium, headless, with hls.js on a page of another origin, which plays a stream and
 * tells four times a second how it is. Whoever made it closes it.
 */
public final class HlsPlayer implements AutoCloseable {
  private static final String PAGE =
      """
      <video id=v muted autoplay></video><script src="/hls.js"></script><script>
      const v = document.getElementById('v');
      const hls = new Hls({lowLatencyMode: true});
      const errors = [], fatal = [];
      hls.on(Hls.Events.ERROR, (_, data) => (data.fatal ? fatal : errors).push(data.details));
      let parts = 0, whole = 0, discontinuities = 0, last = 0;
      hls.on(Hls.Events.FRAG_LOADED, (_, data) => data.part ? parts++ : whole++);
      hls.on(Hls.Events.FRAG_CHANGED, (_, data) => {
        if (data.frag.cc > last) { last = data.frag.cc; discontinuities++; }
      });
      hls.loadSource(new URLSearchParams(location.search).get('url'));
      hls.attachMedia(v);
      setInterval(() => fetch('/told', {method: 'POST', body: JSON.stringify({
        time: v.currentTime, width: v.videoWidth, pictures: v.getVideoPlaybackQuality().totalVideoFrames,
        ended: v.ended, latency: hls.latency, target: hls.targetLatency,
        behind: hls.playingDate ? (Date.now() - hls.playingDate.getTime()) / 1000 : null,
        sound: v.webkitAudioDecodedByteCount, parts, whole, discontinuities, errors, fatal})}), 250);
      </script>
      """;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Path directory;
  private final ChildProcess process;
  private volatile JsonNode told = ProtocolJson.MAPPER.createObjectNode();

  private HlsPlayer(Path script, String url) throws IOException {
    directory = Files.createTempDirectory("callcast-hls-player-");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext(
        "/", exchange -> send(exchange, "text/html", PAGE.getBytes(StandardCharsets.UTF_8)));
    server.createContext(
        "/hls.js", exchange -> send(exchange, "text/javascript", Files.readAllBytes(script)));
    server.createContext(
        "/told",
        exchange -> {
          told = ProtocolJson.MAPPER.readTree(exchange.getRequestBody().readAllBytes());
          send(exchange, "text/plain", new byte[0]);
        });
    server.start();
    String page = "http://127.0.0.1:" + server.getAddress().getPort() + "/?url=";
    List<String> command = ChromiumOptions.words(directory);
    command.add(page + URLEncoder.encode(url, StandardCharsets.UTF_8));
    process = new ChildProcess(command, directory);
  }

  /** Plays a stream; {@code script} is hls.js. */
  public static HlsPlayer play(Path script, String url) throws IOException {
    return new HlsPlayer(script, url);
  }

  private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /** How it was when it told last: {@code time}, {@code pictures}, {@code fatal} and others. */
  public JsonNode state() {
    return told;
  }

  /** Seconds that it has come to; 0 before it plays. */
  public double time() {
    return told.path("time").asDouble(0);
  }

  /** What Chromium wrote. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("output.log"), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    threads.shutdownNow();
    ChildProcess.deleteTree(directory);
  }
}
