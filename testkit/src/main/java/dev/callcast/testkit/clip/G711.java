package dev.callcast.testkit.clip;

/** ITU-T G.711 companding, from its segment definition. Pure. */
final class G711 {
  private G711() {}

  /** μ-law of a 16-bit sample. */
  static byte ulaw(int sample) {
    int sign = sample < 0 ? 0x80 : 0;
    int magnitude = Math.min(Math.abs(sample), 32_635) + 132;
    int exponent = 31 - Integer.numberOfLeadingZeros(magnitude) - 7;
    int mantissa = magnitude >> (exponent + 3) & 0x0F;
    return (byte) ~(sign | exponent << 4 | mantissa);
  }

  /** A-law of a 16-bit sample. */
  static byte alaw(int sample) {
    int sign = sample < 0 ? 0 : 0x80;
    int magnitude = Math.min(sample < 0 ? ~sample : sample, 32_767) >> 4;
    int code = magnitude;
    if (magnitude >= 32) {
      int segment = 31 - Integer.numberOfLeadingZeros(magnitude) - 3;
      code = segment << 4 | (magnitude >> (segment - 1) & 0x0F);
    }
    return (byte) ((sign | code) ^ 0x55);
  }
}
