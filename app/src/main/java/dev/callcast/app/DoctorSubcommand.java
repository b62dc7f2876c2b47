package dev.callcast.app;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.api.WebFrameConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code callcast doctor}: what this machine has and lacks, and what to do. Exit status 1 when
 * something needed is missing.
 */
@Command(
    name = "doctor",
    description = "Checks packages, codecs, ports, disk and CPU, and says what to do.")
final class DoctorSubcommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec commandSpec;

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

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A node's configuration: what it asks for is looked at as well.")
  private @Nullable Path config;

  @Override
  public Integer call() throws IOException {
    List<Diagnosis.Finding> findings = new Diagnosis(data, rtpPorts, webFrames()).findings();
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

  private WebFrameConfig webFrames() throws IOException {
    if (config == null) {
      return WebFrameConfig.OFF;
    }
    try {
      if (!Files.isReadable(config)) {
        throw new IllegalArgumentException("the configuration file " + config + " can't be read");
      }
      return NodeSettings.read(config).toConfig().webFrames();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(commandSpec).commandLine(), e.getMessage(), e);
    }
  }
}
