package dev.callcast.app.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code callcast COMMAND} as a process of its own, as a shell starts it. The test closes it, which
 * kills what is left.
 */
final class RunningCommand implements AutoCloseable {
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private RunningCommand(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "command-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts it in a directory, which is also that of its temporary files; standard output and
   * standard error come together.
   */
  static RunningCommand start(Path directory, String... words) throws IOException {
    List<String> command = new ArrayList<>(Program.words("-Djava.io.tmpdir=" + directory));
    command.addAll(List.of(words));
    return new RunningCommand(
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start());
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      in.lines().forEach(lines::add);
    } catch (IOException e) {
      lines.add("reading: " + e);
    }
  }

  /** What it has said so far. */
  List<String> lines() {
    return lines;
  }

  /** The first line that begins so; waits for it. */
  String await(String beginning) throws IOException, InterruptedException {
    LiveCall.await(
        Duration.ofSeconds(60),
        "a line that begins with '" + beginning + "'; it said " + lines,
        () -> {
          boolean there = lines.stream().anyMatch(line -> line.startsWith(beginning));
          if (!there && !process.isAlive()) {
            throw new IOException("it has ended: " + lines);
          }
          return there;
        });
    return lines.stream().filter(line -> line.startsWith(beginning)).findFirst().orElseThrow();
  }

  /** What Ctrl-C does. */
  void interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).inheritIO().start().waitFor();
  }

  /** The exit status; waits for it. */
  int status() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("still running after a minute; it said " + lines);
    }
    reader.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
