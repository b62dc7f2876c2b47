package dev.callcast.media.worker.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuspectJournalTest {
  @TempDir Path directory;

  @Test
  void tellsWhoEnteredAndDidNotComeThrough() throws Exception {
    Path file = directory.resolve("suspects");
    try (SuspectJournal journal = new SuspectJournal(file)) {
      journal.mark("ada/cam", true);
      journal.mark("bob/cam", true);
      journal.mark("ada/cam", false);
      // Read while it is open: its writer may be dead for all the reader knows.
      assertThat(SuspectJournal.read(file)).containsExactly("bob/cam");
      journal.mark("bob/cam", false);
      assertThat(file).isEmptyFile();
      journal.mark("eve/cam", true);
      assertThat(SuspectJournal.read(file)).containsExactly("eve/cam");
      assertThatThrownBy(() -> journal.mark("a\nb/cam", true))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anEntryThatWasCutShortIsLeftAside() throws Exception {
    Path file = directory.resolve("suspects");
    assertThat(SuspectJournal.read(file)).isEmpty();
    Files.writeString(file, "+ada/cam\n+bob/ca");
    assertThat(SuspectJournal.read(file)).containsExactly("ada/cam");
  }
}
