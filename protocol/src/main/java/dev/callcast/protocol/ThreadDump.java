package dev.callcast.protocol;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;

/** What the threads of this process are doing, as text. */
public final class ThreadDump {
  private ThreadDump() {}

  /** Every platform thread with its stack, its locks, and the CPU time it has had. Any thread. */
  public static String take() {
    var threads = ManagementFactory.getThreadMXBean();
    StringBuilder text = new StringBuilder();
    for (ThreadInfo thread : threads.dumpAllThreads(true, true)) {
      text.append(
          "\"%s\" #%d %s, %.3f s CPU"
              .formatted(
                  thread.getThreadName(),
                  thread.getThreadId(),
                  thread.getThreadState(),
                  Math.max(0, threads.getThreadCpuTime(thread.getThreadId())) / 1e9));
      if (thread.getLockName() != null) {
        text.append(", waits for ").append(thread.getLockName());
        if (thread.getLockOwnerName() != null) {
          text.append(" of \"").append(thread.getLockOwnerName()).append('"');
        }
      }
      text.append('\n');
      // ThreadInfo's own text ends after eight frames.
      for (StackTraceElement frame : thread.getStackTrace()) {
        text.append("  at ").append(frame).append('\n');
      }
      text.append('\n');
    }
    return text.toString();
  }
}
