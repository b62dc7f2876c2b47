package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.report.ReportLine;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is noted of a recording that is known only a while after its media begins. */
class ReportNotesTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;
  private final AtomicReference<ReportNotes.Now> now = new AtomicReference<>();

  private void at(double mediaTime, Map<Path, Long> recordings, Map<String, String> present) {
    now.set(
        new ReportNotes.Now(
            mediaTime,
            recordings,
            present,
            new ReportLine.Counters(Math.round(mediaTime * 30), 0, List.of(), Map.of())));
  }

  private static ReportLine.Begun begun(List<ReportLine> lines) {
    return lines.stream()
        .filter(ReportLine.Begun.class::isInstance)
        .map(ReportLine.Begun.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static List<ReportLine> of(List<ReportLine> lines, String participant) {
    return lines.stream()
        .filter(line ->
            line instanceof ReportLine.Joined joined && joined.participant().equals(participant)
                || line instanceof ReportLine.Left left && left.participant().equals(participant))
        .toList();
  }

  @Test
  void theTimeBeforeItWasKnownIsInItsNotes() {
    Path first = directory.resolve("first.mp4");
    Path second = directory.resolve("second.mp4");
    try (ReportNotes notes = new ReportNotes("main", new ContentWatch(), now::get)) {
      at(0, Map.of(), Map.of("ada", "Ada", "bob", "Bob"));
      notes.look();
      at(1, Map.of(), Map.of("ada", "Ada"));
      notes.look();
      at(2, Map.of(first, 0L), Map.of("ada", "Ada"));
      notes.look();
      at(3, Map.of(first, 0L), Map.of("ada", "Ada", "eve", "Eve"));
      notes.look();
      // One that was asked for at 4 s begins with the key frame before.
      at(4.5, Map.of(first, 0L, second, 2 * SECOND), Map.of("ada", "Ada", "eve", "Eve"));
      notes.look();
      at(6, Map.of(first, 0L), Map.of("ada", "Ada", "eve", "Eve"));
      notes.ended(second);
    }
    List<ReportLine> lines = ReportJournal.read(first);
    assertThat(begun(lines).at()).isZero();
    assertThat(begun(lines).counters().ticks()).isZero();
    assertThat(of(lines, "ada")).containsExactly(new ReportLine.Joined(0, "ada", "Ada"));
    assertThat(of(lines, "bob"))
        .containsExactly(new ReportLine.Joined(0, "bob", "Bob"), new ReportLine.Left(1, "bob"));
    assertThat(of(lines, "eve")).containsExactly(new ReportLine.Joined(3, "eve", "Eve"));

    lines = ReportJournal.read(second);
    assertThat(begun(lines).at()).isEqualTo(2);
    assertThat(begun(lines).counters().ticks()).isEqualTo(60);
    assertThat(of(lines, "eve")).containsExactly(new ReportLine.Joined(3, "eve", "Eve"));
    // What there was at its end is noted before anybody hears of that.
    assertThat(lines.getLast().at()).isEqualTo(6);
    assertThat(lines.getLast()).isInstanceOf(ReportLine.Counted.class);
  }
}
