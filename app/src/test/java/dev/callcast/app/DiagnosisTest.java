package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class DiagnosisTest {
  @Test
  void aMachineThatRunsTheseTestsHasEverythingThatIsNeeded() {
    assertThat(new Diagnosis(Path.of("."), "40000-40999").findings())
        .hasSizeGreaterThan(8)
        .noneMatch(finding -> finding.verdict() == Diagnosis.Verdict.FAIL)
        .allMatch(
            finding -> finding.verdict() == Diagnosis.Verdict.OK || !finding.advice().isEmpty());
  }

  @Test
  void portsInUseAndAMissingDirectoryAreFound() throws Exception {
    try (DatagramSocket taken = new DatagramSocket(0)) {
      String range = taken.getLocalPort() + "-" + taken.getLocalPort();
      assertThat(new Diagnosis(Path.of("/proc/nowhere"), range).findings())
          .anyMatch(f -> f.what().equals("RTP ports") && f.verdict() == Diagnosis.Verdict.FAIL)
          .anyMatch(f -> f.what().equals("disk") && f.verdict() != Diagnosis.Verdict.OK);
    }
  }
}
