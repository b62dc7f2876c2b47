package dev.callcast.server.sfu;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a connector stands to its SFU.
 *
 * @param reason why it is not attached, or null
 * @param since RFC 3339
 * @param publishers how many are followed
 */
public record SfuStatus(State state, @Nullable String reason, String since, int publishers) {
  /** Forward and back: a connector never gives up while its call is open. */
  public enum State {
    CONNECTING,
    ATTACHED,
    RETRYING,
    CLOSED;

    /** The name in JSON. */
    public String json() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
