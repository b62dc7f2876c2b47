package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.RtpPacket;

/**
 * Lets parts of a stream be left out without gaps in its numbers: a jitter buffer would wait for
 * what is missing. What comes behind a part that was left out is numbered on from what went before.
 *
 * <p>Owned by the endpoint's thread.
 */
final class SequenceShift {
  /** What {@link #pass} says of a packet that belongs to a part that was left out. */
  static final int LEFT_OUT = -1;

  /** A packet that is older than this is a new numbering, not a late one. */
  private static final int MAX_LATE = 1000;

  private boolean passing;
  private boolean used;
  private boolean gapAhead;
  private int shift;
  private int highest;
  private int first;
  private int sinceFirst;

  /** Leaves out what comes from now on. */
  void leaveOut() {
    passing = false;
  }

  /** Whether packets are being left out, or none came yet. */
  boolean leavesOut() {
    return !passing;
  }

  /** Whether this is the first packet behind a part that was left out; says so once. */
  boolean crossesGap(int number) {
    if (gapAhead && passing && number == shifted(first)) {
      gapAhead = false;
      return true;
    }
    return false;
  }

  /**
   * Numbers a packet.
   *
   * @param sequence as it was sent, 16 bits
   * @return as it is passed on, 16 bits, or {@link #LEFT_OUT}
   */
  int pass(int sequence) {
    if (!passing) {
      passing = true;
      shift = used ? (sequence - highest - 1) & 0xFFFF : 0;
      first = sequence;
      gapAhead = used;
      sinceFirst = 0;
      used = true;
      highest = shifted(sequence);
      return highest;
    }
    if (sinceFirst < MAX_LATE) {
      sinceFirst++;
      int distance = RtpPacket.sequenceDistance(first, sequence);
      if (distance < 0 && distance > -MAX_LATE) {
        return LEFT_OUT;
      }
    }
    int inner = shifted(sequence);
    int ahead = RtpPacket.sequenceDistance(highest, inner);
    if (ahead > 0 || ahead < -MAX_LATE) {
      highest = inner;
    }
    return inner;
  }

  /** The number inside of a packet that was sent as {@code sequence}. */
  int shifted(int sequence) {
    return (sequence - shift) & 0xFFFF;
  }

  /** Whether a packet that was sent as {@code sequence} may be passed on once more. */
  boolean passes(int sequence) {
    return passing && (sinceFirst >= MAX_LATE || RtpPacket.sequenceDistance(first, sequence) >= 0);
  }
}
