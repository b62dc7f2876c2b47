package dev.callcast.server.api;

import java.time.Duration;

/**
 * What a node does about its calls when it is to end.
 *
 * @param limit how long it waits for them; what is left then is handed over
 */
public record StopConfig(Mode mode, Duration limit) {
  /** The ways to end. */
  public enum Mode {
    /** Ends at once. Workers go on, and the next node of the same data directory finds them. */
    HAND_OVER,
    /** Takes no new calls, and waits until those that are open are closed by their owners. */
    DRAIN,
    /** Takes no new calls, closes those that are open, and waits for their recordings. */
    FINISH
  }

  public static final StopConfig DEFAULT = new StopConfig(Mode.HAND_OVER, Duration.ofSeconds(60));
}
