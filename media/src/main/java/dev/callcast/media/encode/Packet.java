package dev.callcast.media.encode;

/**
 * One encoded access unit: H.264 in AVC form (4-byte lengths, no parameter sets inside) or one raw
 * AAC frame.
 *
 * @param data never changed after construction
 * @param pts ns on the composition's timeline, which starts at 0
 * @param dts ns; equal to {@code pts} for audio and for video without B-frames
 * @param duration ns
 * @param keyFrame an IDR picture; true for all audio
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, copied by nobody
public record Packet(Kind kind, byte[] data, long pts, long dts, long duration, boolean keyFrame) {
  /** Which of the two streams of a composition. */
  public enum Kind {
    VIDEO,
    AUDIO
  }
}
