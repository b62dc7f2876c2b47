package dev.callcast.media.output.mp4;

/**
 * One AAC-LC frame of digital silence: what stands in the sound where a worker was dead. Written by
 * the syntax of ISO/IEC 14496-3 §4.4.2: a channel element with no scale factor bands, then the end.
 */
final class AacSilence {
  /** Samples in every AAC-LC frame of ours. */
  static final int FRAME = 1024;

  private AacSilence() {}

  /**
   * Makes the raw frame (no ADTS).
   *
   * @param channels 1 or 2
   */
  static byte[] frame(int channels) {
    var bits = new Bits();
    switch (channels) {
      case 1 -> {
        bits.put(0, 3); // ID_SCE
        bits.put(0, 4); // element_instance_tag
        bits.put(0, 8); // global_gain
        icsInfo(bits);
        bits.put(0, 3); // no pulse data, no TNS, no gain control
      }
      case 2 -> {
        bits.put(1, 3); // ID_CPE
        bits.put(0, 4);
        bits.put(1, 1); // common_window
        icsInfo(bits);
        bits.put(0, 2); // ms_mask_present
        for (int channel = 0; channel < 2; channel++) {
          bits.put(0, 8);
          bits.put(0, 3);
        }
      }
      default -> throw new IllegalArgumentException("1 or 2 channels, not " + channels);
    }
    bits.put(7, 3); // ID_END
    return bits.toBytes();
  }

  private static void icsInfo(Bits bits) {
    bits.put(0, 1); // reserved
    bits.put(0, 2); // ONLY_LONG_SEQUENCE
    bits.put(0, 1); // sine window
    bits.put(0, 6); // max_sfb
    bits.put(0, 1); // no prediction
  }

  private static final class Bits {
    private long value;
    private int count;

    void put(int bits, int length) {
      value = (value << length) | bits;
      count += length;
    }

    byte[] toBytes() {
      var bytes = new byte[(count + 7) / 8];
      long aligned = value << (bytes.length * 8 - count);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (aligned >>> (8 * (bytes.length - 1 - i)));
      }
      return bytes;
    }
  }
}
