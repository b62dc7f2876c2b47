package dev.callcast.media.ingest.rtp;

/**
 * A view of one RTP packet (RFC 3550 §5.1) in a byte array that somebody else owns. One view is
 * used again and again by the thread that owns it, so that receiving makes no garbage; it is valid
 * until the array changes.
 */
public final class RtpPacket {
  /** Length of the fixed header in bytes. */
  public static final int FIXED_HEADER = 12;

  private static final int ONE_BYTE_PROFILE = 0xBEDE;

  private byte[] data = new byte[0];
  private int offset;
  private int length;
  private int headerLength;
  private int payloadLength;
  private int extensionProfile;
  private int extensionStart;
  private int extensionEnd;
  private int foundLength;

  /** The array as the 32 bits, big endian, at {@code at}. */
  static long u32(byte[] data, int at) {
    return ((data[at] & 0xFFL) << 24)
        | ((data[at + 1] & 0xFFL) << 16)
        | ((data[at + 2] & 0xFFL) << 8)
        | (data[at + 3] & 0xFFL);
  }

  static int u16(byte[] data, int at) {
    return ((data[at] & 0xFF) << 8) | (data[at + 1] & 0xFF);
  }

  static void putU16(byte[] data, int at, int value) {
    data[at] = (byte) (value >>> 8);
    data[at + 1] = (byte) value;
  }

  static void putU32(byte[] data, int at, long value) {
    data[at] = (byte) (value >>> 24);
    data[at + 1] = (byte) (value >>> 16);
    data[at + 2] = (byte) (value >>> 8);
    data[at + 3] = (byte) value;
  }

  /**
   * Points the view at a packet in the clear.
   *
   * @return false when the bytes are no RTP packet; the view is not usable then
   */
  public boolean parse(byte[] data, int offset, int length) {
    if (!parseHeader(data, offset, length)) {
      return false;
    }
    if ((data[offset] & 0x20) != 0) {
      if (payloadLength == 0) {
        return false;
      }
      int padding = data[offset + length - 1] & 0xFF;
      if (padding == 0 || padding > payloadLength) {
        return false;
      }
      payloadLength -= padding;
    }
    return true;
  }

  /**
   * Points the view at a packet whose payload is still encrypted: padding, which is part of that,
   * is not looked at.
   *
   * @return false when the bytes are no RTP packet; the view is not usable then
   */
  public boolean parseHeader(byte[] data, int offset, int length) {
    if (length < FIXED_HEADER || (data[offset] & 0xC0) != 0x80) {
      return false;
    }
    this.data = data;
    this.offset = offset;
    this.length = length;
    int header = FIXED_HEADER + 4 * (data[offset] & 0x0F);
    extensionProfile = 0;
    extensionStart = 0;
    extensionEnd = 0;
    if ((data[offset] & 0x10) != 0) {
      if (length < header + 4) {
        return false;
      }
      extensionProfile = u16(data, offset + header);
      extensionStart = offset + header + 4;
      int words = u16(data, offset + header + 2);
      extensionEnd = extensionStart + 4 * words;
      header += 4 + 4 * words;
    }
    if (length < header) {
      return false;
    }
    headerLength = header;
    payloadLength = length - header;
    return true;
  }

  /** Whether the bytes look like RTCP rather than RTP when both share a socket (RFC 5761 §4). */
  public static boolean isRtcp(byte[] data, int offset, int length) {
    if (length < 2) {
      return false;
    }
    int type = data[offset + 1] & 0xFF;
    return type >= 192 && type <= 223;
  }

  public byte[] data() {
    return data;
  }

  public int offset() {
    return offset;
  }

  /** Length of the whole packet in bytes, with padding. */
  public int length() {
    return length;
  }

  public boolean marker() {
    return (data[offset + 1] & 0x80) != 0;
  }

  public int payloadType() {
    return data[offset + 1] & 0x7F;
  }

  public void setPayloadType(int payloadType) {
    data[offset + 1] = (byte) ((data[offset + 1] & 0x80) | (payloadType & 0x7F));
  }

  /** 16 bits, unsigned. */
  public int sequence() {
    return u16(data, offset + 2);
  }

  public void setSequence(int sequence) {
    putU16(data, offset + 2, sequence);
  }

  /** Of a retransmission (RFC 4588 §4): the number of the packet that is sent again. */
  public int originalSequence() {
    return u16(data, payloadOffset());
  }

  /** 32 bits, unsigned, in units of the clock rate. */
  public long timestamp() {
    return u32(data, offset + 4);
  }

  public void setTimestamp(long timestamp) {
    putU32(data, offset + 4, timestamp);
  }

  /** 32 bits, unsigned. */
  public long ssrc() {
    return u32(data, offset + 8);
  }

  public void setSsrc(long ssrc) {
    putU32(data, offset + 8, ssrc);
  }

  /** Header, contributing sources and extensions, in bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** Where the payload begins in {@link #data}. */
  public int payloadOffset() {
    return offset + headerLength;
  }

  /** Bytes of payload without padding; 0 for a packet of padding only. */
  public int payloadLength() {
    return payloadLength;
  }

  /**
   * Finds a header extension (RFC 8285, one-byte and two-byte form).
   *
   * @return where its data begins in {@link #data}, or -1; {@link #extensionLength} tells its size
   */
  public int extension(int id) {
    boolean oneByte = extensionProfile == ONE_BYTE_PROFILE;
    boolean twoByte = (extensionProfile & 0xFFF0) == 0x1000;
    if (!oneByte && !twoByte) {
      return -1;
    }
    int at = extensionStart;
    while (at < extensionEnd) {
      int first = data[at] & 0xFF;
      if (first == 0) {
        at++;
        continue;
      }
      int elementId;
      int elementLength;
      if (oneByte) {
        elementId = first >>> 4;
        if (elementId == 15) {
          return -1;
        }
        elementLength = (first & 0x0F) + 1;
        at++;
      } else {
        if (at + 2 > extensionEnd) {
          return -1;
        }
        elementId = first;
        elementLength = data[at + 1] & 0xFF;
        at += 2;
      }
      if (at + elementLength > extensionEnd) {
        return -1;
      }
      if (elementId == id) {
        foundLength = elementLength;
        return at;
      }
      at += elementLength;
    }
    return -1;
  }

  /** The size in bytes of what {@link #extension} found last. */
  public int extensionLength() {
    return foundLength;
  }

  /**
   * Loudness by RFC 6464.
   *
   * @return -dBov, 0 (loudest) to 127 (silence), or -1 when the packet does not say
   */
  public int audioLevel(int extensionId) {
    int at = extension(extensionId);
    return at < 0 || foundLength < 1 ? -1 : data[at] & 0x7F;
  }

  /**
   * Orientation by 3GPP TS 26.114 §7.4.5: how far the receiver has to turn the picture.
   *
   * @return clockwise degrees, 0, 90, 180 or 270, or -1 when the packet does not say
   */
  public int rotation(int extensionId) {
    int at = extension(extensionId);
    return at < 0 || foundLength < 1 ? -1 : (data[at] & 0x03) * 90;
  }

  /**
   * Turns a retransmission (RFC 4588 §4) in place into the packet it repeats.
   *
   * @return the new length, or -1 when it carries none (padding that probes bandwidth)
   */
  public int unwrapRetransmission(long ssrc, int payloadType) {
    if (payloadLength < 2) {
      return -1;
    }
    setSequence(u16(data, payloadOffset()));
    setSsrc(ssrc);
    setPayloadType(payloadType);
    System.arraycopy(data, payloadOffset() + 2, data, payloadOffset(), length - headerLength - 2);
    length -= 2;
    payloadLength -= 2;
    return length;
  }

  /** Drops the padding: the flag and the bytes. */
  public int stripPadding() {
    data[offset] &= (byte) ~0x20;
    length = headerLength + payloadLength;
    return length;
  }

  /** How far {@code later} is ahead of {@code earlier}, with wrap: -32768 to 32767. */
  public static int sequenceDistance(int earlier, int later) {
    return (short) (later - earlier);
  }

  /** How far {@code later} is ahead of {@code earlier}, with wrap: -2^31 to 2^31 - 1. */
  public static int timestampDistance(long earlier, long later) {
    return (int) (later - earlier);
  }
}
