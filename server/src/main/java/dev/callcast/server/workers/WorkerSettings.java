package dev.callcast.server.workers;

import dev.callcast.protocol.WorkerEvent;
import java.time.Duration;
import java.util.List;

/**
 * How long the supervision waits for what.
 *
 * @param startLimit from the start of a process to its answer on the socket
 * @param tick between two looks at a worker's liveness
 * @param silentTicks looks in a row without a word after which a worker is killed. Ticks and not
 *     time, so that a node that was itself stopped or starved does not kill its workers on waking
 * @param closeLimit for finishing the outputs, after Shutdown; again, shorter, after SIGTERM
 * @param requestLimit for a snapshot or the stats
 * @param restartDelays before the first, second ... restart after crashes that name no suspect; the
 *     last one repeats
 * @param calmAfter a worker that ran this long starts the delays anew
 * @param suspectWindow two crashes within it that name the same stream exclude the stream
 * @param oldestProtocol the oldest version of a worker's protocol that it speaks
 * @param newestProtocol the newest one
 */
public record WorkerSettings(
    Duration startLimit,
    Duration tick,
    int silentTicks,
    Duration closeLimit,
    Duration requestLimit,
    List<Duration> restartDelays,
    Duration calmAfter,
    Duration suspectWindow,
    int oldestProtocol,
    int newestProtocol) {
  public static final WorkerSettings DEFAULT =
      new WorkerSettings(
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          5,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          List.of(
              Duration.ZERO,
              Duration.ofMillis(500),
              Duration.ofSeconds(1),
              Duration.ofSeconds(2),
              Duration.ofSeconds(5)),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          WorkerEvent.OLDEST_PROTOCOL_VERSION,
          WorkerEvent.PROTOCOL_VERSION);

  public WorkerSettings {
    restartDelays = List.copyOf(restartDelays);
    if (restartDelays.isEmpty()) {
      throw new IllegalArgumentException("no restart delay");
    }
  }

  /** Whether a worker of this version understands every state. */
  boolean speaks(int protocol) {
    return protocol >= oldestProtocol && protocol <= newestProtocol;
  }

  /** For how long a worker may say nothing. */
  Duration silence() {
    return tick.multipliedBy(silentTicks);
  }
}
