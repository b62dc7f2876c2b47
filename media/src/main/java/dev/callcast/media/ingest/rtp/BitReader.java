package dev.callcast.media.ingest.rtp;

/**
 * Reads bits, the most significant first. Past the end there are zeros, and {@link #exhausted} says
 * so. Used by one thread.
 */
final class BitReader {
  private final byte[] data;
  private final int end; // in bits
  private int at; // in bits
  private boolean exhausted;

  BitReader(byte[] data, int offset, int length) {
    this.data = data;
    this.at = 8 * offset;
    this.end = 8 * (offset + length);
  }

  /** Whether more was read than there is. */
  boolean exhausted() {
    return exhausted;
  }

  int bit() {
    if (at >= end) {
      exhausted = true;
      return 0;
    }
    int value = data[at >>> 3] >>> (7 - (at & 7)) & 1;
    at++;
    return value;
  }

  boolean flag() {
    return bit() == 1;
  }

  /** At most 32. */
  int bits(int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 1 | bit();
    }
    return value;
  }

  /** ue(v) of ITU-T H.264 §9.1; 0 where it would not fit. */
  int unsignedGolomb() {
    int zeros = 0;
    while (bit() == 0) {
      zeros++;
      if (exhausted || zeros > 30) {
        exhausted = true;
        return 0;
      }
    }
    return (1 << zeros) - 1 + bits(zeros);
  }

  /** se(v) of ITU-T H.264 §9.1.1. */
  int signedGolomb() {
    int code = unsignedGolomb();
    return (code & 1) == 1 ? (code + 1) >>> 1 : -(code >>> 1);
  }
}
