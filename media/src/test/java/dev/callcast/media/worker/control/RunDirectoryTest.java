package dev.callcast.media.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.WorkerEvent.Happened;
import dev.callcast.protocol.WorkerEvent.RolledOver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path root;

  @Test
  void keepsWhatAWorkerLeaves() throws Exception {
    RunDirectory directory = RunDirectory.of(root, "..", 12);
    directory.create();
    assertThat(directory.readEvents()).isEmpty();
    assertThat(directory.readRollovers()).isEmpty();
    assertThat(directory.readWorker()).isEmpty();

    List<Happened> events =
        List.of(new Happened(12, 1, "finished", "2026-11-22T10:00:00.000Z", 1.5, Map.of("a", 1)));
    List<RolledOver> rollovers = List.of(new RolledOver("e1", 0xffff_ffffL, 3));
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    directory.writeEvents(events);
    directory.writeRollovers(rollovers);
    directory.writeWorker(self);

    assertThat(directory.readEvents()).isEqualTo(events);
    assertThat(directory.readRollovers()).isEqualTo(rollovers);
    assertThat(directory.readWorker()).contains(self);
    assertThat(self.isAlive()).isTrue();
    // This process runs, but its command line names no such call: some other process.
    assertThat(directory.liveWorker()).isEmpty();
    assertThat(RunDirectory.list(root)).containsExactly(directory);
  }

  @Test
  void aPidThatWasGivenToAnotherProcessIsNobody() {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    assertThat(new ProcessIdentity(self.pid(), self.startTicks() - 1, self.bootId()).isAlive())
        .isFalse();
    assertThat(new ProcessIdentity(self.pid(), self.startTicks(), "another boot").isAlive())
        .isFalse();
  }
}
