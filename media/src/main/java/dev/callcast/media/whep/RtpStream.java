package dev.callcast.media.whep;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.TrackSpec;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One stream of RTP that goes out: gives packets their numbers and times, and keeps the newest ones
 * for a peer that misses some. Numbers never come twice under the same keys, whatever dies: {@link
 * LongConsumer} is told of each 2^13 of them, and who goes on begins beyond what can have been
 * used. Belongs to one thread.
 */
final class RtpStream {
  /** Numbers, as a power of two, that are told of as one. */
  private static final int BLOCK_BITS = 13;

  /** Who went before may have used one block more than was heard of. */
  private static final int BLOCKS_AHEAD = 2;

  /** Packets kept: three seconds of 4 Mbit/s. A power of two. */
  private static final int KEPT = 2048;

  /** What was asked for again is on its way for so long at least, ns. */
  private static final long AGAIN = 10_000_000;

  private static final int MARKER = 0x80;
  private static final long NTP_EPOCH = 2_208_988_800L; // s from 1900 to 1970

  private final EndpointSpec.Sent spec;
  private final int clockRate;
  private final LongConsumer told;
  private final byte[] @Nullable [] kept = new byte[KEPT][];
  private final long[] repeated = new long[KEPT];
  private long index;
  private long packets;
  private long octets;

  /**
   * Makes one.
   *
   * @param block what an earlier one told last; 0 where it told nothing; negative where there was
   *     none
   * @param start the first number within its block, below 2^13; random, so that two that begin one
   *     after the other, before anybody heard of the first, do not use the same ones
   */
  RtpStream(EndpointSpec.Sent spec, int clockRate, long block, int start, LongConsumer told) {
    this.spec = spec;
    this.clockRate = clockRate;
    this.told = told;
    index = start + (block < 0 ? 0 : (block + BLOCKS_AHEAD) << BLOCK_BITS);
    if (block >= 0) {
      told.accept(index >> BLOCK_BITS);
    }
  }

  /** The rollover counter (RFC 3711 §3.3.1) of the next packet. */
  long rollover() {
    return index >> 16;
  }

  EndpointSpec.Sent spec() {
    return spec;
  }

  /**
   * Completes a packet whose payload is behind room for a header.
   *
   * @param time ns of any clock, the same for all streams of a session
   */
  void complete(byte[] packet, long time, boolean last) {
    header(packet, spec.payloadType() | (last ? MARKER : 0), spec.ssrc(), clock(time));
    int slot = (int) (index & (KEPT - 1));
    kept[slot] = packet;
    repeated[slot] = 0;
    count(packet.length - RtpPacket.FIXED_HEADER);
  }

  /**
   * A packet that was sent and is missed, to be sent now; null where it is too old, or on its way
   * again.
   *
   * @param repairs the stream that repeats for this one, or null for the same
   */
  byte @Nullable [] again(int sequence, @Nullable RtpStream repairs, long now) {
    int slot = sequence & (KEPT - 1);
    byte[] packet = kept[slot];
    if (packet == null
        || (((packet[2] & 0xFF) << 8) | (packet[3] & 0xFF)) != sequence
        || (repeated[slot] != 0 && now - repeated[slot] < AGAIN)) {
      return null;
    }
    repeated[slot] = now;
    return repairs == null ? packet : repairs.repair(packet);
  }

  /** The same payload behind its number (RFC 4588 §4). */
  private byte[] repair(byte[] original) {
    int header = RtpPacket.FIXED_HEADER;
    byte[] packet = new byte[original.length + 2];
    System.arraycopy(original, 2, packet, header, 2);
    System.arraycopy(original, header, packet, header + 2, original.length - header);
    header(packet, spec.payloadType() | (original[1] & MARKER), spec.ssrc(), 0);
    System.arraycopy(original, 4, packet, 4, 4);
    count(packet.length - header);
    return packet;
  }

  private void header(byte[] packet, int type, long ssrc, long time) {
    packet[0] = (byte) 0x80;
    packet[1] = (byte) type;
    packet[2] = (byte) (index >>> 8);
    packet[3] = (byte) index;
    for (int i = 0; i < 4; i++) {
      packet[4 + i] = (byte) (time >>> (24 - 8 * i));
      packet[8 + i] = (byte) (ssrc >>> (24 - 8 * i));
    }
  }

  private void count(int payload) {
    packets++;
    octets += payload;
    index++;
    if ((index & ((1 << BLOCK_BITS) - 1)) == 0) {
      told.accept(index >> BLOCK_BITS);
    }
  }

  private long clock(long time) {
    // In two steps: ns since the machine's start, times 90,000, would overflow after a day.
    long second = 1_000_000_000L;
    return Math.floorDiv(time, second) * clockRate
        + Math.floorMod(time, second) * clockRate / second;
  }

  /**
   * A sender report.
   *
   * @param time now, by the clock of {@link #complete}
   * @param wallMillis now, ms since 1970
   */
  byte[] report(long time, long wallMillis, String name) {
    long ntp = ((wallMillis / 1000 + NTP_EPOCH) << 32) | ((wallMillis % 1000) << 32) / 1000;
    return Rtcp.senderReport(
        new Rtcp.SenderReport(spec.ssrc(), ntp, clock(time), packets, octets, List.of()), name);
  }

  boolean sent() {
    return packets > 0;
  }

  /** The stream of the repetitions of another, or null where they come under their own number. */
  static EndpointSpec.@Nullable Sent repairOf(EndpointSpec.Sent stream) {
    TrackSpec.Rtx rtx = stream.rtx();
    return rtx == null ? null : new EndpointSpec.Sent(rtx.ssrc(), rtx.payloadType(), null);
  }
}
