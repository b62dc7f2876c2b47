package dev.callcast.app.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A machine to install packages on: this one's files with a layer over them that is thrown away,
 * its network, and a real systemd of its own; see {@code machine.sh}. It takes root and systemd;
 * elsewhere the test is skipped. Closed by who made it, which ends all its processes.
 */
final class OwnMachine implements AutoCloseable {
  private static final Duration BOOT = Duration.ofSeconds(30);

  private final Path directory;
  private final Process unshare;
  private final long first;

  private OwnMachine(Path directory, Process unshare, long first) {
    this.directory = directory;
    this.unshare = unshare;
    this.first = first;
  }

  /** What a command said, on both outputs, and its exit status. */
  record Said(int status, String text) {
    /** The text of a command that has to succeed. */
    String ok() throws IOException {
      if (status != 0) {
        throw new IOException("status " + status + ": " + text);
      }
      return text;
    }
  }

  static OwnMachine boot() throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "only root can have a machine of its own");
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/lib/systemd/systemd")), "systemd is not installed");
    Path directory = Files.createTempDirectory("callcast-machine-");
    Path script = directory.resolve("machine.sh");
    try (InputStream in = OwnMachine.class.getResourceAsStream("machine.sh")) {
      Files.write(script, in.readAllBytes());
    }
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    Path log = directory.resolve("log");
    Process unshare =
        new ProcessBuilder(script.toString(), directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    long end = System.nanoTime() + BOOT.toNanos();
    while (unshare.isAlive() && System.nanoTime() < end) {
      List<ProcessHandle> children = unshare.children().toList();
      if (!children.isEmpty()) {
        OwnMachine machine = new OwnMachine(directory, unshare, children.getFirst().pid());
        String state = machine.run("systemctl", "is-system-running").text().strip();
        if (state.equals("running") || state.equals("degraded")) {
          return machine;
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    String why = Files.readString(log);
    unshare.descendants().forEach(ProcessHandle::destroyForcibly);
    unshare.destroyForcibly().waitFor();
    Assumptions.abort("no machine of its own: " + why);
    throw new AssertionError(why);
  }

  /** Runs a command inside, as root. */
  Said run(String... words) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + first,
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
                "--cgroup",
                "--root",
                "--wd",
                "--"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> !name.equals("LANG"));
    builder
        .environment()
        .put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), text);
  }

  /** The same by a shell. */
  Said sh(String line) throws IOException, InterruptedException {
    return run("sh", "-c", line);
  }

  /** A file inside, seen from here. */
  Path file(String path) {
    return Path.of("/proc/" + first + "/root" + path);
  }

  /** What was made inside, relative to its root; what was deleted there is not named. */
  List<String> made() throws IOException {
    Path upper = directory.resolve("upper");
    try (Stream<Path> all = Files.walk(upper)) {
      return all.filter(path -> Files.isRegularFile(path) || Files.isDirectory(path))
          .map(path -> "/" + upper.relativize(path))
          .toList();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    ProcessHandle.of(first).ifPresent(ProcessHandle::destroyForcibly);
    unshare.waitFor(20, TimeUnit.SECONDS);
    Path groups = Path.of(Files.readString(directory.resolve("cgroup")).strip());
    for (int attempt = 0; Files.exists(groups) && attempt < 50; attempt++) {
      removeDirectories(groups);
      TimeUnit.MILLISECONDS.sleep(100);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Only directories can be removed there, and only those without processes. */
  private static void removeDirectories(Path groups) throws IOException {
    try (Stream<Path> all = Files.walk(groups)) {
      for (Path group : all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        try {
          Files.deleteIfExists(group);
        } catch (FileSystemException busy) {
          return; // its processes are about to end
        }
      }
    }
  }
}
