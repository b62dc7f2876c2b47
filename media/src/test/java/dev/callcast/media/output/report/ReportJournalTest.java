package dev.callcast.media.output.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportJournalTest {
  @TempDir Path directory;

  private static ReportLine.Counters counters(long ticks) {
    return new ReportLine.Counters(
        ticks, 1, List.of(new ReportLine.TrackCount("ada", "cam", 9, 2, 1)), Map.of("ada", -3.5));
  }

  @Test
  void theNextWorkerGoesOnBehindALineThatWasTorn() throws IOException {
    Path recording = directory.resolve("r1.mp4");
    assertThat(ReportJournal.read(recording)).isEmpty();
    List<ReportLine> first =
        List.of(
            new ReportLine.Begun(0, counters(0)),
            new ReportLine.Joined(0, "ada", "Ada \"L.\"\nLovelace"),
            new ReportLine.Nothing(1, "black", 2.5));
    try (ReportJournal journal = ReportJournal.open(recording)) {
      first.forEach(journal::append);
    }
    Files.writeString(
        ReportJournal.fileFor(recording),
        "{\"type\":\"counted\",\"at\":3,\"coun",
        StandardOpenOption.APPEND);
    List<ReportLine> second =
        List.of(
            new ReportLine.Begun(5, counters(4)),
            new ReportLine.Left(6, "ada"),
            new ReportLine.Counted(
                7, counters(9), List.of(new ReportLine.Nothing(5, "silent", 7))));
    try (ReportJournal journal = ReportJournal.open(recording)) {
      second.forEach(journal::append);
    }
    assertThat(ReportJournal.read(recording))
        .containsExactly(
            first.get(0), first.get(1), first.get(2), second.get(0), second.get(1), second.get(2));
  }

  @Test
  void whereNothingCanBeWrittenTheRecordingGoesOn() {
    Path nowhere = directory.resolve("no/such/r1.mp4");
    try (ReportJournal journal = ReportJournal.open(nowhere)) {
      journal.append(new ReportLine.Left(1, "ada"));
    }
    assertThat(ReportJournal.read(nowhere)).isEmpty();
  }
}
