package dev.callcast.media.ingest.rtp;

import org.jspecify.annotations.Nullable;

/**
 * VP9: RFC 9628 §4.2 for the payload descriptor, the VP9 bitstream specification for the frame
 * header (§6.2) and for superframes (Annex B). The layer frames of one picture become one
 * superframe.
 */
final class Vp9Assembler extends FrameAssembler {
  private static final int MAX_LAYERS = 8;
  private static final int SYNC_CODE = 0x498342;
  private static final int RGB = 7;

  private final int[] starts = new int[MAX_LAYERS];
  private int layers;

  @Override
  boolean begins(byte[] data, int offset, int length) {
    boolean begin = (data[offset] & 0x08) != 0;
    layers = 0;
    return begin;
  }

  @Override
  boolean add(byte[] data, int offset, int length) {
    int descriptor = descriptorLength(data, offset, length);
    if (descriptor >= length) {
      return false;
    }
    boolean begin = (data[offset] & 0x08) != 0;
    if (begin) {
      if (layers == MAX_LAYERS) {
        return false;
      }
      starts[layers++] = size();
    }
    return append(data, offset + descriptor, length - descriptor);
  }

  /** Bytes of the descriptor; as many as the payload has, or more, where that is cut short. */
  private static int descriptorLength(byte[] data, int offset, int length) {
    int first = data[offset];
    boolean pictureId = (first & 0x80) != 0;
    boolean interPicture = (first & 0x40) != 0;
    boolean layerIndices = (first & 0x20) != 0;
    boolean flexible = (first & 0x10) != 0;
    boolean structure = (first & 0x02) != 0;
    int end = offset + length;
    int at = offset + 1;
    if (pictureId) {
      if (at >= end) {
        return length;
      }
      at += (data[at] & 0x80) != 0 ? 2 : 1;
    }
    if (layerIndices) {
      at += flexible ? 1 : 2;
    }
    if (flexible && interPicture) {
      for (int references = 0; references < 3; references++) {
        if (at >= end) {
          return length;
        }
        if ((data[at++] & 0x01) == 0) {
          break;
        }
      }
    }
    if (structure) {
      if (at >= end) {
        return length;
      }
      int header = data[at++];
      if ((header & 0x10) != 0) {
        at += 4 * ((header >>> 5 & 0x07) + 1);
      }
      if ((header & 0x08) != 0) {
        if (at >= end) {
          return length;
        }
        int pictures = data[at++] & 0xFF;
        for (int i = 0; i < pictures; i++) {
          if (at >= end) {
            return length;
          }
          at += 1 + (data[at] >>> 2 & 0x03);
        }
      }
    }
    return at - offset;
  }

  @Override
  @Nullable EncodedFrame finish(long pts, boolean reordered) {
    BitReader bits = new BitReader(buffer(), 0, size());
    if (bits.bits(2) != 2) {
      return null; // frame_marker
    }
    int profile = bits.bit() | bits.bit() << 1;
    if (profile == 3) {
      bits.bit();
    }
    boolean showExisting = bits.flag();
    boolean key = !showExisting && !bits.flag();
    int width = 0;
    int height = 0;
    if (key) {
      bits.bits(2); // show_frame, error_resilient_mode
      if (bits.bits(24) != SYNC_CODE) {
        return null;
      }
      colorConfig(bits, profile);
      width = bits.bits(16) + 1;
      height = bits.bits(16) + 1;
    }
    if (bits.exhausted() || (layers > 1 && !appendIndex())) {
      return null;
    }
    return new EncodedFrame(bytes(), pts, reordered, key, width, height, null);
  }

  private static void colorConfig(BitReader bits, int profile) {
    if (profile >= 2) {
      bits.bit(); // ten_or_twelve_bit
    }
    boolean oddProfile = (profile & 1) == 1;
    if (bits.bits(3) != RGB) {
      bits.bit(); // color_range
      if (oddProfile) {
        bits.bits(3); // subsampling, reserved_zero
      }
    } else if (oddProfile) {
      bits.bit(); // reserved_zero
    }
  }

  /** Annex B: sizes of the frames within, between two markers. */
  private boolean appendIndex() {
    int total = size();
    byte[] index = new byte[2 + 4 * layers];
    int marker = 0xC0 | 3 << 3 | (layers - 1); // sizes in 4 bytes
    index[0] = (byte) marker;
    for (int i = 0; i < layers; i++) {
      int length = (i + 1 < layers ? starts[i + 1] : total) - starts[i];
      for (int b = 0; b < 4; b++) {
        index[1 + 4 * i + b] = (byte) (length >>> (8 * b));
      }
    }
    index[index.length - 1] = (byte) marker;
    return append(index, 0, index.length);
  }
}
