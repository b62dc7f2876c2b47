package dev.callcast.server.recordings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.recording.FinishedFile;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.protocol.RecordingOptions;
import dev.callcast.server.store.StoredRecording;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RecordingReportTest {
  private static final long SECOND = 1_000_000_000L;

  private static final StoredRecording RECORDING =
      new StoredRecording(
          "r1",
          "i1",
          "c",
          "main",
          "rec",
          "recording",
          null,
          "/x/r1.mp4",
          "local",
          "c/r1.mp4",
          0,
          0,
          List.of(),
          null,
          "",
          null,
          null,
          "n1",
          "composition",
          List.of(),
          RecordingOptions.DEFAULT,
          null,
          null);

  /** From 1 s to 21 s: a worker died at 8 s, the next came at 10 s; a pause from 15 s to 17 s. */
  private static final FinishedFile FILE =
      new FinishedFile(
          1000,
          18 * SECOND,
          SECOND,
          List.of(new Gap(0, 14 * SECOND), new Gap(16 * SECOND, 20 * SECOND)),
          List.of(new Gap(7 * SECOND, 9 * SECOND)),
          0,
          false);

  private static ReportLine.Counters counted(long ticks, long lost, double offset) {
    return new ReportLine.Counters(
        ticks,
        ticks / 10,
        List.of(new ReportLine.TrackCount("ada", "cam", ticks * 2, lost, lost + 1)),
        Map.of("ada", offset));
  }

  private static ReportLine.Nothing nothing(String kind, double from, double to) {
    return new ReportLine.Nothing(from, kind, to);
  }

  private static JsonNode report() {
    return RecordingReport.of(
        RECORDING,
        FILE,
        List.of(
            new ReportLine.Begun(1, counted(30, 5, 0)),
            new ReportLine.Joined(1, "ada", "Ada"),
            new ReportLine.Joined(2, "bob", "Bob"),
            nothing("black", 0, 2),
            new ReportLine.Left(4, "bob"),
            new ReportLine.Counted(7, counted(210, 8, -4), List.of(nothing("silent", 5, 7))),
            // Killed. The next one counts from nothing.
            new ReportLine.Begun(10, counted(0, 0, 2)),
            new ReportLine.Joined(10, "ada", "Ada"),
            new ReportLine.Counted(12, counted(60, 1, 12), List.of()),
            nothing("silent", 7.02, 13),
            new ReportLine.Counted(22, counted(330, 4, 3), List.of(nothing("frozen", 20, 22)))));
  }

  @Test
  void runsAreAddedAndCutToTheFile() {
    JsonNode report = report();
    assertThat(report.get("workers").asInt()).isEqualTo(2);
    // The last ten seconds that were counted reach a second beyond the file.
    int ticks = 210 - 30 + 60 + 270 * 9 / 10;
    assertThat(report.get("ticks").asInt()).isEqualTo(ticks);
    assertThat(report.get("skippedTicks").asInt()).isEqualTo(ticks / 10);
    JsonNode ada = report.at("/participants/0");
    assertThat(ada.get("name").asString()).isEqualTo("Ada");
    assertThat(ada.at("/tracks/0/packets").asInt()).isEqualTo(2 * ticks);
    assertThat(ada.at("/tracks/0/lost").asInt()).isEqualTo(8 - 5 + 1 + 3);
    assertThat(ada.at("/tracks/0/recovered").asInt()).isEqualTo(9 - 6 + 1 + 3);
    assertThat(ada.at("/avOffset/median").asDouble()).isEqualTo(3);
    assertThat(ada.at("/avOffset/largest").asDouble()).isEqualTo(12);
  }

  @Test
  void whatWasCountedBeforeTheFileBeginsIsNotOfIt() {
    JsonNode report =
        RecordingReport.of(
            RECORDING,
            FILE,
            List.of(
                new ReportLine.Begun(0.5, counted(15, 0, 0)),
                new ReportLine.Counted(1.5, counted(45, 0, 0), List.of()),
                new ReportLine.Counted(21, counted(630, 0, 0), List.of())));
    assertThat(report.get("ticks").asInt()).isEqualTo(600);
  }

  @Test
  void presenceEndsWithTheLastWordOfAWorkerThatWasKilled() {
    assertThat(report().at("/participants/0/present").toString())
        .isEqualTo("[{\"from\":1.0,\"to\":7.0},{\"from\":10.0,\"to\":21.0}]");
    assertThat(report().at("/participants/1/present").toString())
        .isEqualTo("[{\"from\":2.0,\"to\":4.0}]");
  }

  @Test
  void spansAreThoseOfTheFile() {
    JsonNode report = report();
    assertThat(report.get("start").asDouble()).isEqualTo(1);
    assertThat(report.get("end").asDouble()).isEqualTo(21);
    assertThat(report.get("segments").toString())
        .isEqualTo("[{\"from\":1.0,\"to\":15.0},{\"from\":17.0,\"to\":21.0}]");
    assertThat(report.get("pauses").toString()).isEqualTo("[{\"from\":15.0,\"to\":17.0}]");
    assertThat(report.get("gaps").toString()).isEqualTo("[{\"from\":8.0,\"to\":10.0}]");
    assertThat(report.get("black").toString()).isEqualTo("[{\"from\":1.0,\"to\":2.0}]");
    assertThat(report.get("silent").toString()).isEqualTo("[{\"from\":5.0,\"to\":13.0}]");
    assertThat(report.get("frozen").toString()).isEqualTo("[{\"from\":20.0,\"to\":21.0}]");
  }

  @Test
  void withoutNotesTheFileIsAllThatIsKnown() {
    JsonNode report = RecordingReport.of(RECORDING, FILE, List.of());
    assertThat(report.get("workers").asInt()).isZero();
    assertThat(report.get("duration").asDouble()).isEqualTo(18);
    assertThat(report.get("participants").isEmpty()).isTrue();
  }
}
