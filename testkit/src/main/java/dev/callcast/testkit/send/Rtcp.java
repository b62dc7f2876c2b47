package dev.callcast.testkit.send;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes sender reports and reads feedback (RFC 3550 §6, RFC 4585, RFC 5104). Pure. */
final class Rtcp {
  private static final int SR = 200;
  private static final int RR = 201;
  private static final int SDES = 202;
  private static final int BYE = 203;
  private static final int TRANSPORT_FEEDBACK = 205;
  private static final int PAYLOAD_FEEDBACK = 206;
  private static final int NACK = 1;
  private static final int PLI = 1;
  private static final int FIR = 4;

  private Rtcp() {}

  /** One track's part of a sender report; {@code ntp} is 32 bits of seconds and 32 of fraction. */
  record Report(long ssrc, String cname, long ntp, long timestamp, long packets, long octets) {}

  /** What receivers say, as it is read. */
  interface Listener {
    void nack(long ssrc, int sequence);

    void keyFrame(long ssrc);

    void report(long ssrc, int fractionLost, int cumulativeLost);
  }

  /** Sender reports, then one SDES with all their CNAMEs. */
  static byte[] compound(List<Report> reports) {
    ByteBuffer packet = ByteBuffer.allocate(1400);
    for (Report report : reports) {
      packet.put((byte) 0x80).put((byte) SR).putShort((short) 6).putInt((int) report.ssrc());
      packet.putLong(report.ntp()).putInt((int) report.timestamp());
      packet.putInt((int) report.packets()).putInt((int) report.octets());
    }
    int start = packet.position();
    packet.put((byte) (0x80 | reports.size())).put((byte) SDES).putShort((short) 0);
    for (Report report : reports) {
      byte[] cname = report.cname().getBytes(StandardCharsets.UTF_8);
      packet.putInt((int) report.ssrc()).put((byte) 1).put((byte) cname.length).put(cname);
      do {
        packet.put((byte) 0);
      } while ((packet.position() - start) % 4 != 0);
    }
    packet.putShort(start + 2, (short) ((packet.position() - start) / 4 - 1));
    byte[] bytes = new byte[packet.position()];
    packet.get(0, bytes);
    return bytes;
  }

  /** An empty receiver report and a BYE. */
  static byte[] bye(long ssrc) {
    ByteBuffer packet = ByteBuffer.allocate(16);
    packet.put((byte) 0x80).put((byte) RR).putShort((short) 1).putInt((int) ssrc);
    packet.put((byte) 0x81).put((byte) BYE).putShort((short) 1).putInt((int) ssrc);
    return packet.array();
  }

  /** Reads a compound packet as far as it is one. */
  static void read(byte[] data, int length, Listener listener) {
    ByteBuffer packet = ByteBuffer.wrap(data, 0, length);
    int at = 0;
    while (at + 8 <= length) {
      int size = 4 * (1 + (packet.getShort(at + 2) & 0xFFFF));
      if ((data[at] & 0xC0) != 0x80 || at + size > length) {
        return;
      }
      int count = data[at] & 0x1F;
      int type = data[at + 1] & 0xFF;
      if (type == SR || type == RR) {
        int block = at + (type == SR ? 28 : 8);
        for (int i = 0; i < count && block + 24 <= at + size; i++, block += 24) {
          int loss = packet.getInt(block + 4);
          listener.report(unsigned(packet, block), loss >>> 24, loss << 8 >> 8);
        }
      } else if (type == TRANSPORT_FEEDBACK && count == NACK) {
        readNacks(packet, at, size, listener);
      } else if (type == PAYLOAD_FEEDBACK && count == PLI && size >= 12) {
        listener.keyFrame(unsigned(packet, at + 8));
      } else if (type == PAYLOAD_FEEDBACK && count == FIR) {
        for (int entry = at + 12; entry + 8 <= at + size; entry += 8) {
          listener.keyFrame(unsigned(packet, entry));
        }
      }
      at += size;
    }
  }

  private static void readNacks(ByteBuffer packet, int at, int size, Listener listener) {
    for (int entry = at + 12; entry + 4 <= at + size; entry += 4) {
      long ssrc = unsigned(packet, at + 8);
      int first = packet.getShort(entry) & 0xFFFF;
      int mask = packet.getShort(entry + 2) & 0xFFFF;
      listener.nack(ssrc, first);
      for (int bit = 0; bit < 16; bit++) {
        if ((mask >> bit & 1) != 0) {
          listener.nack(ssrc, (first + bit + 1) & 0xFFFF);
        }
      }
    }
  }

  private static long unsigned(ByteBuffer packet, int at) {
    return packet.getInt(at) & 0xFFFFFFFFL;
  }
}
