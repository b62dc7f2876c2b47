package dev.callcast.server.api;

import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node as a process of its own, to be killed: the real one but for the supervision of workers,
 * whose part the test plays. {@link Child} starts it.
 */
final class NodeMain {
  private static final StorageConfig.Timing QUICK =
      new StorageConfig.Timing(
          S3Fixture.PART, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ZERO);

  private NodeMain() {}

  /** Arguments: name, data directory, database or "-", port of S3, credentials file, timing. */
  public static void main(String[] words) throws Exception {
    StorageConfig.S3 storage =
        S3Fixture.storage(
            Integer.parseInt(words[3]),
            Path.of(words[4]),
            Encryption.NONE,
            false,
            0,
            words[5].equals("standard") ? StorageConfig.Timing.DEFAULT : QUICK);
    TestNode node =
        new TestNode(
            S3Fixture.config(
                words[0], Path.of(words[1]), words[2].equals("-") ? null : words[2], storage));
    System.out.println(node.server.url());
    System.out.flush();
    new java.util.concurrent.CountDownLatch(1).await();
  }

  /** The process. */
  static final class Child {
    private final Process process;
    final String url;

    Child(
        String name,
        Path data,
        @Nullable String database,
        int port,
        Path credentials,
        String timing)
        throws IOException {
      process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-XX:+UseSerialGC",
                      // Those that are measured run as serve does: only C2 has SHA in hardware.
                      timing.equals("standard")
                          ? "-XX:TieredStopAtLevel=4"
                          : "-XX:TieredStopAtLevel=1",
                      "-Xmx256m",
                      "-cp",
                      System.getProperty("java.class.path"),
                      NodeMain.class.getName(),
                      name,
                      data.toString(),
                      database == null ? "-" : database,
                      Integer.toString(port),
                      credentials.toString(),
                      timing))
              .redirectError(
                  ProcessBuilder.Redirect.appendTo(
                      data.resolveSibling(data.getFileName() + ".log").toFile()))
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String line = out.readLine();
      while (line != null && !line.startsWith("http://")) {
        line = out.readLine(); // its log
      }
      Thread.ofVirtual().start(() -> out.lines().forEach(rest -> {}));
      if (line == null) {
        throw new IOException("the node did not start: see " + data + ".log");
      }
      url = line;
    }

    /** CPU time so far. */
    Duration cpu() {
      return process.info().totalCpuDuration().orElseThrow();
    }

    /** Resident memory in bytes. */
    long rss() throws IOException {
      return java.nio.file.Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))
          .stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElseThrow();
    }

    /** Sends a signal of that name. */
    void signal(String name) throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }
}
