package dev.callcast.media.ingest;

import dev.callcast.media.webrtc.SrtpKeys;
import org.jspecify.annotations.Nullable;

/** Is told what happens to tracks. Called on endpoint threads: must be quick. */
public interface IngestListener {
  /** What can happen to a track. */
  enum TrackEvent {
    /** Its first packet came. */
    LIVE,
    /** Nothing came for five seconds, though it is not declared paused. */
    STALLED,
    /** Packets come again after a stall. */
    RESUMED,
    /** It can't be received as declared; the reason says why. Reception goes on trying. */
    FAILED
  }

  void track(String participant, String track, TrackEvent event, @Nullable String reason);

  /**
   * Called before a new decoder gets its first key frame or its first sound ({@code entering}), and
   * again after a picture or that sound came out of it. What {@code entering} says has to be safe
   * with the node before this returns: the decoder may take the process with it.
   */
  void suspect(String participant, String track, boolean entering);

  /** A rollover counter of SRTP changed; a later worker needs it. */
  void rolledOver(String endpoint, long ssrc, long counter);

  /** The peer of a session agreed on keys; a later worker needs them. Called on any thread. */
  void keyed(String endpoint, SrtpKeys keys);

  /** A session is over: its peer is gone. Called on any thread, once. */
  void ended(String endpoint, String participant, String reason);
}
