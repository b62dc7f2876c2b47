package dev.callcast.media.ingest.rtp;

import org.jspecify.annotations.Nullable;

/**
 * What is of use here in a sequence parameter set (ITU-T H.264 §7.3.2.1.1).
 *
 * @param width px of the picture as it is shown, cropping applied
 * @param height px
 * @param high whether the profile is one of those that tell of chroma and depth
 * @param chroma chroma_format_idc
 * @param lumaDepth bits
 * @param chromaDepth bits
 */
record H264Sps(
    int id, int width, int height, boolean high, int chroma, int lumaDepth, int chromaDepth) {
  private static final int MAX_SIZE = 16_384;

  /** Reads one with its NAL header; null when it is none. */
  static @Nullable H264Sps parse(byte[] nal) {
    byte[] plain = withoutEmulation(nal);
    if (plain.length < 5) {
      return null;
    }
    int profile = plain[1] & 0xFF;
    BitReader bits = new BitReader(plain, 4, plain.length - 4);
    int id = bits.unsignedGolomb();
    int chroma = 1;
    int lumaDepth = 8;
    int chromaDepth = 8;
    boolean separatePlanes = false;
    boolean high = tellsChroma(profile);
    if (high) {
      chroma = bits.unsignedGolomb();
      if (chroma == 3) {
        separatePlanes = bits.flag();
      }
      lumaDepth += bits.unsignedGolomb();
      chromaDepth += bits.unsignedGolomb();
      bits.bit(); // qpprime_y_zero_transform_bypass_flag
      if (bits.flag()) {
        skipScaling(bits, chroma == 3 ? 12 : 8);
      }
    }
    bits.unsignedGolomb(); // log2_max_frame_num_minus4
    int orderType = bits.unsignedGolomb();
    if (orderType == 0) {
      bits.unsignedGolomb();
    } else if (orderType == 1) {
      bits.bit();
      bits.signedGolomb();
      bits.signedGolomb();
      int cycle = bits.unsignedGolomb();
      for (int i = 0; i < cycle && !bits.exhausted(); i++) {
        bits.signedGolomb();
      }
    }
    bits.unsignedGolomb(); // max_num_ref_frames
    bits.bit(); // gaps_in_frame_num_value_allowed_flag
    int columns = bits.unsignedGolomb() + 1;
    int rows = bits.unsignedGolomb() + 1;
    boolean framesOnly = bits.flag();
    if (!framesOnly) {
      bits.bit();
    }
    bits.bit(); // direct_8x8_inference_flag
    int cropX = 0;
    int cropY = 0;
    if (bits.flag()) {
      boolean planes = chroma == 0 || separatePlanes;
      int unitX = planes || chroma == 3 ? 1 : 2;
      int unitY = (planes || chroma != 1 ? 1 : 2) * (framesOnly ? 1 : 2);
      cropX = unitX * (bits.unsignedGolomb() + bits.unsignedGolomb());
      cropY = unitY * (bits.unsignedGolomb() + bits.unsignedGolomb());
    }
    boolean sane =
        columns <= MAX_SIZE / 16
            && rows <= MAX_SIZE / 16
            && chroma <= 3
            && lumaDepth <= 14
            && chromaDepth <= 14;
    if (bits.exhausted() || !sane) {
      return null;
    }
    int width = 16 * columns - cropX;
    int height = 16 * rows * (framesOnly ? 1 : 2) - cropY;
    return width <= 0 || height <= 0
        ? null
        : new H264Sps(id, width, height, high, chroma, lumaDepth, chromaDepth);
  }

  private static boolean tellsChroma(int profile) {
    return switch (profile) {
      case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
      default -> false;
    };
  }

  private static void skipScaling(BitReader bits, int lists) {
    for (int i = 0; i < lists; i++) {
      if (!bits.flag()) {
        continue;
      }
      int last = 8;
      int next = 8;
      for (int j = 0; j < (i < 6 ? 16 : 64) && next != 0; j++) {
        next = (last + bits.signedGolomb() + 256) % 256;
        last = next == 0 ? last : next;
      }
    }
  }

  /** The bytes without those that keep start codes from appearing within (§7.4.1). */
  static byte[] withoutEmulation(byte[] nal) {
    byte[] out = new byte[nal.length];
    int size = 0;
    int zeros = 0;
    for (byte one : nal) {
      if (zeros >= 2 && one == 3) {
        zeros = 0;
        continue;
      }
      zeros = one == 0 ? zeros + 1 : 0;
      out[size++] = one;
    }
    return java.util.Arrays.copyOf(out, size);
  }
}
