package dev.callcast.media.ingest.rtp;

import static dev.callcast.media.ingest.rtp.RtpPacket.putU16;
import static dev.callcast.media.ingest.rtp.RtpPacket.putU32;
import static dev.callcast.media.ingest.rtp.RtpPacket.u16;
import static dev.callcast.media.ingest.rtp.RtpPacket.u32;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Parsing, splitting and building of RTCP (RFC 3550 §6, RFC 4585, RFC 5104, RFC 5506). */
public final class Rtcp {
  public static final int SENDER_REPORT = 200;
  public static final int RECEIVER_REPORT = 201;
  public static final int SOURCE_DESCRIPTION = 202;
  public static final int BYE = 203;
  public static final int TRANSPORT_FEEDBACK = 205;
  public static final int PAYLOAD_FEEDBACK = 206;

  private static final int FORMAT_NACK = 1;
  private static final int FORMAT_PLI = 1;
  private static final int FORMAT_FIR = 4;
  private static final int FORMAT_APPLICATION = 15;
  private static final byte[] REMB = {'R', 'E', 'M', 'B'};
  private static final int SDES_CNAME = 1;

  private Rtcp() {}

  /** One packet of a compound. */
  public sealed interface Packet {
    /** The SSRC that sent it. */
    long sender();
  }

  /**
   * A sender report.
   *
   * @param ntp 64-bit NTP time stamp: 32 bits of seconds, 32 of fraction; its base is the sender's
   * @param rtp the same moment on the stream's RTP clock
   */
  public record SenderReport(
      long sender, long ntp, long rtp, long packets, long octets, List<ReportBlock> blocks)
      implements Packet {
    /** The NTP time as ns, wrapping every 136 years; only differences mean something. */
    public long ntpNanos() {
      return (ntp >>> 32) * 1_000_000_000L + (((ntp & 0xFFFF_FFFFL) * 1_000_000_000L) >>> 32);
    }
  }

  /** A receiver report. */
  public record ReceiverReport(long sender, List<ReportBlock> blocks) implements Packet {}

  /**
   * Reception of one source.
   *
   * @param fractionLost of 256
   * @param jitter in units of the RTP clock
   * @param lastReport the middle 32 bits of the NTP time stamp of the source's last sender report,
   *     0 for none
   * @param delay since that came, in 1/65536 s
   */
  public record ReportBlock(
      long ssrc,
      int fractionLost,
      int cumulativeLost,
      long highestSequence,
      long jitter,
      long lastReport,
      long delay) {}

  /** The canonical name of a source. */
  public record SourceDescription(long sender, String cname) implements Packet {}

  /** A source says that it leaves. */
  public record Bye(long sender) implements Packet {}

  /** A picture loss indication: please send a key frame. */
  public record PictureLoss(long sender, long media) implements Packet {}

  /** A full intra request: please send a key frame. */
  public record FullIntraRequest(long sender, long media, int sequence) implements Packet {}

  /** Missing packets. */
  public record Nack(long sender, long media, List<Integer> sequences) implements Packet {}

  /** Whether the bytes are one or more RTCP packets that fill them exactly. */
  public static boolean valid(byte[] data, int offset, int length) {
    int at = offset;
    int end = offset + length;
    if (length < 8) {
      return false;
    }
    while (at < end) {
      if (at + 4 > end || (data[at] & 0xC0) != 0x80) {
        return false;
      }
      int type = data[at + 1] & 0xFF;
      if (type < 192 || type > 223) {
        return false;
      }
      at += packetLength(data, at);
    }
    return at == end;
  }

  /** What the compound says; packets of other kinds, and broken ones, are passed over. */
  public static List<Packet> parse(byte[] data, int offset, int length) {
    List<Packet> packets = new ArrayList<>(4);
    int at = offset;
    int end = offset + length;
    while (at + 8 <= end && (data[at] & 0xC0) == 0x80) {
      int size = packetLength(data, at);
      if (at + size > end) {
        break;
      }
      parseOne(data, at, size, packets);
      at += size;
    }
    return packets;
  }

  private static void parseOne(byte[] data, int at, int size, List<Packet> packets) {
    int count = data[at] & 0x1F;
    int type = data[at + 1] & 0xFF;
    if (size < 8) {
      return;
    }
    long sender = u32(data, at + 4);
    switch (type) {
      case SENDER_REPORT -> {
        if (size >= 28) {
          packets.add(
              new SenderReport(
                  sender,
                  (u32(data, at + 8) << 32) | u32(data, at + 12),
                  u32(data, at + 16),
                  u32(data, at + 20),
                  u32(data, at + 24),
                  blocks(data, at + 28, at + size, count)));
        }
      }
      case RECEIVER_REPORT ->
          packets.add(new ReceiverReport(sender, blocks(data, at + 8, at + size, count)));
      case SOURCE_DESCRIPTION -> descriptions(data, at + 4, at + size, count, packets);
      case BYE -> {
        for (int i = 0; i < count && at + 8 + 4 * i <= at + size; i++) {
          packets.add(new Bye(u32(data, at + 4 + 4 * i)));
        }
      }
      case TRANSPORT_FEEDBACK -> {
        if (count == FORMAT_NACK && size >= 16) {
          packets.add(new Nack(sender, u32(data, at + 8), lost(data, at + 12, at + size)));
        }
      }
      case PAYLOAD_FEEDBACK -> {
        if (count == FORMAT_PLI && size >= 12) {
          packets.add(new PictureLoss(sender, u32(data, at + 8)));
        } else if (count == FORMAT_FIR) {
          for (int entry = at + 12; entry + 8 <= at + size; entry += 8) {
            packets.add(new FullIntraRequest(sender, u32(data, entry), data[entry + 4] & 0xFF));
          }
        }
      }
      default -> {
        // XR, APP and whatever comes later say nothing that is used here.
      }
    }
  }

  private static List<ReportBlock> blocks(byte[] data, int at, int end, int count) {
    List<ReportBlock> blocks = new ArrayList<>(count);
    for (int i = 0; i < count && at + 24 <= end; i++, at += 24) {
      int lost = (int) (u32(data, at + 4) & 0xFFFFFF);
      blocks.add(
          new ReportBlock(
              u32(data, at),
              data[at + 4] & 0xFF,
              (lost << 8) >> 8,
              u32(data, at + 8),
              u32(data, at + 12),
              u32(data, at + 16),
              u32(data, at + 20)));
    }
    return blocks;
  }

  private static void descriptions(byte[] data, int at, int end, int count, List<Packet> packets) {
    for (int chunk = 0; chunk < count && at + 5 <= end; chunk++) {
      long ssrc = u32(data, at);
      int start = at;
      at += 4;
      while (at < end && data[at] != 0) {
        if (at + 2 > end || at + 2 + (data[at + 1] & 0xFF) > end) {
          return;
        }
        int size = data[at + 1] & 0xFF;
        if (data[at] == SDES_CNAME) {
          packets.add(
              new SourceDescription(ssrc, new String(data, at + 2, size, StandardCharsets.UTF_8)));
        }
        at += 2 + size;
      }
      at = start + ((at - start) / 4 + 1) * 4;
    }
  }

  private static List<Integer> lost(byte[] data, int at, int end) {
    List<Integer> sequences = new ArrayList<>();
    for (; at + 4 <= end; at += 4) {
      int first = u16(data, at);
      int mask = u16(data, at + 2);
      sequences.add(first);
      for (int bit = 0; bit < 16; bit++) {
        if ((mask & (1 << bit)) != 0) {
          sequences.add((first + bit + 1) & 0xFFFF);
        }
      }
    }
    return sequences;
  }

  private static int packetLength(byte[] data, int at) {
    return 4 * (u16(data, at + 2) + 1);
  }

  /** A sender report, with the sender's name when it is known, as a packet of its own. */
  public static byte[] senderReport(SenderReport report, String cname) {
    byte[] description = sourceDescription(report.sender(), cname);
    byte[] out = Arrays.copyOf(new byte[0], 28 + description.length);
    header(out, 0, 0, SENDER_REPORT, 28);
    putU32(out, 4, report.sender());
    putU32(out, 8, report.ntp() >>> 32);
    putU32(out, 12, report.ntp());
    putU32(out, 16, report.rtp());
    putU32(out, 20, report.packets());
    putU32(out, 24, report.octets());
    System.arraycopy(description, 0, out, 28, description.length);
    return out;
  }

  /** An SDES packet with one CNAME. */
  public static byte[] sourceDescription(long ssrc, String cname) {
    byte[] name = cname.getBytes(StandardCharsets.UTF_8);
    int size = Math.min(name.length, 255);
    int chunk = ((4 + 2 + size) / 4 + 1) * 4;
    byte[] out = new byte[4 + chunk];
    header(out, 0, 1, SOURCE_DESCRIPTION, out.length);
    putU32(out, 4, ssrc);
    out[8] = SDES_CNAME;
    out[9] = (byte) size;
    System.arraycopy(name, 0, out, 10, size);
    return out;
  }

  /**
   * A request for a key frame: a PLI behind an empty receiver report, because not every sender
   * takes feedback without one (RFC 5506 is optional).
   */
  public static byte[] pictureLoss(long sender, long media) {
    byte[] out = new byte[8 + 12];
    header(out, 0, 0, RECEIVER_REPORT, 8);
    putU32(out, 4, sender);
    header(out, 8, FORMAT_PLI, PAYLOAD_FEEDBACK, 12);
    putU32(out, 12, sender);
    putU32(out, 16, media);
    return out;
  }

  /** Both kinds of request for a key frame, for senders that know only one of them. */
  public static byte[] pictureLossAndFullIntraRequest(long sender, long media, int sequence) {
    byte[] full = fullIntraRequest(sender, media, sequence);
    return join(pictureLoss(sender, media), Arrays.copyOfRange(full, 8, full.length));
  }

  /** Packets one behind the other: a compound. */
  public static byte[] join(byte[] first, byte[] second) {
    byte[] out = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, out, first.length, second.length);
    return out;
  }

  /** A full intra request behind an empty receiver report; {@code sequence} is +1 per request. */
  public static byte[] fullIntraRequest(long sender, long media, int sequence) {
    byte[] out = new byte[8 + 20];
    header(out, 0, 0, RECEIVER_REPORT, 8);
    putU32(out, 4, sender);
    header(out, 8, FORMAT_FIR, PAYLOAD_FEEDBACK, 20);
    putU32(out, 12, sender);
    putU32(out, 20, media);
    out[24] = (byte) sequence;
    return out;
  }

  /**
   * How much may be sent in all streams together (draft-alvestrand-rmcat-remb-03).
   *
   * @param bitrate bit/s; rounded down to 18 significant bits
   */
  public static byte[] maximumBitrate(long sender, long bitrate, List<Long> streams) {
    byte[] out = new byte[20 + 4 * streams.size()];
    header(out, 0, FORMAT_APPLICATION, PAYLOAD_FEEDBACK, out.length);
    putU32(out, 4, sender);
    System.arraycopy(REMB, 0, out, 12, REMB.length);
    int exponent = Math.max(0, 64 - Long.numberOfLeadingZeros(bitrate) - 18);
    putU32(out, 16, (long) exponent << 18 | bitrate >>> exponent);
    out[16] = (byte) streams.size();
    int at = 20;
    for (long stream : streams) {
      putU32(out, at, stream);
      at += 4;
    }
    return out;
  }

  /** A generic NACK for up to 17 sequence numbers per entry, behind an empty receiver report. */
  public static byte[] nack(long sender, long media, List<Integer> sequences) {
    List<int[]> entries = new ArrayList<>();
    for (int sequence : sequences) {
      int[] last = entries.isEmpty() ? null : entries.getLast();
      int distance = last == null ? 0 : (sequence - last[0]) & 0xFFFF;
      if (last != null && distance >= 1 && distance <= 16) {
        last[1] |= 1 << (distance - 1);
      } else {
        entries.add(new int[] {sequence, 0});
      }
    }
    int size = 12 + 4 * entries.size();
    byte[] out = new byte[8 + size];
    header(out, 0, 0, RECEIVER_REPORT, 8);
    putU32(out, 4, sender);
    header(out, 8, FORMAT_NACK, TRANSPORT_FEEDBACK, size);
    putU32(out, 12, sender);
    putU32(out, 16, media);
    int at = 20;
    for (int[] entry : entries) {
      putU16(out, at, entry[0]);
      putU16(out, at + 2, entry[1]);
      at += 4;
    }
    return out;
  }

  /** A receiver report with these blocks (at most 31). */
  public static byte[] receiverReport(long sender, List<ReportBlock> blocks) {
    int count = Math.min(31, blocks.size());
    byte[] out = new byte[8 + 24 * count];
    header(out, 0, count, RECEIVER_REPORT, out.length);
    putU32(out, 4, sender);
    int at = 8;
    for (ReportBlock block : blocks.subList(0, count)) {
      putU32(out, at, block.ssrc());
      putU32(out, at + 4, block.cumulativeLost() & 0xFFFFFF);
      out[at + 4] = (byte) block.fractionLost();
      putU32(out, at + 8, block.highestSequence());
      putU32(out, at + 12, block.jitter());
      putU32(out, at + 16, block.lastReport());
      putU32(out, at + 20, block.delay());
      at += 24;
    }
    return out;
  }

  /** A BYE of one source. */
  public static byte[] bye(long sender) {
    byte[] out = new byte[8];
    header(out, 0, 1, BYE, 8);
    putU32(out, 4, sender);
    return out;
  }

  private static void header(byte[] out, int at, int count, int type, int size) {
    out[at] = (byte) (0x80 | count);
    out[at + 1] = (byte) type;
    putU16(out, at + 2, size / 4 - 1);
  }
}
