package dev.callcast.server.recordings.upload;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait after a failure: 0.5 s, doubling to 10 s, each a quarter more or less. */
public final class Backoff {
  private static final long FIRST_MILLIS = 500;
  private static final long MOST_MILLIS = 10_000;

  private int failures;

  /** Of a failure in a row. */
  public Duration next() {
    long millis = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(failures++, 10));
    return Duration.ofMillis(
        millis * 3 / 4 + ThreadLocalRandom.current().nextLong(Math.max(1, millis / 2)));
  }

  public void succeeded() {
    failures = 0;
  }

  int failures() {
    return failures;
  }
}
