package dev.callcast.testkit.send;

import dev.callcast.protocol.TrackSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes RTP packets (RFC 3550, 8285, 4588). Pure but for the wall clock of abs-send-time. */
final class RtpWriter {
  private static final int ONE_BYTE_PROFILE = 0xBEDE;

  private RtpWriter() {}

  /**
   * What stands before the payload.
   *
   * @param level RFC 6464, for the audio level extension
   * @param rotation quarter turns, for the CVO extension
   */
  record Header(
      int payloadType,
      boolean marker,
      int sequence,
      long timestamp,
      long ssrc,
      int level,
      int rotation,
      String mid) {
    Header withSsrc(long newSsrc) {
      return new Header(payloadType, marker, sequence, timestamp, newSsrc, level, rotation, mid);
    }

    Header withPayloadType(int newPayloadType) {
      return new Header(newPayloadType, marker, sequence, timestamp, ssrc, level, rotation, mid);
    }
  }

  static byte[] packet(List<TrackSpec.HeaderExtension> extensions, Header header, byte[] payload) {
    byte[] elements = extensions.isEmpty() ? new byte[0] : elements(extensions, header);
    int extensionBytes = elements.length == 0 ? 0 : 4 + elements.length;
    ByteBuffer packet = ByteBuffer.allocate(12 + extensionBytes + payload.length);
    packet.put((byte) (0x80 | (extensionBytes > 0 ? 0x10 : 0)));
    packet.put((byte) ((header.marker() ? 0x80 : 0) | header.payloadType()));
    packet.putShort((short) header.sequence());
    packet.putInt((int) header.timestamp());
    packet.putInt((int) header.ssrc());
    if (extensionBytes > 0) {
      packet.putShort((short) ONE_BYTE_PROFILE).putShort((short) (elements.length / 4));
      packet.put(elements);
    }
    return packet.put(payload).array();
  }

  /** One-byte elements, padded to a multiple of four. */
  private static byte[] elements(List<TrackSpec.HeaderExtension> extensions, Header header) {
    ByteBuffer buffer = ByteBuffer.allocate(256);
    for (TrackSpec.HeaderExtension extension : extensions) {
      byte[] value =
          switch (extension.uri()) {
            case TrackSpec.AUDIO_LEVEL_URI ->
                new byte[] {(byte) ((header.level() < 60 ? 0x80 : 0) | header.level())};
            case TrackSpec.VIDEO_ORIENTATION_URI -> new byte[] {(byte) header.rotation()};
            case SyntheticTrack.MID_URI -> header.mid().getBytes(StandardCharsets.US_ASCII);
            case SyntheticTrack.ABS_SEND_TIME_URI -> absoluteSendTime();
            default -> throw new IllegalArgumentException("header extension " + extension.uri());
          };
      buffer.put((byte) ((extension.id() << 4) | (value.length - 1))).put(value);
    }
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    byte[] elements = new byte[buffer.position()];
    buffer.get(0, elements);
    return elements;
  }

  /** 24 bits: six of seconds, eighteen of their fraction. */
  private static byte[] absoluteSendTime() {
    long fixed = (long) (System.currentTimeMillis() / 1000.0 * 262_144) & 0xFFFFFF;
    return new byte[] {(byte) (fixed >> 16), (byte) (fixed >> 8), (byte) fixed};
  }

  static int sequenceOf(byte[] packet) {
    return ((packet[2] & 0xFF) << 8) | (packet[3] & 0xFF);
  }

  /** RFC 4588 §4: the original's header with other numbers, then its sequence, then its payload. */
  static byte[] retransmission(
      byte[] original, int payloadType, long ssrc, int sequence, int originalSequence) {
    int header = 12;
    if ((original[0] & 0x10) != 0) {
      header += 4 + 4 * (((original[14] & 0xFF) << 8) | (original[15] & 0xFF));
    }
    ByteBuffer packet = ByteBuffer.allocate(original.length + 2);
    packet.put(original, 0, header).putShort((short) originalSequence);
    packet.put(original, header, original.length - header);
    packet.put(1, (byte) ((original[1] & 0x80) | payloadType));
    packet.putShort(2, (short) sequence).putInt(8, (int) ssrc);
    return packet.array();
  }
}
