package dev.callcast.app.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a worker takes of the machine. Each native pipeline has threads and descriptors of its own,
 * so one that is not given back shows here.
 *
 * @param rssBytes of memory that is resident
 * @param files open descriptors
 */
record WorkerSize(long rssBytes, int threads, int files) {
  static WorkerSize of(LiveCall call) throws IOException {
    Path process = Path.of("/proc", Long.toString(call.workerPid()));
    long rss = 0;
    int threads = 0;
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith("VmRSS:")) {
        rss = number(line) << 10;
      } else if (line.startsWith("Threads:")) {
        threads = (int) number(line);
      }
    }
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      return new WorkerSize(rss, threads, (int) descriptors.count());
    }
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
