package dev.callcast.bench;

import dev.callcast.protocol.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the start of a node costs: the CPU time of {@code serve}, of all its threads, from the
 * program's start until {@code /readyz} answers 200. On a new data directory, and on one that a
 * node has used. One thread.
 */
final class StartCost {
  private final Path program;
  private final int repeats;
  private final Consumer<String> progress;

  StartCost(Path program, int repeats, Consumer<String> progress) {
    this.program = program;
    this.repeats = repeats;
    this.progress = progress;
  }

  /**
   * Some starts.
   *
   * @param cpu s, user and system
   * @param compiling s, the JVM's compilers' part of it
   * @param wall s
   * @param rss MiB
   */
  record Starts(Spread cpu, Spread compiling, Spread wall, Spread rss) {
    private static Starts of(List<One> all) {
      return new Starts(
          Spread.of(all.stream().map(one -> one.used().cpu()).toList()),
          Spread.of(all.stream().map(one -> one.used().compiling()).toList()),
          Spread.of(all.stream().map(One::wall).toList()),
          Spread.of(all.stream().map(one -> one.used().rss()).toList()));
    }
  }

  private record One(ProcessCpu used, double wall) {}

  /** What came out. */
  record Measured(Starts fresh, Starts again) {
    String table() {
      return "serve until /readyz          CPU (s)          compilers  wall (s)  MiB%n".formatted()
          + row("on a new data directory", fresh)
          + row("on one that was used", again);
    }

    private static String row(String name, Starts starts) {
      return String.format(
          Locale.ROOT,
          "%-25s %5.2f (%.2f-%.2f) %12.2f %9.2f %5.0f%n",
          name,
          starts.cpu().median(),
          starts.cpu().min(),
          starts.cpu().max(),
          starts.compiling().median(),
          starts.wall().median(),
          starts.rss().median());
    }
  }

  Measured run() throws IOException, InterruptedException {
    List<One> fresh = new ArrayList<>();
    List<One> again = new ArrayList<>();
    // Once more than is counted: the first one reads the program from the disk.
    for (int turn = 0; turn <= repeats; turn++) {
      Path data = Files.createTempDirectory("callcast-start-");
      try {
        One first = start(data);
        One second = start(data);
        if (turn > 0) {
          fresh.add(first);
          again.add(second);
          progress.accept(
              String.format(
                  Locale.ROOT,
                  "start %d: %.2f, %.2f s",
                  turn,
                  first.used().cpu(),
                  second.used().cpu()));
        }
      } finally {
        delete(data);
      }
    }
    return new Measured(Starts.of(fresh), Starts.of(again));
  }

  private One start(Path data) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Process node =
        new ProcessBuilder(
                program.toString(), "serve", "--listen", "127.0.0.1:0", "--data", data.toString())
            .redirectError(data.resolve("start.log").toFile())
            .start();
    try (BufferedReader out =
            new BufferedReader(
                new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8));
        HttpClient http = HttpClient.newHttpClient()) {
      String line = out.readLine();
      if (line == null) {
        throw new IOException(
            program + " did not start: " + Files.readString(data.resolve("start.log")));
      }
      String url = ProtocolJson.MAPPER.readTree(line).get("url").asString();
      HttpResponse<Void> ready =
          http.send(
              HttpRequest.newBuilder(URI.create(url + "/readyz")).build(),
              HttpResponse.BodyHandlers.discarding());
      ProcessCpu used = ProcessCpu.of(node.pid());
      if (ready.statusCode() != 200) {
        throw new IOException("/readyz answers " + ready.statusCode());
      }
      return new One(used, (System.nanoTime() - began) / 1e9);
    } finally {
      node.destroy();
      if (!node.waitFor(20, TimeUnit.SECONDS)) {
        node.destroyForcibly();
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
