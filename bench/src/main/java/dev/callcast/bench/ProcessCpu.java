package dev.callcast.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * What a running process has used so far, from {@code /proc}.
 *
 * @param cpu s, all threads, also those that have ended
 * @param compiling s, the JVM's compilers' part
 * @param rss MiB
 */
record ProcessCpu(double cpu, double compiling, double rss) {
  private static final double TICKS_PER_SECOND = 100;
  private static final int UTIME = 11;
  private static final int STIME = 12;

  /** Of children that have ended and were waited for. */
  private static final int CUTIME = 13;

  private static final int CSTIME = 14;

  static ProcessCpu of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    double cpu = seconds(process, UTIME, STIME);
    double rss = 0;
    for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.UTF_8)) {
      if (line.startsWith("VmRSS:")) {
        rss = Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
      }
    }
    return new ProcessCpu(cpu, compiling(process), rss);
  }

  /** Cores over the next seconds, without what its JVM compiles. */
  static double quietCores(long pid, int seconds) throws IOException, InterruptedException {
    ProcessCpu before = of(pid);
    long began = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    ProcessCpu after = of(pid);
    double cpu = after.cpu() - after.compiling() - before.cpu() + before.compiling();
    return cpu / ((System.nanoTime() - began) / 1e9);
  }

  /** What a process and all that it has started have used, s, also those that have ended. */
  static double tree(long pid) throws IOException {
    double cpu = withEnded(pid);
    for (ProcessHandle child : ProcessHandle.of(pid).orElseThrow().descendants().toList()) {
      try {
        cpu += withEnded(child.pid());
      } catch (IOException e) {
        // It has just ended, and counts among those of its parent.
      }
    }
    return cpu;
  }

  private static double withEnded(long pid) throws IOException {
    return seconds(Path.of("/proc", Long.toString(pid)), UTIME, STIME, CUTIME, CSTIME);
  }

  private static double seconds(Path process, int... numbers) throws IOException {
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.UTF_8);
    // proc(5): the name in brackets may hold anything; the 3rd field comes after it.
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    long ticks = 0;
    for (int number : numbers) {
      ticks += Long.parseLong(fields.get(number));
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** CPU time of the JVM's compilers' threads, s. */
  static double compiling(Path process) throws IOException {
    return threads(process, name -> name.startsWith("C1 Comp") || name.startsWith("C2 Comp"))
        .values()
        .stream()
        .mapToDouble(Double::doubleValue)
        .sum();
  }

  /** CPU time of each of a process's threads that runs and whose name fits, s. */
  static Map<Path, Double> threads(Path process, Predicate<String> names) throws IOException {
    Map<Path, Double> seconds = new HashMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        try {
          if (names.test(Files.readString(task.resolve("comm"), StandardCharsets.UTF_8).trim())) {
            seconds.put(task, onCpu(task));
          }
        } catch (IOException e) {
          seconds.remove(task); // The thread has ended.
        }
      }
    }
    return seconds;
  }

  /** A thread's time on the CPU, s. */
  static double onCpu(Path task) throws IOException {
    // proc(5): time spent on the CPU in ns comes first.
    String schedule = Files.readString(task.resolve("schedstat"), StandardCharsets.UTF_8);
    return Long.parseLong(schedule.substring(0, schedule.indexOf(' '))) / 1e9;
  }
}
