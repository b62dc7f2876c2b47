package dev.callcast.media.output;

import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.OutputStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State, counters and patience of an output to viewers. The output's own thread changes it; any
 * thread reads.
 */
final class StreamState {
  private static final Logger log = LoggerFactory.getLogger(StreamState.class);

  final AtomicLong bytes = new AtomicLong();
  final AtomicLong frames = new AtomicLong();
  final AtomicLong dropped = new AtomicLong();

  private final String id;
  private final String type;
  private final OutputTimers timers;
  private final OutputListener listener;
  private final AtomicInteger reconnects = new AtomicInteger();
  private volatile OutputStatus status = OutputStatus.CONNECTING;
  private volatile @Nullable String reason;
  private volatile Instant since = Instant.now();

  // The thread's own.
  private long firstFailure;
  private long delay;

  StreamState(String id, String type, OutputTimers timers, OutputListener listener) {
    this.id = id;
    this.type = type;
    this.timers = timers;
    this.listener = listener;
  }

  OutputStatus status() {
    return status;
  }

  OutputStats stats() {
    return new OutputStats(
        id,
        type,
        status,
        reason,
        since.truncatedTo(ChronoUnit.MILLIS).toString(),
        bytes.get(),
        frames.get(),
        dropped.get(),
        reconnects.get());
  }

  void become(OutputStatus next, @Nullable String why) {
    if (next != status || !Objects.equals(why, reason)) {
      status = next;
      reason = why;
      since = Instant.now();
      log.info("output {} is {}{}", id, next.json(), why == null ? "" : ": " + why);
      listener.changed(stats());
    }
  }

  /**
   * A connection has ended.
   *
   * @param started {@link System#nanoTime} of when it was begun
   * @return ns to wait before the next one: twice as long each time, but after one that was live
   */
  long retry(long started, String why) {
    if (status == OutputStatus.LIVE || firstFailure == 0) {
      firstFailure = started;
      delay = timers.firstDelay();
    } else {
      long most =
          System.nanoTime() - firstFailure < timers.patience()
              ? timers.fastDelay()
              : timers.slowDelay();
      delay = Math.min(delay * 2, most);
    }
    reconnects.incrementAndGet();
    become(OutputStatus.RETRYING, why);
    return delay;
  }
}
