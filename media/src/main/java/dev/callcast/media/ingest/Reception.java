package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.Rtcp;
import dev.callcast.media.ingest.rtp.RtpPacket;

/**
 * What a receiver report says of one stream (RFC 3550 §6.4.1, appendix A.3 and A.8), counted as
 * packets come from the network. So it is right also for streams that nobody looks at or listens
 * to, which the jitter buffer never sees.
 *
 * <p>Owned by the endpoint's thread.
 */
final class Reception {
  private static final int NEW_NUMBERING = 3000;

  private final int clockRate;
  private boolean started;
  private int highest;
  private long cycles;
  private long base;
  private long received;
  private long expectedBefore;
  private long receivedBefore;
  private double jitter;
  private long lastTransit;
  private long reportNtp;
  private long reportArrival;
  private boolean reported;

  Reception(int clockRate) {
    this.clockRate = clockRate;
  }

  /**
   * Counts a packet.
   *
   * @param sequence as it was sent, 16 bits
   * @param timestamp as it was sent, 32 bits
   * @param arrival ns
   */
  void arrived(int sequence, long timestamp, long arrival) {
    int ahead = started ? RtpPacket.sequenceDistance(highest, sequence) : 0;
    if (!started || Math.abs(ahead) > NEW_NUMBERING) {
      begin(sequence);
    } else if (ahead > 0) {
      if (sequence < highest) {
        cycles += 0x10000;
      }
      highest = sequence;
    }
    received++;
    long transit = (long) (arrival * (clockRate / 1e9)) - timestamp;
    if (received > 1) {
      // A jump of the timestamp is no jitter.
      int difference = Math.abs((int) (transit - lastTransit));
      if (difference < clockRate) {
        jitter += (difference - jitter) / 16;
      }
    }
    lastTransit = transit;
  }

  private void begin(int sequence) {
    started = true;
    highest = sequence;
    cycles = 0;
    base = sequence;
    received = 0;
    expectedBefore = 0;
    receivedBefore = 0;
  }

  /** A sender report of the stream came. */
  void report(long ntp, long arrival) {
    reported = true;
    reportNtp = ntp;
    reportArrival = arrival;
  }

  /** In milliseconds. */
  double jitterMillis() {
    return jitter * 1000 / clockRate;
  }

  /** Whether there is anything to report. */
  boolean started() {
    return started;
  }

  /** The block for the next report; begins a new interval. */
  Rtcp.ReportBlock block(long ssrc, long now) {
    long expected = cycles + highest - base + 1;
    long lost = Math.clamp(expected - received, -0x80_0000L, 0x7F_FFFFL);
    long expectedInterval = expected - expectedBefore;
    long lostInterval = expectedInterval - (received - receivedBefore);
    expectedBefore = expected;
    receivedBefore = received;
    long fraction =
        expectedInterval <= 0 || lostInterval <= 0 ? 0 : (lostInterval << 8) / expectedInterval;
    return new Rtcp.ReportBlock(
        ssrc,
        (int) Math.min(255, fraction),
        (int) lost,
        (cycles + highest) & 0xFFFF_FFFFL,
        (long) jitter,
        reported ? (reportNtp >>> 16) & 0xFFFF_FFFFL : 0,
        reported ? ((now - reportArrival) << 16) / 1_000_000_000L & 0xFFFF_FFFFL : 0);
  }
}
