package dev.callcast.app;

import java.time.Duration;

/**
 * Turns SIGINT and SIGTERM into a flag that a command's loop looks at, and gives the command time
 * to finish its file.
 */
final class Interrupt {
  private volatile boolean raised;

  private Interrupt() {}

  /** Watches for signals on behalf of the calling thread. */
  static Interrupt watch(Duration patience) {
    Interrupt interrupt = new Interrupt();
    Thread command = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("on-interrupt")
                .unstarted(() -> {
                  interrupt.raised = true;
                  try {
                    command.join(patience);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
    return interrupt;
  }

  boolean isRaised() {
    return raised;
  }
}
