package dev.callcast.media.output;

import java.util.concurrent.TimeUnit;

/**
 * How patient an output to a server is. Times in ns unless said otherwise.
 *
 * @param firstDelay before the first reconnect, doubling after that
 * @param fastDelay the most it waits at first
 * @param patience how long "at first" lasts
 * @param slowDelay the most it waits later
 * @param liveness how long a server may take no data
 * @param check how often that is looked at
 * @param connectSeconds s for connecting, and for a blocked write
 * @param queueBytes bytes kept for a server that is slow; beyond, the stream resumes on the next
 *     key frame
 */
public record OutputTimers(
    long firstDelay,
    long fastDelay,
    long patience,
    long slowDelay,
    long liveness,
    long check,
    int connectSeconds,
    long queueBytes) {
  /** What production uses. */
  public static final OutputTimers DEFAULT =
      new OutputTimers(
          TimeUnit.MILLISECONDS.toNanos(500),
          TimeUnit.MILLISECONDS.toNanos(2500),
          TimeUnit.MINUTES.toNanos(10),
          TimeUnit.SECONDS.toNanos(15),
          TimeUnit.SECONDS.toNanos(10),
          TimeUnit.MILLISECONDS.toNanos(250),
          5,
          4 << 20);
}
