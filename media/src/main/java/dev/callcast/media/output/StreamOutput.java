package dev.callcast.media.output;

import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.OutputStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes to viewers, for as long as it takes: one thread of its own connects, sends, and begins
 * anew when that fails. Made and closed by the composition; state and counters may be read by any
 * thread.
 */
public abstract class StreamOutput implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StreamOutput.class);

  /** How long {@link #close} waits; the thread may be in a look-up of the server's name. */
  static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  protected final OutputTimers timers;
  protected final AtomicLong bytes = new AtomicLong();
  protected final AtomicLong frames = new AtomicLong();
  protected final AtomicLong dropped = new AtomicLong();

  private final String id;
  private final String type;
  private final OutputListener listener;
  private @Nullable Thread thread; // made by start(), on the thread that made this
  private final AtomicInteger reconnects = new AtomicInteger();
  private volatile OutputStatus status = OutputStatus.CONNECTING;
  private volatile @Nullable String reason;
  private volatile Instant since = Instant.now();
  private volatile boolean closing;

  // The thread's own.
  private long firstFailure;
  private long delay;

  protected StreamOutput(String id, String type, OutputTimers timers, OutputListener listener) {
    this.id = id;
    this.type = type;
    this.timers = timers;
    this.listener = listener;
  }

  /** Begins to connect; the last thing that a constructor does. */
  protected final void start() {
    thread = Thread.ofPlatform().daemon().name(type + "-" + id).start(this::run);
  }

  /** One connection, from its first byte to its end; returns why it ended. */
  protected abstract String connection();

  private void run() {
    while (!closing) {
      long started = System.nanoTime();
      String failure;
      try {
        failure = connection();
      } catch (RuntimeException e) {
        log.error("output {}", id, e);
        failure = e.toString();
      }
      if (!closing) {
        retry(started, failure);
      }
    }
    become(OutputStatus.STOPPED, null);
  }

  /** Waits for the next connection: twice as long each time, but after one that was live. */
  private void retry(long started, String why) {
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
    pause(delay);
  }

  /** The state and the counters as they are now. */
  public final OutputStats stats() {
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

  protected final OutputStatus status() {
    return status;
  }

  protected final void become(OutputStatus next, @Nullable String why) {
    if (next != status || !Objects.equals(why, reason)) {
      status = next;
      reason = why;
      since = Instant.now();
      log.info("output {} is {}{}", id, next.json(), why == null ? "" : ": " + why);
      listener.changed(stats());
    }
  }

  protected final boolean isClosing() {
    return closing;
  }

  /** Waits for that many ns, for a notification, or for the end. */
  protected final synchronized void pause(long nanos) {
    if (!closing) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, nanos);
      } catch (InterruptedException e) {
        closing = true;
      }
    }
  }

  /** Lets go of the other side, as its protocol wants it, and ends; 5 s at most. */
  @Override
  public final void close() {
    closing = true;
    synchronized (this) {
      notifyAll();
    }
    try {
      if (thread != null && !thread.join(CLOSE_LIMIT)) {
        log.error("output {} does not end within {}: it is left", id, CLOSE_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
