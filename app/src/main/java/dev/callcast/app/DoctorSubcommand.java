package dev.callcast.app;

import dev.callcast.protocol.ProtocolJson;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code callcast doctor}: what this machine has and lacks, and what to do. Exit status 1 when
 * something needed is missing.
 */
@Command(
    name = "doctor",
    description = "Checks packages, codecs, ports, disk and CPU, and says what to do.")
final class DoctorSubcommand implements Callable<Integer> {
  @Option(names = "--json", description = "One JSON array instead of lines.")
  private boolean json;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where recordings would go. Default: ${DEFAULT-VALUE}")
  private Path data = Path.of(".");

  @Option(
      names = "--rtp-ports",
      paramLabel = "FROM-TO",
      defaultValue = "40000-40999",
      description = "Default: ${DEFAULT-VALUE}")
  private String rtpPorts = "40000-40999";

  @Override
  public Integer call() {
    List<Diagnosis.Finding> findings = new Diagnosis(data, rtpPorts).findings();
    if (json) {
      System.out.println(ProtocolJson.MAPPER.writeValueAsString(findings));
    } else {
      for (Diagnosis.Finding finding : findings) {
        System.out.printf(
            "%-4s  %-36s %s%n", finding.verdict().word(), finding.what(), finding.found());
        if (!finding.advice().isEmpty()) {
          System.out.println("      -> " + finding.advice());
        }
      }
    }
    return findings.stream().anyMatch(finding -> finding.verdict() == Diagnosis.Verdict.FAIL)
        ? 1
        : 0;
  }
}
