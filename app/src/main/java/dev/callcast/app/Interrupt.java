package dev.callcast.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGINT and SIGTERM into a flag that a command's loop looks at, and gives the command time
 * to finish its file. The process then ends with the command's own status, not with the signal's: a
 * run that was cut short is as good as its file.
 */
final class Interrupt {
  private static final CountDownLatch ENDED = new CountDownLatch(1);
  private static volatile int status;

  private volatile boolean raised;

  private Interrupt() {}

  /** Watches for signals; the process waits so long for {@link #ended} when one comes. */
  static Interrupt watch(Duration patience) {
    Interrupt interrupt = new Interrupt();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("on-interrupt").unstarted(() -> interrupt.raise(patience)));
    return interrupt;
  }

  /** The command is done, and the process is to end with this status. */
  static void ended(int newStatus) {
    status = newStatus;
    ENDED.countDown();
  }

  private void raise(Duration patience) {
    if (ENDED.getCount() == 0) {
      return; // no signal: the process ends because its work is done
    }
    raised = true;
    try {
      if (ENDED.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        System.out.flush();
        Runtime.getRuntime().halt(status);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isRaised() {
    return raised;
  }
}
