package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.RtpPacket;

/**
 * Places a stream on the call's timeline: follows the sender's clock, as its RTP timestamps tell
 * it, as that drifts against ours. A packet's <i>transit</i> is how much later it came than its
 * timestamp says; the network only ever adds to it, so the least transit of the last seconds is the
 * sender's clock, and what is above it is jitter, which is taken out. The place follows that least
 * slowly, by 1/125 of what is between them with each timestamp, so that sound need not be bent.
 *
 * <p>These are the rules and the constants of GStreamer's {@code rtpjitterbuffer} in its mode
 * {@code slave}, and a test holds the two against each other, but for stalls (docs/decisions/0024):
 * what comes in a burst after one keeps its place, which is past. Only when packets keep coming too
 * late, as quickly as they were sent, their way has become longer, and the timeline begins anew. A
 * stream that begins with a burst is at its place when the burst is over.
 *
 * <p>Owned by the endpoint's thread.
 */
final class SenderClock {
  /** Of so much of the stream the least transit is taken, ns. */
  private static final long WINDOW = 2_000_000_000L;

  /** But of at most so many timestamps. */
  private static final int MOST = 512;

  /** What comes so much before its place at first shows that the place is wrong, ns. */
  private static final long EARLY = 40_000_000L;

  /** With each timestamp the place goes this part of the way to the least transit. */
  private static final int SLOWNESS = 125;

  /** A transit that differs by more than this is that of another timeline, ns. */
  private static final long NEW_TIMELINE = 1_000_000_000L;

  /** What comes later than this behind its place would be shown no more, ns. */
  private static final long TOO_LATE = JitterBuffer.LATENCY_MILLIS * 1_000_000L;

  /** For so long it must go on, ns. */
  private static final long LATE_FOR = 100_000_000L;

  private final int clockRate;
  private final long[] transits = new long[MOST];
  private boolean started;
  private long lastTimestamp;
  private long lastPlace;
  private long units; // of the sender's clock since the timeline began, at lastTimestamp
  private long base; // ns on the call's timeline at which it began
  private int count; // of the transits that the window holds while it fills, and then holds always
  private boolean filled;
  private int next; // the slot of the window's oldest transit
  private long least;
  private long skew;
  private boolean late;
  private long lateSince; // when the first of those too late came, ...
  private long lateSent; // ... and when it was sent

  SenderClock(int clockRate) {
    this.clockRate = clockRate;
  }

  /**
   * Places a packet.
   *
   * @param timestamp 32 bits, of packets in whatever order
   * @param arrival ns on the call's timeline
   * @return ns on the call's timeline; never less than for a packet with a lower timestamp, unless
   *     the stream has begun a new timeline
   */
  long place(long timestamp, long arrival) {
    if (!started) {
      return restart(timestamp, arrival);
    }
    int step = RtpPacket.timestampDistance(lastTimestamp, timestamp);
    if (step == 0) {
      return lastPlace; // of the same frame
    }
    long sent = (units + step) * 1_000_000_000L / clockRate;
    long transit = arrival - base - sent;
    if (Math.abs(transit - skew) > NEW_TIMELINE) {
      return restart(timestamp, arrival);
    }
    if (step < 0) {
      return base + sent + skew;
    }
    follow(transit, sent);
    long place = base + sent + skew;
    if (keepsBeingLate(place, sent, arrival)) {
      return restart(timestamp, arrival);
    }
    units += step;
    lastTimestamp = timestamp;
    lastPlace = Math.max(place, lastPlace);
    return lastPlace;
  }

  private boolean keepsBeingLate(long place, long sent, long arrival) {
    boolean before = late;
    late = place + TOO_LATE < arrival;
    if (late && !before) {
      lateSince = arrival;
      lateSent = sent;
    }
    long took = arrival - lateSince;
    return late && took >= LATE_FOR && sent - lateSent < 2 * took;
  }

  private long restart(long timestamp, long arrival) {
    started = true;
    lastTimestamp = timestamp;
    lastPlace = arrival;
    units = 0;
    base = arrival;
    count = 0;
    filled = false;
    next = 0;
    least = 0;
    skew = 0;
    late = false;
    return arrival;
  }

  private void follow(long transit, long sent) {
    if (filled) {
      long oldest = transits[next];
      transits[next] = transit;
      next = (next + 1) % count;
      if (transit <= least) {
        least = transit;
      } else if (oldest == least) {
        least = leastOfAll();
      }
      skew += (least - skew) / SLOWNESS;
      return;
    }
    transits[count] = transit;
    least = count == 0 ? transit : Math.min(least, transit);
    count++;
    if (sent >= WINDOW || count == MOST) {
      filled = true;
    } else if (transit < skew - EARLY) {
      skew = transit; // no network makes a packet early: those before it were late, say by a stall
    } else {
      // The less is known the less it counts.
      double full = Math.max((double) sent / WINDOW, (double) count / MOST);
      skew += (long) ((least - skew) * full * full);
    }
  }

  private long leastOfAll() {
    long found = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      found = Math.min(found, transits[i]);
    }
    return found;
  }
}
