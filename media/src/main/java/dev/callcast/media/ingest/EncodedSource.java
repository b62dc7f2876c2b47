package dev.callcast.media.ingest;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Encoded media of one track in decoding order, read from somewhere that is not live. One thread.
 */
@FunctionalInterface
public interface EncodedSource {
  /**
   * A video frame (H.264: an access unit with start codes) or a packet of sound.
   *
   * @param data belongs to the taker
   * @param pts ns on the timeline of what is composed
   */
  @SuppressWarnings("ArrayRecordComponent") // handed through, never compared
  record Unit(byte[] data, long pts) {}

  /**
   * The next unit, or null at the end.
   *
   * @throws IOException when it cannot be read
   */
  @Nullable Unit next() throws IOException;
}
