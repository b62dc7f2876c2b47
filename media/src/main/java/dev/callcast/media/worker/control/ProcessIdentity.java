package dev.callcast.media.worker.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One process of this machine, for ever: a pid alone is given to another process sooner or later.
 *
 * @param startTicks clock ticks after boot at which it started, field 22 of {@code /proc/PID/stat}
 * @param bootId which boot those ticks count from
 */
public record ProcessIdentity(long pid, long startTicks, String bootId) {

  /** The running process of this pid; empty when there is none, or only its zombie. */
  public static Optional<ProcessIdentity> of(long pid) {
    Optional<List<String>> stat = stat(pid);
    if (stat.isEmpty() || isDead(stat.get())) {
      return Optional.empty();
    }
    return Optional.of(new ProcessIdentity(pid, startTicks(stat.get()), readBootId()));
  }

  /**
   * Whether this very process still runs. A zombie (killed, not yet waited for: an orphan in a
   * container whose first process never waits stays one for ever) does not.
   */
  public boolean isAlive() {
    Optional<List<String>> stat = stat(pid);
    return stat.isPresent()
        && !isDead(stat.get())
        && startTicks(stat.get()) == startTicks
        && readBootId().equals(bootId);
  }

  /** Its command line as it stands in {@code /proc}; empty when it is gone. */
  public List<String> commandLine() {
    try {
      String raw = Files.readString(proc().resolve("cmdline"), StandardCharsets.ISO_8859_1);
      return Arrays.asList(raw.split("\0"));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** Its directory in {@code /proc}. */
  public Path proc() {
    return Path.of("/proc", Long.toString(pid));
  }

  /** SIGKILL, if it is still this process. */
  public void kill() {
    handle().ifPresent(ProcessHandle::destroyForcibly);
  }

  /** SIGTERM, if it is still this process. */
  public void terminate() {
    handle().ifPresent(ProcessHandle::destroy);
  }

  private Optional<ProcessHandle> handle() {
    return isAlive() ? ProcessHandle.of(pid) : Optional.empty();
  }

  /** The fields after the command's name, which is in parentheses and may contain anything. */
  private static Optional<List<String>> stat(long pid) {
    try {
      String stat =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      String fields = stat.substring(stat.lastIndexOf(')') + 2).strip();
      return Optional.of(Arrays.asList(fields.split(" ")));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static boolean isDead(List<String> stat) {
    String state = stat.get(0);
    return state.equals("Z") || state.equals("X");
  }

  /** Field 22 of proc(5), counted from 1; field 3 is the first in the list. */
  private static long startTicks(List<String> stat) {
    return Long.parseLong(stat.get(22 - 3));
  }

  private static String readBootId() {
    try {
      // By lines: Files.readString asks for one byte of a file that says it is empty, and gets no
      // more.
      return Files.readAllLines(Path.of("/proc/sys/kernel/random/boot_id")).getFirst().strip();
    } catch (IOException hidden) {
      return "";
    }
  }
}
