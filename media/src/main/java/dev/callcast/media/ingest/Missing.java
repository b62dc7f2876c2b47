package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.RtpPacket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The packets of a stream that have not come though later ones have, and when to ask for each (RFC
 * 4585 §6.2.1). Asked at once and often: what a jitter buffer and an RTCP session make of this
 * between them waits for the pace of frames and of reports, so that of 200 ms only one request in
 * time was left, and each retransmission that was lost in its turn froze a picture (measured at 2 %
 * of loss: one packet in twenty of those that were missing).
 *
 * <p>Owned by the endpoint's thread.
 */
final class Missing {
  /** How long a packet may be late by reordering alone before it is asked for, ns. */
  static final long REORDERED = 15_000_000L;

  /** The least time from one request for a packet to the next, ns. */
  static final long LEAST_INTERVAL = 30_000_000L;

  /** Of longer ways only so much, ns: a request too many costs less than a picture. */
  static final long MOST_INTERVAL = 100_000_000L;

  /** After this the jitter buffer has given the packet up, ns. */
  static final long GIVE_UP = JitterBuffer.LATENCY_MILLIS * 1_000_000L;

  /** A gap of more than this is no loss that could be mended: a key frame is. */
  private static final int MOST = 300;

  private static final class Packet {
    final int sequence;
    final long since;
    long next;
    long asked;
    int requests;

    Packet(int sequence, long since) {
      this.sequence = sequence;
      this.since = since;
      this.next = since + REORDERED;
    }
  }

  private final List<Packet> packets = new ArrayList<>();
  private boolean started;
  private int highest;
  private long roundTrip;

  /** A packet came, in whatever order. */
  void arrived(int sequence, long now) {
    int ahead = started ? RtpPacket.sequenceDistance(highest, sequence) : 1;
    if (!started || Math.abs(ahead) > MOST) {
      packets.clear();
      started = true;
      highest = sequence;
      return;
    }
    if (ahead <= 0) {
      take(sequence);
      return;
    }
    for (int i = 1; i < ahead; i++) {
      packets.add(new Packet((highest + i) & 0xFFFF, now));
    }
    if (packets.size() > MOST) {
      packets.clear();
    }
    highest = sequence;
  }

  /**
   * A retransmission came.
   *
   * @return whether it was missing; false for the second of two
   */
  boolean arrivedAgain(int sequence, long now) {
    Packet packet = take(sequence);
    if (packet == null) {
      return false;
    }
    // Of several requests nobody knows which one was answered.
    if (packet.requests == 1) {
      long took = now - packet.asked;
      roundTrip = roundTrip == 0 ? took : roundTrip + (took - roundTrip) / 8;
    }
    return true;
  }

  private @Nullable Packet take(int sequence) {
    for (Iterator<Packet> all = packets.iterator(); all.hasNext(); ) {
      Packet packet = all.next();
      if (packet.sequence == sequence) {
        all.remove();
        return packet;
      }
    }
    return null;
  }

  /** The numbers to ask for now, as they were sent. */
  List<Integer> due(long now) {
    if (packets.isEmpty()) {
      return List.of();
    }
    packets.removeIf(packet -> now - packet.since > GIVE_UP);
    List<Integer> due = new ArrayList<>();
    long interval = Math.clamp(roundTrip + roundTrip / 4, LEAST_INTERVAL, MOST_INTERVAL);
    for (Packet packet : packets) {
      if (now >= packet.next) {
        due.add(packet.sequence);
        packet.requests++;
        packet.asked = now;
        packet.next = now + interval;
      }
    }
    return due;
  }

  /** Nobody waits for what is missing any more, and the next packet follows none. */
  void forget() {
    packets.clear();
    started = false;
  }
}
