package dev.callcast.media.output.mp4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.RecordingOpening;
import dev.callcast.media.output.ogg.OpusFile;
import dev.callcast.media.output.ogg.OpusFinisher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real browser loads, plays and seeks recordings, growing and finished, of every kind. */
@Tag("peer")
class ChromiumTest {
  private static final String PAGE =
      """
      <video id=v muted></video><script>
      const v = document.getElementById('v');
      const sound = async () => {
        const bytes = await (await fetch('/file')).arrayBuffer();
        const context = new OfflineAudioContext(1, 48000, 48000);
        return (await context.decodeAudioData(bytes)).duration;
      };
      const tell = what => fetch('/told', {method: 'POST', body: what});
      v.onerror = () => tell('error ' + v.error.message);
      v.onloadedmetadata = async () => {
        const duration = v.duration;
        await v.play();
        if (v.videoWidth) await new Promise(done => v.requestVideoFrameCallback(done));
        while (v.currentTime < 0.5) await new Promise(done => setTimeout(done, 20));
        v.pause();
        await new Promise(done => { v.onseeked = done; v.currentTime = 7.03; });
        let sum = 0;
        if (v.videoWidth) {
          const canvas = document.createElement('canvas');
          canvas.width = v.videoWidth; canvas.height = v.videoHeight;
          const context = canvas.getContext('2d');
          context.drawImage(v, 0, 0);
          sum = context.getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b) => a + b);
        }
        await v.play();
        while (v.currentTime < 7.5) await new Promise(done => setTimeout(done, 20));
        tell(['ok', duration, v.videoWidth, v.webkitAudioDecodedByteCount, sum, await sound()].join(' '));
      };
      v.src = '/file';
      </script>
      """;

  @TempDir Path directory;

  @Test
  void playsAndSeeks() throws Exception {
    var streams = TestStreams.lively();
    Path file = directory.resolve("recording.mp4");
    RecordingFileTest.write(
        file, streams, streams.interleaved(1_000_000_000L, 12_000_000_000L, 370_000_000L));
    assertPlays(file, "video/mp4", 10, 10);
    Mp4Finisher.finish(file, Mp4Finisher.Options.of("Chromium"));
    assertPlays(file, "video/mp4", 10, 10);
  }

  /** Pauses cut out, chapters, the index in front: and the sound does not fall behind. */
  @Test
  void playsPausesAndChapters() throws Exception {
    var streams = TestStreams.noisy();
    Path file = directory.resolve("pauses.mp4");
    var opening =
        FragmentedMp4Writer.open(
            file,
            streams.format(),
            FragmentedMp4Writer.Options.defaults().withReserve(Mp4Faststart.reserve(30, 60)));
    var cuts = new ArrayList<Gap>();
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (int loop = 0; loop < 2; loop++) {
        for (var packet : streams.interleaved(370_000_000L)) {
          writer.write(TestStreams.shifted(packet, loop * 12_000_000_000L));
        }
      }
      writer.end();
    }
    for (int i = 0; i < 11; i++) {
      // From the middle of a group of pictures to the next key frame.
      cuts.add(new Gap(TestStreams.tick(60 * i + 41 + i), TestStreams.tick(60 * i + 60)));
    }
    Mp4Finisher.finish(
        file,
        new Mp4Finisher.Options(
            "Chromium",
            "Callcast",
            cuts,
            false,
            List.of(
                new Mp4Finisher.Chapter(0, "one"),
                new Mp4Finisher.Chapter(9_000_000_000L, "two"))));
    double length = 24 - cuts.stream().mapToLong(Gap::length).sum() / 1e9;
    assertPlays(file, "video/mp4", length, length);
  }

  @Test
  void playsSoundAlone() throws Exception {
    var streams = TestStreams.noisy();
    Path file = directory.resolve("sound.m4a");
    var opening =
        FragmentedMp4Writer.open(
            file, streams.format().withoutVideo(), FragmentedMp4Writer.Options.defaults());
    try (var writer = ((Mp4Opening.Created) opening).writer()) {
      for (var packet : streams.audio()) {
        writer.write(packet);
      }
      writer.end();
    }
    Mp4Finisher.finish(
        file,
        Mp4Finisher.Options.of("sound").withChapters(List.of(new Mp4Finisher.Chapter(0, "one"))));
    assertPlays(file, "audio/mp4", 12, 12);

    Path ogg = directory.resolve("sound.ogg");
    var opus =
        OpusFile.open(ogg, OpusFile.Options.of(2, 96_000))
                instanceof RecordingOpening.Created(var f)
            ? f
            : null;
    try (opus) {
      for (int n = 0; n < 600; n++) {
        long pts = n * 20_000_000L;
        byte[] pcm = new byte[960 * 2 * 4];
        new Random(n).nextBytes(pcm);
        for (int i = 3; i < pcm.length; i += 4) {
          pcm[i] = 0x3d; // floats below 0.125
        }
        opus.write(new Packet(Packet.Kind.AUDIO, pcm, pts, pts, 20_000_000L, true));
      }
      opus.end();
    }
    OpusFinisher.finish(ogg, "sound", List.of(Map.entry(0L, "one")));
    assertPlays(ogg, "audio/ogg", 12, 12);
  }

  private void assertPlays(Path file, String type, double duration, double sound) throws Exception {
    var told = new CompletableFuture<String>();
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.createContext("/", exchange -> send(exchange, PAGE.getBytes(StandardCharsets.UTF_8)));
      server.createContext("/file", exchange -> sendRange(exchange, file, type));
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
        assertThat(words[2]).isEqualTo(type.startsWith("video") ? "320" : "0");
        assertThat(Long.parseLong(words[3])).as("decoded bytes of sound").isPositive();
        assertThat(Double.parseDouble(words[5])).as("sound").isCloseTo(sound, within(0.06));
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

  private static void sendRange(HttpExchange exchange, Path file, String type) throws IOException {
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
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.getResponseHeaders().add("Accept-Ranges", "bytes");
    exchange.sendResponseHeaders(range == null ? 200 : 206, to - from + 1L);
    try (var body = exchange.getResponseBody()) {
      body.write(all, from, to - from + 1);
    }
  }
}
