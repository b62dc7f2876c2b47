package dev.callcast.media.ingest.rtp;

import dev.callcast.protocol.Codec;

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

  private static boolean vp8(byte[] data, int offset, int length) {
    int end = offset + length;
    if (length < 2) {
      return false;
    }
    int first = data[offset];
    boolean startOfFirstPartition = (first & 0x10) != 0 && (first & 0x07) == 0;
    int at = offset + 1;
    if ((first & 0x80) != 0) {
      int extension = data[at++];
      if ((extension & 0x80) != 0) {
        if (at >= end) {
          return false;
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
    return startOfFirstPartition && at < end && (data[at] & 0x01) == 0;
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
