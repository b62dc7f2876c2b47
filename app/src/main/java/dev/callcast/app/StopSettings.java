package dev.callcast.app;

import dev.callcast.server.api.StopConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What becomes of the calls at SIGTERM, as the configuration says it; {@code limit} in s. */
record StopSettings(@Nullable String mode, @Nullable Integer limit) {
  static final StopSettings EMPTY = new StopSettings(null, null);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  StopConfig toConfig() {
    StopConfig.Mode wanted =
        switch (mode) {
          case null -> StopConfig.DEFAULT.mode();
          case "hand-over" -> StopConfig.Mode.HAND_OVER;
          case "drain" -> StopConfig.Mode.DRAIN;
          case "finish" -> StopConfig.Mode.FINISH;
          default ->
              throw new IllegalArgumentException(
                  "stop.mode has to be hand-over, drain or finish, not " + mode);
        };
    if (limit != null && limit < 0) {
      throw new IllegalArgumentException("stop.limit has to be 0 s or more, not " + limit);
    }
    return new StopConfig(
        wanted, limit == null ? StopConfig.DEFAULT.limit() : Duration.ofSeconds(limit));
  }
}
