package dev.callcast.app.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How long threads have stood in line for a core: what is the machine's fault, and not theirs. From
 * {@code schedstat} of /proc, in s.
 */
final class CoreWait {
  private CoreWait() {}

  /** The most that one of a process' threads of such names has since its start. */
  static double most(long pid, Predicate<String> name) throws IOException {
    return ofThreads(pid, name).values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }

  /** The sum over all threads of all processes that this one has started, and they. */
  static double ofChildren() throws IOException {
    double sum = 0;
    for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
      sum +=
          ofThreads(child.pid(), name -> true).values().stream()
              .mapToDouble(Double::doubleValue)
              .sum();
    }
    return sum;
  }

  private static Map<Path, Double> ofThreads(long pid, Predicate<String> name) throws IOException {
    Map<Path, Double> waits = new HashMap<>();
    Path all = Path.of("/proc/" + pid + "/task");
    if (!Files.exists(all)) {
      return waits;
    }
    try (var tasks = Files.newDirectoryStream(all)) {
      for (Path task : tasks) {
        try {
          if (name.test(Files.readAllLines(task.resolve("comm")).getFirst())) {
            String[] ran = Files.readAllLines(task.resolve("schedstat")).getFirst().split(" ");
            waits.put(task, Long.parseLong(ran[1]) / 1e9);
          }
        } catch (IOException e) {
          // A thread that has just ended: its files are gone, or open and cannot be read (ESRCH).
          if (Files.exists(task)) {
            throw e;
          }
        }
      }
    }
    return waits;
  }
}
