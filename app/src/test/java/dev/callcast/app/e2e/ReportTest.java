package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.send.Faults;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the report of a recording tells is what happened in the call, also over a worker's death.
 */
@Tag("media")
class ReportTest {
  private static final Logger log = LoggerFactory.getLogger(ReportTest.class);

  @Test
  void theReportTellsWhatHappened() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("told");
      call.endpoint("e1");
      SyntheticParticipant ada = TriedCall.person(0, "e1").withFaults(Faults.loss(5).withSeed(1));
      SyntheticParticipant bob = TriedCall.person(1, "e1");
      node.senders().prepare(List.of(ada, bob));
      call.compose(LiveCall.composition("main", 480, 270, 30, "grid"));
      call.awaitMediaTime("main", 2); // black and silent until here
      double joined = call.mediaTime("main");
      call.join(ada);
      call.join(bob);
      call.awaitTrackEvent("track.live", ada.id(), "cam");
      call.awaitMediaTime("main", call.mediaTime("main") + 4);

      double killed = call.mediaTime("main");
      node.worker("told").kill();
      LiveCall.await(
          Duration.ofSeconds(20),
          "a second worker that records",
          () -> call.events("recording.started").size() >= 2);
      call.awaitMediaTime("main", call.mediaTime("main") + 4);

      double left = call.mediaTime("main");
      call.leave(bob.id());
      node.senders().setMuted(ada.id(), "mic", true);
      call.awaitMediaTime("main", call.mediaTime("main") + 3);
      double end = call.mediaTime("main");
      Path file = call.stop("main");
      String path = "/v1/recordings/" + call.recordings().get(0).get("id").asString() + "/report";
      LiveCall.await(Duration.ofSeconds(10), "hashes", () -> node.api().get(path).has("hashes"));
      JsonNode report = node.api().get(path);
      log.info("joined {}, killed {}, left {}, ended {}: {}", joined, killed, left, end, report);

      assertThat(report.get("workers").asInt()).isEqualTo(2);
      assertThat(report.get("gaps").size()).isEqualTo(1);
      assertThat(report.get("pauses").size()).isZero();
      assertThat(report.get("ticks").asInt()).isGreaterThan((int) (30 * (killed - 2)));
      near(report.at("/black/0/to"), joined, 1.5);
      JsonNode silent = report.get("silent");
      near(silent.get(silent.size() - 1).get("from"), left, 1);
      near(silent.get(silent.size() - 1).get("to"), end, 1);

      JsonNode first = participant(report, ada);
      near(first.at("/present/0/from"), joined, 1.2);
      near(first.at("/present/0/to"), killed, 2.5);
      near(first.at("/present/1/to"), end, 1.2);
      JsonNode second = participant(report, bob);
      near(second.at("/present/1/to"), left, 1.2);
      JsonNode camera = first.at("/tracks/0");
      assertThat(camera.get("packets").asInt()).isGreaterThan(100);
      assertThat(camera.get("recovered").asInt() + camera.get("lost").asInt()).isPositive();
      assertThat(second.at("/tracks/0/lost").asInt()).isZero();
      assertThat(Math.abs(second.at("/avOffset/median").asDouble(99))).isLessThan(20);

      Path beside = file.resolveSibling(file.getFileName() + ".report.json");
      assertThat(ProtocolJson.MAPPER.readTree(Files.readString(beside))).isEqualTo(report);
      try (var files = Files.list(file.getParent())) {
        assertThat(files).as("beside the recording").containsExactlyInAnyOrder(file, beside);
      }
    }
  }

  private static JsonNode participant(JsonNode report, SyntheticParticipant wanted) {
    for (JsonNode one : report.get("participants")) {
      if (one.get("id").asString().equals(wanted.id())) {
        return one;
      }
    }
    throw new AssertionError("no " + wanted.id() + " in " + report);
  }

  private static void near(JsonNode seconds, double expected, double tolerance) {
    assertThat(seconds.asDouble(-99)).isCloseTo(expected, within(tolerance));
  }
}
