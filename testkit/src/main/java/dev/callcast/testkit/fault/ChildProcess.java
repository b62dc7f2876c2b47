package dev.callcast.testkit.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A daemon as a child process in a directory of its own; always addressed by its process id. */
public final class ChildProcess {
  private final Process process;
  private final Path log;

  /** Starts it; what it says goes into {@code output.log} of the directory. */
  public ChildProcess(List<String> command, Path directory) throws IOException {
    log = directory.resolve("output.log");
    process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  /** Waits until something listens there. */
  void awaitPort(int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + 40_000_000_000L;
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException(
              "no answer on port " + port + ": " + Files.readString(log, StandardCharsets.UTF_8),
              e);
        }
        Thread.sleep(20);
      }
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Whether it has ended by itself within that time. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sends a signal to the process and its children; {@code name} without SIG. */
  void signal(String name) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    process.toHandle().descendants().forEach(child -> command.add(Long.toString(child.pid())));
    command.add(Long.toString(process.pid()));
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /** SIGKILL, children included, and waits. */
  public void kill() throws InterruptedException {
    List<ProcessHandle> children = process.toHandle().descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    process.waitFor(5, TimeUnit.SECONDS);
  }

  /** SIGTERM, and SIGKILL after 5 s. */
  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      kill();
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Deletes a directory and all in it. */
  public static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
