package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.api.WebFrameConfig;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("media")
class DiagnosisTest {
  @Test
  void aMachineThatRunsTheseTestsHasEverythingThatIsNeeded() {
    assertThat(new Diagnosis(Path.of("."), "40000-40999", WebFrameConfig.OFF).findings())
        .hasSizeGreaterThan(8)
        .noneMatch(finding -> finding.verdict() == Diagnosis.Verdict.FAIL)
        .allMatch(
            finding -> finding.verdict() == Diagnosis.Verdict.OK || !finding.advice().isEmpty());
  }

  @Test
  void aBrowserIsLookedForWhereWebPagesAreConfigured() {
    for (String browser : List.of("no-such-browser", "chromium")) {
      WebFrameConfig config = new WebFrameConfig(List.of("*"), browser);
      assertThat(new Diagnosis(Path.of("."), "40000-40999", config).findings())
          .filteredOn(finding -> finding.what().equals(browser))
          .singleElement()
          .matches(f ->
              (f.verdict() == Diagnosis.Verdict.FAIL) == browser.equals("no-such-browser")
                  && (!browser.equals("no-such-browser") || f.advice().contains("chromium")));
    }
    assertThat(new Diagnosis(Path.of("."), "40000-40999", WebFrameConfig.OFF).findings())
        .noneMatch(finding -> finding.what().equals("chromium"));
  }

  @Test
  void portsInUseAndAMissingDirectoryAreFound() throws Exception {
    try (DatagramSocket taken = new DatagramSocket(0)) {
      String range = taken.getLocalPort() + "-" + taken.getLocalPort();
      assertThat(new Diagnosis(Path.of("/proc/nowhere"), range, WebFrameConfig.OFF).findings())
          .anyMatch(f -> f.what().equals("RTP ports") && f.verdict() == Diagnosis.Verdict.FAIL)
          .anyMatch(f -> f.what().equals("disk") && f.verdict() != Diagnosis.Verdict.OK);
    }
  }
}
