package dev.callcast.media.worker.control;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session tells its node. Every method may be called from any thread, media threads
 * included: none waits for the node.
 */
public interface WorkerEvents {
  /**
   * Something for the call's event log. Kept until the node has stored it.
   *
   * @param type as in API.md, {@code track.live}
   * @param mediaTime s on the composition's timeline, or null
   * @param data what JSON can say: strings, numbers, booleans, lists and maps of them
   */
  void happened(String type, @Nullable Double mediaTime, Map<String, Object> data);

  /**
   * An SRTP rollover counter (RFC 3711 §3.3.1) changed; of what is sent by WHEP, the count of
   * packets (see {@code EndpointSpec.Srtp}).
   *
   * @param ssrc 32 bits, unsigned
   */
  void rolledOver(String endpoint, long ssrc, long counter);

  /** The peer of a session by WHIP or WHEP agreed on keys for SRTP, base64 of 30 bytes each. */
  void keyed(String endpoint, String remoteKey, String localKey);

  /**
   * Call with {@code entering} true before a decoder gets a stream's first key frame, and with
   * false after the first picture came out. When it returns, the mark survives the death of this
   * process (one write to the page cache, some microseconds): a worker that dies in between names
   * the stream that killed it.
   */
  void suspect(String participant, String track, boolean entering);
}
