package dev.callcast.media.ingest.rtp;

import dev.callcast.protocol.Codec;
import java.util.Arrays;

/** Looks into RTP payloads for the beginnings of frames that can be decoded without others. */
public final class KeyFrames {
  private static final int NAL_IDR = 5;
  private static final int NAL_SPS = 7;
  private static final int NAL_STAP_A = 24;
  private static final int NAL_FU_A = 28;

  private KeyFrames() {}

  /**
   * Whether decoding can begin with this packet: the first of a VP8 key frame (RFC 7741 §4.2, RFC
   * 6386 §9.1), of a VP9 picture that depends on none (RFC 9628 §4.2), or for H.264 (RFC 6184) a
   * sequence parameter set, which stands before an IDR picture.
   */
  public static boolean startsDecoding(Codec codec, byte[] data, int offset, int length) {
    return switch (codec) {
      case VP8 -> vp8(data, offset, length);
      case VP9 -> vp9(data, offset, length);
      case H264 -> h264(data, offset, length, false);
      case OPUS, PCMU, PCMA -> true;
    };
  }

  /**
   * Whether a decoder that already has this stream's parameter sets can go on with this packet
   * after a loss: as {@link #startsDecoding}, and for H.264 also the first slice of an IDR picture.
   */
  public static boolean resumesDecoding(Codec codec, byte[] data, int offset, int length) {
    return switch (codec) {
      case H264 -> h264(data, offset, length, true);
      case VP8, VP9, OPUS, PCMU, PCMA -> startsDecoding(codec, data, offset, length);
    };
  }

  /**
   * The size that a key frame's first packet tells: VP8's frame header (RFC 6386 §9.1), or H.264's
   * sequence parameter set where the packet has it.
   *
   * @return width in the upper and height in the lower 16 bits, px; 0 when it does not tell
   */
  public static int size(Codec codec, byte[] data, int offset, int length) {
    return switch (codec) {
      case VP8 -> vp8Size(data, offset, length);
      case H264 -> h264Size(data, offset, length);
      case VP9, OPUS, PCMU, PCMA -> 0;
    };
  }

  private static int vp8Size(byte[] data, int offset, int length) {
    if (!vp8(data, offset, length)) {
      return 0;
    }
    int at = vp8Payload(data, offset, offset + length);
    if (at + 10 > offset + length
        || (data[at + 3] & 0xFF) != 0x9D
        || data[at + 4] != 0x01
        || data[at + 5] != 0x2A) {
      return 0;
    }
    int width = (data[at + 6] & 0xFF) | ((data[at + 7] & 0x3F) << 8);
    int height = (data[at + 8] & 0xFF) | ((data[at + 9] & 0x3F) << 8);
    return (width << 16) | height;
  }

  private static int h264Size(byte[] data, int offset, int length) {
    int end = offset + length;
    if (length < 2) {
      return 0;
    }
    int type = data[offset] & 0x1F;
    if (type == NAL_SPS) {
      return spsSize(data, offset, end);
    }
    if (type == NAL_STAP_A) {
      int at = offset + 1;
      while (at + 3 <= end) {
        int size = RtpPacket.u16(data, at);
        if ((data[at + 2] & 0x1F) == NAL_SPS && at + 2 + size <= end) {
          return spsSize(data, at + 2, at + 2 + size);
        }
        at += 2 + size;
      }
    }
    return 0;
  }

  private static int spsSize(byte[] data, int from, int to) {
    H264Sps sps = H264Sps.parse(Arrays.copyOfRange(data, from, to));
    return sps == null ? 0 : (sps.width() << 16) | sps.height();
  }

  private static boolean vp8(byte[] data, int offset, int length) {
    int end = offset + length;
    if (length < 2) {
      return false;
    }
    int first = data[offset];
    boolean startOfFirstPartition = (first & 0x10) != 0 && (first & 0x07) == 0;
    int at = vp8Payload(data, offset, end);
    return startOfFirstPartition && at < end && (data[at] & 0x01) == 0;
  }

  /** Where the payload begins behind its descriptor (RFC 7741 §4.2), or {@code end}. */
  private static int vp8Payload(byte[] data, int offset, int end) {
    int first = data[offset];
    int at = offset + 1;
    if ((first & 0x80) != 0) {
      int extension = data[at++];
      if ((extension & 0x80) != 0) {
        if (at >= end) {
          return end;
        }
        at += (data[at] & 0x80) != 0 ? 2 : 1;
      }
      if ((extension & 0x40) != 0) {
        at++;
      }
      if ((extension & 0x30) != 0) {
        at++;
      }
    }
    return Math.min(at, end);
  }

  private static boolean vp9(byte[] data, int offset, int length) {
    int end = offset + length;
    if (length < 2) {
      return false;
    }
    int first = data[offset];
    boolean interPicture = (first & 0x40) != 0;
    boolean begin = (first & 0x08) != 0;
    if (interPicture || !begin) {
      return false;
    }
    int at = offset + 1;
    if ((first & 0x80) != 0) {
      at += (data[at] & 0x80) != 0 ? 2 : 1;
    }
    if ((first & 0x20) != 0) {
      if (at >= end) {
        return false;
      }
      int spatialLayer = (data[at] >>> 1) & 0x07;
      return spatialLayer == 0;
    }
    return at < end;
  }

  private static boolean h264(byte[] data, int offset, int length, boolean idrIsEnough) {
    if (length < 2) {
      return false;
    }
    int end = offset + length;
    int type = data[offset] & 0x1F;
    if (type == NAL_FU_A) {
      boolean start = (data[offset + 1] & 0x80) != 0;
      return start && length > 2 && wanted(data[offset + 1] & 0x1F, data[offset + 2], idrIsEnough);
    }
    if (type == NAL_STAP_A) {
      int at = offset + 1;
      while (at + 3 <= end) {
        int size = RtpPacket.u16(data, at);
        if (at + 3 < end && wanted(data[at + 2] & 0x1F, data[at + 3], idrIsEnough)) {
          return true;
        }
        at += 2 + size;
      }
      return false;
    }
    return wanted(type, data[offset + 1], idrIsEnough);
  }

  /** Of an IDR picture only the first slice counts: its first_mb_in_slice, 0, is coded as one 1. */
  private static boolean wanted(int nalType, byte next, boolean idrIsEnough) {
    return nalType == NAL_SPS || (idrIsEnough && nalType == NAL_IDR && (next & 0x80) != 0);
  }
}
