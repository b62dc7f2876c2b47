package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.RtpPacket;

/**
 * Finds jumps of a stream's RTP timestamp by less than a second that no gap in time goes with, and
 * takes them out. {@link SenderClock} would follow such a jump: its places would run ahead by as
 * much and come back only over ten seconds. (Jumps beyond a second it detects itself.)
 *
 * <p>A jump ahead differs from a burst after a stall in that the packet is earlier than the
 * quickest one before it: nothing in a network does that. It differs from the end of a congestion
 * in that it happens from one packet to the next. Times going back within a stream without
 * reordering are always a jump.
 *
 * <p>Owned by the endpoint's thread.
 */
final class TimestampRectifier {
  private static final long MIN_JUMP = 100_000_000;
  private static final long MAX_JUMP = 1_000_000_000;
  private static final long EARLIER_THAN_QUICKEST = 60_000_000;
  private static final long LEARNING = 1_000_000_000;
  private static final long WINDOW = 4_000_000_000L;

  private final int clockRate;
  private boolean started;
  private int lastSequence;
  private long lastTimestamp;
  private long lastArrival;
  private long elapsed;
  private long firstArrival;
  private int correction;
  private long quickest;
  private long quickestNow;
  private long windowEnd;
  private long learntAt;
  private long jumps;

  TimestampRectifier(int clockRate) {
    this.clockRate = clockRate;
  }

  /** What has to be subtracted from the stream's timestamps, in units of the clock. */
  int correction() {
    return correction;
  }

  /** The time stamp of the newest packet, as it was sent. */
  long lastTimestamp() {
    return lastTimestamp;
  }

  /** When the newest packet would have come had it been as quick as the quickest, ns. */
  long expected() {
    return firstArrival + elapsed + quickest;
  }

  long jumps() {
    return jumps;
  }

  /**
   * Looks at a packet as it arrives and corrects its timestamp.
   *
   * @param arrival ns, of a clock that never goes back
   * @return the corrected timestamp
   */
  long rectify(int sequence, long timestamp, long arrival) {
    if (!started) {
      restart(sequence, timestamp, arrival);
      return timestamp;
    }
    int distance = RtpPacket.sequenceDistance(lastSequence, sequence);
    if (distance <= 0 && distance > -1000) {
      return correct(timestamp); // reordered or repeated
    }
    int units = RtpPacket.timestampDistance(lastTimestamp, timestamp);
    long step = units * 1_000_000_000L / clockRate;
    long waited = arrival - lastArrival;
    if (Math.abs(step) > MAX_JUMP + waited || waited > MAX_JUMP) {
      // A pause, or a new timeline: what is quick is not known any more.
      restart(sequence, timestamp, arrival);
      return correct(timestamp);
    }
    long transit = arrival - firstArrival - (elapsed + step);
    long surplus = step - waited;
    boolean ahead =
        arrival > learntAt
            && surplus > MIN_JUMP
            && surplus < MAX_JUMP
            && transit < quickest - EARLIER_THAN_QUICKEST;
    boolean back = step < -MIN_JUMP;
    lastSequence = sequence;
    lastTimestamp = timestamp;
    lastArrival = arrival;
    if (ahead || back) {
      correction += (int) (surplus * clockRate / 1_000_000_000L);
      elapsed += waited;
      jumps++;
    } else {
      elapsed += step;
      baseline(transit, arrival);
    }
    return correct(timestamp);
  }

  private void baseline(long transit, long arrival) {
    quickestNow = Math.min(quickestNow, transit);
    quickest = Math.min(quickest, transit);
    if (arrival >= windowEnd) {
      // The least of one to two windows: follows a drifting clock.
      quickest = quickestNow;
      quickestNow = transit;
      windowEnd = arrival + WINDOW;
    }
  }

  private void restart(int sequence, long timestamp, long arrival) {
    started = true;
    lastSequence = sequence;
    lastTimestamp = timestamp;
    lastArrival = arrival;
    firstArrival = arrival;
    elapsed = 0;
    quickest = 0;
    quickestNow = 0;
    windowEnd = arrival + WINDOW;
    learntAt = arrival + LEARNING;
  }

  private long correct(long timestamp) {
    return (timestamp - correction) & 0xFFFF_FFFFL;
  }
}
