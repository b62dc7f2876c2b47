package dev.callcast.media.ingest;

import java.util.Arrays;

/**
 * RTP packets of one video track that wait to be decoded together. Owned and used by the endpoint's
 * thread. Its memory grows to what a second of hold needs and is used again and again.
 */
final class HeldPackets {
  /** Some tens of ms of a very fast stream; more is not held. */
  private static final int MOST_BYTES = 1 << 20;

  private byte[] data = new byte[1 << 14];
  private int[] ends = new int[32];
  private long[] times = new long[32];
  private int count;

  boolean isEmpty() {
    return count == 0;
  }

  boolean isFull() {
    return count > 0 && ends[count - 1] >= MOST_BYTES;
  }

  /** The time of the packet that was added first, ns; there must be one. */
  long oldest() {
    return times[0];
  }

  /** Copies a packet. */
  void add(byte[] packet, int offset, int length, long pts) {
    int start = count == 0 ? 0 : ends[count - 1];
    if (start + length > data.length) {
      data = Arrays.copyOf(data, Math.max(2 * data.length, start + length));
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
      times = Arrays.copyOf(times, 2 * count);
    }
    System.arraycopy(packet, offset, data, start, length);
    ends[count] = start + length;
    times[count] = pts;
    count++;
  }

  /** Gives all to the decoder, in order; says whether it took them. */
  boolean pushTo(VideoDecoder decoder) {
    int start = 0;
    for (int i = 0; i < count; i++) {
      if (!decoder.push(data, start, ends[i] - start, times[i])) {
        return false;
      }
      start = ends[i];
    }
    return true;
  }

  void clear() {
    count = 0;
  }
}
