package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real browser loads, plays and seeks a finished recording and a growing one. */
@Tag("peer")
class ChromiumTest {
  private static final String PAGE =
      """
      <video id=v muted></video><script>
      const v = document.getElementById('v');
      const tell = what => fetch('/told', {method: 'POST', body: what});
      v.onerror = () => tell('error ' + v.error.message);
      v.onloadedmetadata = async () => {
        const duration = v.duration;
        await v.play();
        await new Promise(done => v.requestVideoFrameCallback(done));
        while (v.currentTime < 0.5) await new Promise(done => setTimeout(done, 20));
        v.pause();
        await new Promise(done => { v.onseeked = done; v.currentTime = 7.03; });
        const canvas = document.createElement('canvas');
        canvas.width = v.videoWidth; canvas.height = v.videoHeight;
        const context = canvas.getContext('2d');
        context.drawImage(v, 0, 0);
        const sum = context.getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b) => a + b);
        await v.play();
        while (v.currentTime < 7.5) await new Promise(done => setTimeout(done, 20));
        tell(['ok', duration, v.videoWidth, v.webkitAudioDecodedByteCount, sum].join(' '));
      };
      v.src = '/file.mp4';
      </script>
      """;

  @TempDir Path directory;

  @Test
  void playsAndSeeks() throws Exception {
    var streams = TestStreams.lively();
    Path file = directory.resolve("recording.mp4");
    RecordingFileTest.write(
        file, streams, streams.interleaved(1_000_000_000L, 12_000_000_000L, 370_000_000L));
    assertPlays(file, 10);
    Mp4Finisher.finish(file, Mp4Finisher.Options.of("Chromium"));
    assertPlays(file, 10);
  }

  private void assertPlays(Path file, double duration) throws Exception {
    var told = new CompletableFuture<String>();
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.createContext("/", exchange -> send(exchange, PAGE.getBytes(StandardCharsets.UTF_8)));
      server.createContext("/file.mp4", exchange -> sendRange(exchange, file));
      server.createContext(
          "/told",
          exchange -> {
            told.complete(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            send(exchange, new byte[0]);
          });
      server.start();
      var browser =
          new ProcessBuilder(
                  "chromium",
                  "--headless=new",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--autoplay-policy=no-user-gesture-required",
                  "--user-data-dir=" + directory.resolve("profile" + System.nanoTime()),
                  "http://127.0.0.1:" + server.getAddress().getPort() + "/")
              .redirectError(directory.resolve("chromium.err").toFile())
              .redirectOutput(directory.resolve("chromium.out").toFile())
              .start();
      try {
        String[] words = told.get(60, TimeUnit.SECONDS).split(" ");
        assertThat(words[0]).as(told.join()).isEqualTo("ok");
        assertThat(Double.parseDouble(words[1])).isCloseTo(duration, within(0.1));
        assertThat(words[2]).isEqualTo("320");
        assertThat(Long.parseLong(words[3])).as("decoded bytes of sound").isPositive();
      } finally {
        browser.descendants().forEach(ProcessHandle::destroyForcibly);
        browser.destroyForcibly().waitFor();
        server.stop(0);
      }
    }
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", "text/html");
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private static void sendRange(HttpExchange exchange, Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    int to = all.length - 1;
    if (range != null) {
      String[] ends = range.substring("bytes=".length()).split("-");
      from = Integer.parseInt(ends[0]);
      to = ends.length > 1 ? Math.min(to, Integer.parseInt(ends[1])) : to;
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + from + "-" + to + "/" + all.length);
    }
    exchange.getResponseHeaders().add("Content-Type", "video/mp4");
    exchange.getResponseHeaders().add("Accept-Ranges", "bytes");
    exchange.sendResponseHeaders(range == null ? 200 : 206, to - from + 1L);
    try (var body = exchange.getResponseBody()) {
      body.write(all, from, to - from + 1);
    }
  }
}
