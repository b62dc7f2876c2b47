package dev.callcast.server.webhooks;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How patient deliveries are.
 *
 * @param timeout for one attempt, from connecting to the end of the answer
 * @param firstRetry before the second attempt; each later one waits three times as long
 * @param slowestRetry the longest that an attempt waits
 * @param giveUpAfter how long an event is tried
 * @param kept how long the log of deliveries is kept
 */
public record WebhookTimers(
    Duration timeout,
    Duration firstRetry,
    Duration slowestRetry,
    Duration giveUpAfter,
    Duration kept) {
  /** Some thirty attempts in a day. */
  public static final WebhookTimers DEFAULT =
      new WebhookTimers(
          Duration.ofSeconds(15),
          Duration.ofSeconds(2),
          Duration.ofHours(1),
          Duration.ofHours(24),
          Duration.ofDays(7));

  public WebhookTimers {
    for (Duration each : new Duration[] {timeout, firstRetry, slowestRetry, giveUpAfter, kept}) {
      if (each.isNegative() || each.isZero()) {
        throw new IllegalArgumentException("times of webhooks have to be positive");
      }
    }
  }

  /** Before the next attempt after so many, a quarter more or less. */
  Duration delay(int attempts) {
    double millis =
        Math.min(
            (double) slowestRetry.toMillis(),
            firstRetry.toMillis() * Math.pow(3, Math.min(attempts - 1, 40)));
    return Duration.ofMillis(
        Math.round(millis * (0.75 + 0.5 * ThreadLocalRandom.current().nextDouble())));
  }
}
