package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.fault.SrtReceiver;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A call as SRT through the API of a whole node: it calls one ffmpeg, and another one calls it,
 * each with a passphrase of its own. Both get the call, who has the wrong passphrase gets nothing,
 * and no passphrase is shown.
 */
@Tag("media")
@Tag("peer")
@Tag("long")
class SrtTest {
  private static final Logger log = LoggerFactory.getLogger(SrtTest.class);

  private static final String OURS = "correct horse battery";
  private static final String THEIRS = "staple of the listener";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @Test
  void whoIsCalledAndWhoCallsGetTheCall() throws Exception {
    int port = SrtReceiver.freePort();
    int listened = SrtReceiver.freePort();
    try (SrtReceiver server = SrtReceiver.listening(port, OURS);
        LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("srt");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          List.of(SyntheticParticipant.of(0, "P0", "e1"), SyntheticParticipant.of(1, "P1", "e1"));
      call.joinAll(people);
      for (SyntheticParticipant person : people) {
        call.awaitTrackEvent("track.live", person.id(), "cam");
      }
      Map<String, Object> body = LiveCall.standard("grid");
      body.put("outputs", List.of());
      call.compose(body);
      // Who joins gets everything since the last key frame: both are seen by that of 2 s.
      call.awaitMediaTime("main", 3);
      String outputs = call.path() + "/compositions/main/outputs";
      node.api()
          .post(
              outputs,
              Map.of(
                  "id",
                  "calls",
                  "type",
                  "srt",
                  "url",
                  url(port),
                  "passphrase",
                  OURS,
                  "latency",
                  0.5));
      node.api()
          .post(
              outputs,
              Map.of(
                  "id",
                  "listens",
                  "type",
                  "srt",
                  "url",
                  url(listened),
                  "mode",
                  "listener",
                  "passphrase",
                  THEIRS));
      try (SrtReceiver stranger = SrtReceiver.calling(listened, OURS)) {
        assertThat(stranger.awaitEnd(PATIENCE)).as("it is refused").isTrue();
        assertThat(stranger.bytes()).isZero();
      }
      JsonNode waiting = node.api().get(outputs + "/listens");
      assertThat(waiting.get("state").asString()).isEqualTo("connecting");
      assertThat(waiting.get("encrypted").asBoolean()).isTrue();
      try (SrtReceiver player = SrtReceiver.calling(listened, THEIRS)) {
        for (String output : List.of("calls", "listens")) {
          LiveCall.await(
              PATIENCE,
              output + " is live",
              () -> node.api().get(outputs + "/" + output).get("state").asString().equals("live"));
        }
        // ffmpeg looks at the first five seconds before it writes them.
        LiveCall.await(
            PATIENCE,
            "both have received",
            () -> server.bytes() > 200_000 && player.bytes() > 200_000);
        String seen = call.state() + "\n" + call.events() + "\n" + node.workerLog("srt");
        Path called = server.finish();
        Path calling = player.finish();
        check("called", called, people);
        check("calling", calling, people);
        assertThat(seen).doesNotContain(OURS).doesNotContain(THEIRS);
      }
    }
  }

  private static String url(int port) {
    return "srt://127.0.0.1:" + port;
  }

  private static void check(String what, Path file, List<SyntheticParticipant> people)
      throws Exception {
    ContentReport report =
        ContentCheck.run(
            file, Tiles.of("grid", Map.of(), 1280, 720, people, 0, Double.POSITIVE_INFINITY));
    log.info("{}: {}", what, report.summary());
    assertThat(report.decodeErrors()).as(what).isEmpty();
    assertThat(report.longestPictureGap()).as(what).isLessThan(0.05);
    assertThat(report.silent()).as(what).isEmpty();
    assertThat(report.probe().video().seconds()).as(what).isGreaterThan(3.5);
    for (TileReport tile : report.tiles()) {
      assertThat(tile.right()).as(what).isEqualTo(tile.pictures());
      assertThat(tile.unheard()).as(what).isEmpty();
      assertThat(Math.abs(tile.sync().median())).as(what).isLessThan(20);
    }
  }
}
