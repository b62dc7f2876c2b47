package dev.callcast.app;

import dev.callcast.server.webhooks.WebhookTimers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The file's {@code webhooks}, in seconds; null where nothing was said. */
record WebhookSettings(
    @Nullable Double timeout,
    @Nullable Double firstRetry,
    @Nullable Double slowestRetry,
    @Nullable Double giveUpAfter,
    @Nullable Double kept) {
  static final WebhookSettings EMPTY = new WebhookSettings(null, null, null, null, null);

  /** Fills in the defaults. */
  WebhookTimers toTimers() {
    WebhookTimers standard = WebhookTimers.DEFAULT;
    return new WebhookTimers(
        seconds(timeout, standard.timeout()),
        seconds(firstRetry, standard.firstRetry()),
        seconds(slowestRetry, standard.slowestRetry()),
        seconds(giveUpAfter, standard.giveUpAfter()),
        seconds(kept, standard.kept()));
  }

  private static Duration seconds(@Nullable Double seconds, Duration fallback) {
    return seconds == null ? fallback : Duration.ofMillis(Math.round(seconds * 1000));
  }
}
