package dev.callcast.media.whep;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.ingest.rtp.RtpPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts access units into RTP packets (RFC 6184, packetization-mode 1). Each array has room for
 * RTP's header before its payload. Immutable.
 */
final class H264Packetizer {
  /** Bytes of a payload at most: with all headers below 1200, which passes anywhere. */
  static final int LARGEST = 1150;

  private static final int HEADER = RtpPacket.FIXED_HEADER;
  private static final int TYPE = 0x1F;
  private static final int REFERENCE = 0x60;
  private static final int SEI = 6;
  private static final int STAP_A = 24;
  private static final int FU_A = 28;
  private static final int FIRST = 0x80;
  private static final int LAST = 0x40;

  private final List<byte[]> parameterSets;

  /**
   * Makes one.
   *
   * @param avcConfig AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3)
   */
  H264Packetizer(byte[] avcConfig) {
    parameterSets = parameterSets(avcConfig);
  }

  private static List<byte[]> parameterSets(byte[] config) {
    List<byte[]> sets = new ArrayList<>();
    int at = 5;
    for (int kind = 0; kind < 2; kind++) { // SPS, then PPS
      int count = config[at++] & (kind == 0 ? 0x1F : 0xFF);
      for (int i = 0; i < count; i++) {
        int size = ((config[at] & 0xFF) << 8) | (config[at + 1] & 0xFF);
        sets.add(Arrays.copyOfRange(config, at + 2, at + 2 + size));
        at += 2 + size;
      }
    }
    return sets;
  }

  /** The packets of a picture, the first of a key frame with what a decoder needs before it. */
  List<byte[]> packets(Packet picture) {
    List<byte[]> packets = new ArrayList<>();
    if (picture.keyFrame()) {
      packets.add(together(parameterSets));
    }
    byte[] data = picture.data();
    int at = 0;
    while (at + 4 <= data.length) {
      int size =
          ((data[at] & 0xFF) << 24)
              | ((data[at + 1] & 0xFF) << 16)
              | ((data[at + 2] & 0xFF) << 8)
              | (data[at + 3] & 0xFF);
      at += 4;
      if (size <= 0 || size > data.length - at) {
        throw new IllegalArgumentException("a NAL unit of " + size + " bytes does not fit");
      }
      if ((data[at] & TYPE) != SEI) { // which says nothing to a viewer's decoder
        add(packets, data, at, size);
      }
      at += size;
    }
    return packets;
  }

  private static byte[] together(List<byte[]> units) {
    int size = 1;
    int reference = 0;
    for (byte[] unit : units) {
      size += 2 + unit.length;
      reference = Math.max(reference, unit[0] & REFERENCE);
    }
    byte[] packet = new byte[HEADER + size];
    int at = HEADER;
    packet[at++] = (byte) (reference | STAP_A);
    for (byte[] unit : units) {
      packet[at++] = (byte) (unit.length >>> 8);
      packet[at++] = (byte) unit.length;
      System.arraycopy(unit, 0, packet, at, unit.length);
      at += unit.length;
    }
    return packet;
  }

  private static void add(List<byte[]> packets, byte[] data, int at, int size) {
    if (size <= LARGEST) {
      byte[] packet = new byte[HEADER + size];
      System.arraycopy(data, at, packet, HEADER, size);
      packets.add(packet);
      return;
    }
    byte first = data[at];
    int left = size - 1;
    int from = at + 1;
    // As even as can be: one short packet at the end would be all the same to a network.
    int parts = Math.ceilDiv(left, LARGEST - 2);
    for (int part = 0; part < parts; part++) {
      int length = Math.ceilDiv(left, parts - part);
      byte[] packet = new byte[HEADER + 2 + length];
      packet[HEADER] = (byte) ((first & ~TYPE) | FU_A);
      packet[HEADER + 1] =
          (byte) ((first & TYPE) | (part == 0 ? FIRST : 0) | (part == parts - 1 ? LAST : 0));
      System.arraycopy(data, from, packet, HEADER + 2, length);
      packets.add(packet);
      from += length;
      left -= length;
    }
  }
}
