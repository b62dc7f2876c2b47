package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.fault.NginxRtmp;
import dev.callcast.testkit.fault.Stunnel;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * One composition that is recorded and goes to many servers at once: one that is well, one behind
 * TLS, one whose certificate nobody knows, one that refuses, one that dies and comes back and then
 * hangs, and one that is added and taken away while the call is on. None disturbs another, and no
 * stream key is to be found anywhere.
 */
@Tag("media")
@Tag("peer")
class RtmpTest {
  private static final Logger log = LoggerFactory.getLogger(RtmpTest.class);

  private static final String GOOD = "good-k3y-1f7a";
  private static final String TLS = "tls-k3y-92bc";
  private static final String STRICT = "strict-k3y-0d41";
  private static final String DENIED = "denied-k3y-55d0";
  private static final String SHAKY = "shaky-k3y-77e2";
  private static final String LATE = "late-k3y-c21e";
  private static final List<String> KEYS = List.of(GOOD, TLS, STRICT, DENIED, SHAKY, LATE);

  private static Map<String, Object> output(String id, String url) {
    return Map.of("id", id, "type", "rtmp", "url", url);
  }

  @Test
  void manyServersOneOfEachKind() throws Exception {
    try (NginxRtmp nginx = NginxRtmp.start();
        NginxRtmp shaky = NginxRtmp.start();
        Stunnel tls = Stunnel.before(nginx.port());
        Stunnel unknown = Stunnel.before(nginx.port());
        LiveNode node = LiveNode.serve()) {
      nginx.deny(DENIED);
      LiveCall call = node.call("live");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 3).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      for (SyntheticParticipant person : people) {
        call.awaitTrackEvent("track.live", person.id(), "cam");
      }
      Map<String, Object> body = LiveCall.standard("grid");
      body.put(
          "outputs",
          List.of(
              Map.of("id", "rec", "type", "recording"),
              output("good", nginx.url(GOOD)),
              Map.of("id", "tls", "type", "rtmp", "url", tls.url(TLS), "tlsVerify", false),
              output("strict", unknown.url(STRICT)),
              output("denied", nginx.url(DENIED)),
              output("shaky", shaky.url(SHAKY))));
      call.compose(body);
      awaitState(call, "good", "live");
      awaitState(call, "tls", "live");
      awaitState(call, "shaky", "live");
      assertThat(awaitState(call, "strict", "retrying")).containsIgnoringCase("certificate");
      assertThat(awaitState(call, "denied", "retrying")).contains("publish");
      call.awaitMediaTime("main", 3);

      shaky.kill();
      assertThat(awaitState(call, "shaky", "retrying")).isNotEmpty();
      node.api().post(outputs(call), output("late", nginx.url(LATE)));
      awaitState(call, "late", "live");
      shaky.restart();
      LiveCall.await(
          Duration.ofSeconds(10),
          "the server that died is live again",
          () -> state(call, "shaky").get("state").asString().equals("live"));
      assertThat(state(call, "shaky").get("reconnects").asInt()).isPositive();
      double frozen = call.mediaTime("main");
      shaky.freeze();
      call.awaitMediaTime("main", frozen + 1.5);
      node.api().delete(outputs(call) + "/late");
      call.awaitMediaTime("main", frozen + 3);
      JsonNode good = state(call, "good");
      assertThat(good.get("state").asString()).isEqualTo("live");
      assertThat(good.get("dropped").asLong()).isZero();
      assertThat(good.get("reconnects").asLong()).isZero();
      assertThat(good.get("url").asString()).endsWith("/live/****");
      assertThat(call.compositionStats("main").get("skippedTicks").asLong()).isZero();
      String seen = call.state() + "\n" + call.events();
      String command = commandLine(call.workerPid());
      double end = call.mediaTime("main");
      Path file = call.stop("main");
      shaky.thaw();

      check("recording", file, people, end, 0.88);
      check("good", only(nginx, GOOD), people, end, 0.88);
      check("tls", only(nginx, TLS), people, end, 0.88);
      check("late", only(nginx, LATE), people, 0, 1);
      assertThat(nginx.attempts()).doesNotContain(STRICT);
      assertThat(nginx.attempts().stream().filter(DENIED::equals).count()).isGreaterThan(2);
      for (String key : KEYS) {
        assertThat(seen).doesNotContain(key);
        assertThat(command).doesNotContain(key);
        assertThat(filesWith(node.data(), key)).as("files that hold a stream key").isEmpty();
      }
      assertThat(filesWith(node.data(), "composition main is live")).as("logs").isNotEmpty();
    }
  }

  private static String outputs(LiveCall call) {
    return call.path() + "/compositions/main/outputs";
  }

  private static JsonNode state(LiveCall call, String output)
      throws IOException, InterruptedException {
    return call.api().get(outputs(call) + "/" + output);
  }

  /** Waits for an event that tells of that state; returns its reason. */
  private static String awaitState(LiveCall call, String output, String state) throws Exception {
    JsonNode data =
        call.awaitEvent(
                "output.state",
                event ->
                    event.get("data").get("output").asString().equals(output)
                        && event.get("data").get("state").asString().equals(state))
            .get("data");
    log.info("{} is {}: {}", output, state, data.get("reason"));
    return data.path("reason").asString("");
  }

  private static Path only(NginxRtmp nginx, String key) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(10), "the end of stream " + key, () -> nginx.bytesIn(key) < 0);
    assertThat(nginx.recordings(key)).hasSize(1);
    return nginx.recordings(key).getFirst();
  }

  private static void check(
      String what, Path file, List<SyntheticParticipant> people, double seconds, double share)
      throws Exception {
    List<Tile> tiles = Tiles.of("grid", Map.of(), 1280, 720, people, 0, Double.POSITIVE_INFINITY);
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}: {}", what, report.summary());
    assertThat(report.decodeErrors()).as(what).isEmpty();
    assertThat(report.longestPictureGap()).as(what).isLessThan(0.05);
    assertThat(report.frozen()).as(what).isEmpty();
    assertThat(report.silent()).as(what).isEmpty();
    if (seconds > 0) {
      assertThat(report.probe().video().seconds()).as(what).isCloseTo(seconds, within(1.0));
    }
    for (TileReport tile : report.tiles()) {
      // The first pictures of a call show placeholders: no key frame has come yet.
      assertThat(tile.right()).as(what).isGreaterThanOrEqualTo((int) (share * tile.pictures()));
      assertThat(tile.steps().backwards()).as(what).isZero();
      assertThat(tile.unheard()).as(what).isEmpty();
      assertThat(Math.abs(tile.sync().median())).as(what).isLessThan(20);
    }
  }

  private static String commandLine(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    return read(process.resolve("cmdline")) + read(process.resolve("environ"));
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  private static List<Path> filesWith(Path directory, String text) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".mp4") && read(file).contains(text)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
