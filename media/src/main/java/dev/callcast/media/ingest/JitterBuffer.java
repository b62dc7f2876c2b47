package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.RtpPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Puts one stream's packets in order and in time. What is in order goes on at once, placed by
 * {@link SenderClock}; what came too early waits for what is missing, which is given up {@link
 * #LATENCY_MILLIS} after that showed. It asks for nothing: {@link Missing} does.
 *
 * <p>Owned by the endpoint's thread.
 */
final class JitterBuffer {
  /** How long an out-of-order or lost packet is waited for, in ms. */
  static final int LATENCY_MILLIS = 200;

  private static final long LATENCY = LATENCY_MILLIS * 1_000_000L;

  /** What is so many numbers ahead is no gap, ... */
  private static final int MOST_AHEAD = 1000;

  /** ... and what is so many behind not late, but numbered anew, ... */
  private static final int MOST_BEHIND = 200;

  /** ... if it goes on for so many packets. */
  private static final int PROVEN = 3;

  /** So much waits at most; no stream sends that in the time that it may wait. */
  private static final int MOST_BYTES = 8 << 20;

  /** Takes packets in order. */
  @FunctionalInterface
  interface Output {
    /**
     * Takes the next one.
     *
     * @param packet valid during the call
     * @param pts where it is placed, ns on the call's timeline
     * @param now ns on the call's timeline
     */
    void ordered(RtpPacket packet, long pts, long now);
  }

  private record Held(RtpPacket packet, long pts, long arrival) {}

  private final SenderClock clock;
  private final Output output;
  private final TreeMap<Long, Held> early = new TreeMap<>(); // by number, which goes on over wraps
  private int earlyBytes;
  private final List<RtpPacket> strange = new ArrayList<>();
  private int nextStrange;
  private boolean started;
  private long next; // the number of the packet that is due

  JitterBuffer(int clockRate, Output output) {
    this.clock = new SenderClock(clockRate);
    this.output = output;
  }

  /**
   * Takes a packet.
   *
   * @param now ns on the call's timeline, when it came
   */
  void push(RtpPacket packet, long now) {
    int sequence = packet.sequence();
    if (!started) {
      started = true;
      next = sequence;
    }
    int ahead = RtpPacket.sequenceDistance((int) (next & 0xFFFF), sequence);
    if (ahead > MOST_AHEAD || ahead < -MOST_BEHIND) {
      numberedAnew(packet, now);
      return;
    }
    strange.clear();
    if (ahead < 0) {
      return; // repeated, or given up
    }
    long pts = clock.place(packet.timestamp(), now);
    if (ahead == 0) {
      next++;
      output.ordered(packet, pts, now);
    } else {
      hold(next + ahead, packet, pts, now);
    }
    goOn(now);
  }

  private void hold(long number, RtpPacket packet, long pts, long now) {
    if (early.putIfAbsent(number, new Held(copy(packet), pts, now)) == null) {
      earlyBytes += packet.length();
    }
    while (earlyBytes > MOST_BYTES) {
      giveUp(now);
    }
  }

  private static RtpPacket copy(RtpPacket packet) {
    int start = packet.offset();
    RtpPacket copy = new RtpPacket();
    copy.parse(
        Arrays.copyOfRange(packet.data(), start, start + packet.length()), 0, packet.length());
    return copy;
  }

  /** Gives up what has been waited for long enough. */
  void expire(long now) {
    while (!early.isEmpty() && now - longestHeld() >= LATENCY) {
      giveUp(now);
    }
  }

  /** When the packet came that has waited the longest. */
  private long longestHeld() {
    long first = Long.MAX_VALUE;
    for (Held held : early.values()) {
      first = Math.min(first, held.arrival());
    }
    return first;
  }

  /** Goes on behind the gap. */
  private void giveUp(long now) {
    next = early.firstKey();
    goOn(now);
  }

  private void goOn(long now) {
    while (!early.isEmpty() && early.firstKey() == next) {
      Held held = early.pollFirstEntry().getValue();
      earlyBytes -= held.packet().length();
      next++;
      output.ordered(held.packet(), held.pts(), now);
    }
  }

  /** A number far from what is due: a stray packet, or a sender that has begun to count anew. */
  private void numberedAnew(RtpPacket packet, long now) {
    if (packet.sequence() != nextStrange) {
      strange.clear();
    }
    strange.add(copy(packet));
    nextStrange = (packet.sequence() + 1) & 0xFFFF;
    if (strange.size() < PROVEN) {
      return;
    }
    while (!early.isEmpty()) {
      giveUp(now);
    }
    next = nextStrange;
    List<RtpPacket> begun = List.copyOf(strange);
    strange.clear();
    for (RtpPacket one : begun) {
      output.ordered(one, clock.place(one.timestamp(), now), now);
    }
  }
}
