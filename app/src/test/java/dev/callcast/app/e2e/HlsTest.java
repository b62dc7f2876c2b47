package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.testkit.fault.HlsPlayer;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A call as HLS: a browser with hls.js plays it with low latency over the death of the worker and
 * to the end, ffmpeg plays it live and as a whole.
 */
@Tag("media")
@Tag("peer")
class HlsTest {
  private static final Logger log = LoggerFactory.getLogger(HlsTest.class);
  private static final Path WEB = Path.of("..", "web").toAbsolutePath().normalize();

  @TempDir Path directory;

  @Test
  void aCallIsPlayedOverTheDeathOfItsWorkerAndToItsEnd() throws Exception {
    Path script = script();
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("hls");
      call.endpoint("e1");
      call.joinAll(
          List.of(SyntheticParticipant.of(0, "P0", "e1"), SyntheticParticipant.of(1, "P1", "e1")));
      Map<String, Object> body = LiveCall.standard("grid");
      body.put("video", Map.of("keyframeInterval", 1));
      body.put(
          "outputs",
          List.of(
              Map.of("id", "ll", "type", "hls", "segmentDuration", 2, "partDuration", 0.333),
              Map.of("id", "all", "type", "hls", "segmentDuration", 2, "playlist", "event")));
      call.compose(body);
      LiveCall.await(Duration.ofSeconds(10), "segments", () -> segments(call, "ll") > 0);
      String low = node.url() + output(call, "ll").get("url").asString();
      String all = node.url() + output(call, "all").get("url").asString();

      try (HlsPlayer player = HlsPlayer.play(script, low)) {
        LiveCall.await(
            Duration.ofSeconds(20),
            "playing",
            () ->
                player.state().path("pictures").asInt() > 15
                    && player.state().path("sound").asLong() > 0);
        JsonNode playing = player.state();
        log.info("Chromium plays: {}", playing);
        assertThat(playing.get("width").asInt()).isEqualTo(1280);
        assertThat(playing.get("parts").asInt()).as("parts loaded").isPositive();
        ffmpeg("-i", all, "-t", "2");

        double before = player.time();
        ProcessIdentity worker = node.worker(call.id());
        worker.kill();
        LiveCall.await(
            Duration.ofSeconds(15),
            "playing what the next worker makes",
            () -> player.state().get("discontinuities").asInt() > 0 && player.time() > before + 2);
        log.info("and goes on: {}", player.state());

        node.api().post(call.path() + "/compositions/main/stop", Map.of());
        LiveCall.await(
            Duration.ofSeconds(10), "the end", () -> text(node, media(low)).contains("ENDLIST"));
        LiveCall.await(
            Duration.ofSeconds(10),
            "played to the end",
            () -> player.state().get("ended").asBoolean());
        log.info("to the end: {}", player.state());
        assertThat(player.state().get("fatal")).as(player.log()).isEmpty();
      }
      LiveCall.await(
          Duration.ofSeconds(5), "the end", () -> text(node, media(all)).contains("ENDLIST"));
      String playlist = text(node, media(all));
      assertThat(playlist.lines().filter("#EXT-X-DISCONTINUITY"::equals)).hasSize(1);
      assertThat(playlist.lines().filter(line -> line.startsWith("#EXT-X-MAP"))).hasSize(2);
      double seconds =
          playlist
              .lines()
              .filter(line -> line.startsWith("#EXTINF:"))
              .mapToDouble(line -> Double.parseDouble(line.substring(8).replace(",", "")))
              .sum();
      int pictures = 0;
      double lasting = 0;
      for (Path run : runs(node, all, playlist)) {
        String packets =
            tool(
                ("ffprobe -v error -select_streams v -of csv=p=0 -show_entries packet=pts_time "
                        + run)
                    .split(" "));
        double[] times =
            packets
                .lines()
                .mapToDouble(line -> Double.parseDouble(line.replace(",", "")))
                .sorted()
                .toArray();
        log.info("{}: {} pictures", run.getFileName(), times.length);
        pictures += times.length;
        lasting += times[times.length - 1] - times[0] + 1.0 / 30;
      }
      log.info("{} s of segments, {} s of {} pictures", seconds, lasting, pictures);
      // What the playlist promises is there; a picture stays longer where a busy machine skips one.
      assertThat(lasting).isCloseTo(seconds, within(0.05));
      assertThat((double) pictures).isBetween(seconds * 30 * 0.9, seconds * 30 + 2);
      ffmpeg("-i", all);
    }
  }

  private static JsonNode output(LiveCall call, String output)
      throws IOException, InterruptedException {
    return call.api().get(call.path() + "/compositions/main/outputs/" + output);
  }

  private static int segments(LiveCall call, String output)
      throws IOException, InterruptedException {
    return output(call, output).path("segments").asInt(0);
  }

  private static String media(String url) {
    return url.replace("index.m3u8", "media.m3u8");
  }

  private static String text(LiveNode node, String url) throws IOException, InterruptedException {
    return new String(node.raw(url).body(), StandardCharsets.UTF_8);
  }

  /** Decodes without a complaint, but of times that begin anew behind a discontinuity. */
  private void ffmpeg(String... input) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error"));
    command.addAll(List.of(input));
    command.addAll(List.of("-map", "0:v", "-map", "0:a", "-f", "null", "-"));
    assertThat(tool(command.toArray(String[]::new)).lines().filter(line -> !line.contains("DTS")))
        .isEmpty();
  }

  /**
   * Each run of a playlist, its init file and its segments in one file: ffmpeg, whose MP4 reader
   * knows one start of a file's time, leaves out pictures of the second run.
   */
  private List<Path> runs(LiveNode node, String url, String playlist) throws Exception {
    List<Path> runs = new ArrayList<>();
    for (String line : playlist.lines().toList()) {
      String name = null;
      if (line.startsWith("#EXT-X-MAP")) {
        runs.add(directory.resolve("run-" + runs.size() + ".mp4"));
        name = line.replaceAll(".*URI=\"([^\"]*)\".*", "$1");
      } else if (line.endsWith(".m4s")) {
        name = line;
      }
      if (name != null) {
        byte[] bytes = node.raw(url.replace("index.m3u8", name)).body();
        Files.write(runs.getLast(), bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    }
    return runs;
  }

  private String tool(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "tool", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(command[0] + " ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(out);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** hls.js, which npm fetches where the dashboard itself came from the cache. */
  private Path script() throws IOException, InterruptedException {
    tool(WEB.resolve("build").toString(), "--modules");
    return WEB.resolve("node_modules/hls.js/dist/hls.min.js");
  }
}
