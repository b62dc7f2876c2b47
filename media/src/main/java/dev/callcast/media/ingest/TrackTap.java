package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.EncodedFrame;

/**
 * Takes one track's media as it came, in order, without decoding. A track with a tap is received
 * also while nobody sees or hears it. Called on the endpoint's thread: must be quick, and must not
 * throw.
 */
public interface TrackTap extends AutoCloseable {
  /**
   * The next frame. Pictures are whole and can be decoded: after a loss the next one is a key
   * frame.
   *
   * @param clock ns on the stream's own clock, by its timestamps: exact, but with a beginning and a
   *     speed of its own
   * @param time ns on the call's timeline, lip sync applied, as the jitter buffer places it:
   *     settles in the first seconds, and may repeat or step back after a stall
   * @param lipSync ns of that which lip sync has added
   * @param rotation clockwise degrees by which the picture has to be turned
   * @param lost packets that never came since the last frame
   */
  void frame(EncodedFrame frame, long clock, long time, long lipSync, int rotation, int lost);

  /** Nothing comes any more. */
  @Override
  void close();
}
