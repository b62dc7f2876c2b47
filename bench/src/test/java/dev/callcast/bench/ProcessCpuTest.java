package dev.callcast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** CPU time is that of processes that the kernel knows. */
class ProcessCpuTest {
  /** A shell whose first child has used CPU time and is gone, and whose second one waits. */
  @Test
  void aTreeHoldsWhoIsThereAndWhoWas() throws Exception {
    Process shell =
        new ProcessBuilder(
                List.of(
                    "sh",
                    "-c",
                    "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; echo; cat; :"))
            .start();
    try {
      assertThat(shell.getInputStream().read()).isEqualTo('\n');
      assertThat(ProcessCpu.tree(shell.pid()))
          .isGreaterThan(ProcessCpu.of(shell.pid()).cpu() + 0.03);
    } finally {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly();
    }
  }
}
