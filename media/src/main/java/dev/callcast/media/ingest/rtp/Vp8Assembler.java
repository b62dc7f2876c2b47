package dev.callcast.media.ingest.rtp;

import org.jspecify.annotations.Nullable;

/** VP8: RFC 7741 §4.2 for the payload descriptor, RFC 6386 §9.1 for the frame header. */
final class Vp8Assembler extends FrameAssembler {
  private static final int KEY_HEADER = 10;

  @Override
  boolean begins(byte[] data, int offset, int length) {
    boolean start = (data[offset] & 0x10) != 0;
    int partition = data[offset] & 0x07;
    return start && partition == 0;
  }

  @Override
  boolean add(byte[] data, int offset, int length) {
    int descriptor = descriptorLength(data, offset, length);
    return descriptor < length && append(data, offset + descriptor, length - descriptor);
  }

  /** Bytes of the descriptor; as many as the payload has, or more, where that is cut short. */
  private static int descriptorLength(byte[] data, int offset, int length) {
    int at = 1;
    if ((data[offset] & 0x80) != 0) {
      if (length < 3) {
        return length;
      }
      int extension = data[offset + at++];
      if ((extension & 0x80) != 0) {
        at += (data[offset + at] & 0x80) != 0 ? 2 : 1;
      }
      if ((extension & 0x40) != 0) {
        at++;
      }
      if ((extension & 0x30) != 0) {
        at++;
      }
    }
    return at;
  }

  @Override
  @Nullable EncodedFrame finish(long pts, boolean reordered) {
    byte[] frame = buffer();
    if (size() < 3) {
      return null;
    }
    boolean key = (frame[0] & 0x01) == 0;
    if (!key) {
      return new EncodedFrame(bytes(), pts, reordered, false, 0, 0, null);
    }
    boolean startCode =
        size() >= KEY_HEADER
            && frame[3] == (byte) 0x9D
            && frame[4] == 0x01
            && frame[5] == (byte) 0x2A;
    if (!startCode) {
      return null;
    }
    int width = ((frame[7] & 0x3F) << 8) | (frame[6] & 0xFF);
    int height = ((frame[9] & 0x3F) << 8) | (frame[8] & 0xFF);
    return width == 0 || height == 0
        ? null
        : new EncodedFrame(bytes(), pts, reordered, true, width, height, null);
  }
}
