package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code demo} and {@code record} as people run them. */
@Tag("media")
class CommandsTest {
  @TempDir Path directory;

  @Test
  void theDemoEndsWithAFileThatPassedItsCheck() throws Exception {
    try (RunningCommand demo =
        RunningCommand.start(
            directory, "demo", "--participants", "2", "--seconds", "4", "--canvas", "640x360")) {
      passes(demo);
      assertThat(demo.lines())
          .anyMatch(line -> line.startsWith("Watch it: http://127.0.0.1:"))
          .anyMatch(line -> line.matches(" +\\d+\\.\\d s  grid  .* fps  .* cores  .* Mbit/s.*"))
          .anyMatch(line -> line.endsWith("output rec is live"))
          .noneMatch(line -> line.contains("INFO"))
          .last()
          .asString()
          .startsWith(directory.toRealPath().resolve("callcast-demo.mp4").toString());
    }
    assertThat(left()).isEmpty();
  }

  /** Its file passes the check, unless it says itself that the machine was too busy for that. */
  private static void passes(RunningCommand demo) throws Exception {
    int status = demo.status();
    if (demo.lines().stream().noneMatch(line -> line.contains("left out for want of time"))) {
      assertThat(status).as("%s", demo.lines()).isZero();
      assertThat(demo.lines().getLast()).endsWith("check passed");
    }
  }

  @Test
  @Tag("long")
  void aDemoThatIsInterruptedFinishesItsFile() throws Exception {
    Path file = directory.resolve("cut.mp4");
    try (RunningCommand demo =
        RunningCommand.start(
            directory, "demo", "--participants", "1", "--seconds", "600", "--output", "cut.mp4")) {
      demo.await("Watch it");
      TimeUnit.SECONDS.sleep(4);
      demo.interrupt();
      passes(demo);
    }
    assertThat(ContentCheck.run(file, List.of()).probe().duration()).isBetween(1.0, 30.0);
    assertThat(left()).isEmpty();
  }

  @Test
  void recordTakesWhatAnSfuSends() throws Exception {
    List<SyntheticParticipant> people =
        List.of(SyntheticParticipant.of(0, "P0", "e1"), SyntheticParticipant.of(1, "P1", "e1"));
    List<String> words = new ArrayList<>(List.of("record", "--output", "call.mp4"));
    for (SyntheticParticipant participant : people) {
      for (SyntheticTrack track : participant.tracks()) {
        words.add("--track");
        words.add(option(participant, track));
      }
    }
    try (Senders senders = Senders.start();
        RunningCommand record = RunningCommand.start(directory, words.toArray(String[]::new))) {
      senders.prepare(people);
      String said = record.await("Send RTP here: ");
      JsonNode endpoint = ProtocolJson.MAPPER.readTree(said.substring(said.indexOf('{')));
      senders.open(
          TransportSpec.of(
              "e1", endpoint.get("ip").asString(), endpoint.get("port").asInt(), null));
      for (SyntheticParticipant participant : people) {
        senders.add(participant);
      }
      LiveCall.await(
          Duration.ofSeconds(20),
          "all tracks are received",
          () -> record.lines().stream().filter(l -> l.endsWith("is received")).count() == 4);
      TimeUnit.SECONDS.sleep(5);
      record.interrupt();
      assertThat(record.status()).as("%s", record.lines()).isZero();
      assertThat(record.lines().getLast()).contains("call.mp4").endsWith("MB");
    }
    Path file = directory.resolve("call.mp4");
    double end = ContentCheck.run(file, List.of()).probe().duration();
    List<Tile> tiles =
        Tiles.of(
            "grid",
            Map.of("videoSettings.showParticipantLabels", true),
            1280,
            720,
            people,
            end - 4,
            end - 0.5);
    ContentReport report = ContentCheck.run(file, tiles);
    assertThat(report.tiles()).allSatisfy(tile -> assertThat(tile.right()).isGreaterThan(90));
    assertThat(report.decodeErrors()).isEmpty();
  }

  private static String option(SyntheticParticipant participant, SyntheticTrack track) {
    String rtx =
        track.rtx() == null
            ? ""
            : ":rtx=%d/%d".formatted(track.rtx().ssrc(), track.rtx().payloadType());
    return "%s:%s:ssrc=%d:pt=%d%s"
        .formatted(
            participant.id(),
            track.codec().encodingName(),
            track.ssrc(),
            track.layers().getFirst().payloadType(),
            rtx);
  }

  /** What demo and record keep while they run. */
  private List<Path> left() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("callcast-demo-"))
          .toList();
    }
  }
}
