package dev.callcast.server.store;

import java.util.Locale;

/** What a playlist keeps of a stream. */
public enum HlsPlaylistType {
  /** A window of the newest segments. */
  LIVE,
  /** All segments, from the first one on. */
  EVENT,
  /** All segments, once the stream has ended. */
  VOD;

  /** Its name in the API. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }
}
