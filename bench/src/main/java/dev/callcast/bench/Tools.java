package dev.callcast.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The bench's small C programs, compiled into a directory when they are first needed, and what they
 * measure. Stateless beside that directory; one thread.
 */
final class Tools {
  private final Path directory;

  Tools(Path directory) {
    this.directory = directory;
  }

  /**
   * What one run of a program used, its children included.
   *
   * @param cpu s, user and system
   * @param wall s
   * @param rss most resident memory, MiB
   */
  record Usage(double cpu, double wall, double rss) {}

  /** A program ended with an error; the message holds the end of what it said. */
  static final class ProgramException extends IOException {
    private static final long serialVersionUID = 1;

    ProgramException(String message) {
      super(message);
    }
  }

  /** Compiles a program of this package's resources unless that was done, and returns its path. */
  Path compiled(String name, String... libraries) throws IOException, InterruptedException {
    byte[] source;
    try (InputStream in = Tools.class.getResourceAsStream(name + ".c")) {
      if (in == null) {
        throw new IOException("resource " + name + ".c is missing");
      }
      source = in.readAllBytes();
    }
    Files.createDirectories(directory);
    Path program = directory.resolve(name);
    Path copy = directory.resolve(name + ".c");
    if (Files.exists(program)
        && Files.exists(copy)
        && new String(source, StandardCharsets.UTF_8).equals(Files.readString(copy))) {
      return program;
    }
    Path fresh = directory.resolve(name + ".new.c");
    Files.write(fresh, source);
    List<String> command =
        new ArrayList<>(List.of("cc", "-O2", "-Wall", "-o", program.toString(), fresh.toString()));
    for (String library : libraries) {
      command.add("-l" + library);
    }
    run(command);
    Files.move(fresh, copy, StandardCopyOption.REPLACE_EXISTING);
    return program;
  }

  /** Runs a command to its end and returns all it said. */
  static String run(List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
    } catch (IOException e) {
      throw new IOException(
          command.getFirst()
              + " cannot be run; the bench needs gcc, libyuv-dev, gstreamer1.0-tools"
              + " and ffmpeg",
          e);
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new ProgramException(
          String.format(
              Locale.ROOT,
              "%s ended with status %d: %s",
              String.join(" ", command),
              status,
              said.length() > 4000 ? said.substring(said.length() - 4000) : said));
    }
    return said;
  }

  /** Runs a command to its end and measures it. */
  Usage measure(List<String> command) throws IOException, InterruptedException {
    Path runner = compiled("cpu_of");
    Path report = Files.createTempFile(directory, "usage-", ".txt");
    try {
      List<String> all = new ArrayList<>(List.of(runner.toString(), report.toString()));
      all.addAll(command);
      run(all);
      String[] words = Files.readString(report).trim().split(" ", -1);
      return new Usage(
          (Long.parseLong(words[0]) + Long.parseLong(words[1])) / 1e6,
          Long.parseLong(words[2]) / 1e6,
          Long.parseLong(words[3]) / 1024.0);
    } finally {
      Files.delete(report);
    }
  }
}
