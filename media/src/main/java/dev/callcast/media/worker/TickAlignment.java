package dev.callcast.media.worker;

import java.util.Arrays;

/**
 * How one track's pictures lie between a composition's ticks. A picture is shown at the tick next
 * to its time, so up to half a tick late or early; and as long as the sender's clock does not
 * drift, always by the same. This says by how much, and what follows from it. Belongs to the
 * composition's tick thread.
 *
 * <p><b>Sound.</b> It is shifted by what is more than 5 ms, so that sound and picture of each
 * participant agree within 7 ms. Not by all of it: with a drifting clock the pictures jump from
 * half a tick late to half a tick early now and then, and sound can follow that only slowly.
 *
 * <p><b>Pictures.</b> When they lie just between two ticks, each jitter of a time stamp would show
 * one twice and leave the next out. So they stay on the side on which they are until they are 5 ms
 * beyond the middle.
 */
final class TickAlignment {
  /** What is not mended, ns. */
  static final long TOLERANCE = 5_000_000;

  /** By how much more than that the sound may be off before it is moved, ns. */
  private static final long HYSTERESIS = 2_000_000;

  /** Half a second at 30 pictures a second: a stall moves the median by nothing. */
  private static final int PICTURES = 15;

  private static final int KNOWN_AFTER = 5;

  private final long halfTick;
  private final long[] lateness = new long[PICTURES];
  private int measured;
  private long lastSerial;
  private long median;
  private long soundShift;

  /**
   * Starts without knowledge.
   *
   * @param halfTick ns
   */
  TickAlignment(long halfTick) {
    this.halfTick = halfTick;
  }

  /** What to add to a tick's time when the next picture is asked for, ns. */
  long bias() {
    long most = Math.min(TOLERANCE, halfTick / 3);
    return measured < KNOWN_AFTER ? 0 : Math.clamp(-median, -most, most);
  }

  /**
   * A picture is shown.
   *
   * @param serial its number: the same as the last one's when it is shown again
   * @param late the tick's time less the picture's, ns
   */
  void shown(long serial, long late) {
    boolean again = serial == lastSerial;
    lastSerial = serial;
    if (Math.abs(late) > halfTick + TOLERANCE) {
      return; // It came too late for its own tick, or nothing comes any more.
    }
    boolean otherSide =
        measured >= KNOWN_AFTER && Math.abs(late - median) > halfTick + halfTick / 2;
    if (again && !otherSide) {
      return;
    }
    if (otherSide) {
      // The picture before was shown twice, or one was left out. They lie there from now on, or
      // they would go to and fro.
      Arrays.fill(lateness, 0, KNOWN_AFTER, late);
      measured = KNOWN_AFTER;
    }
    lateness[measured++ % PICTURES] = late;
    int known = Math.min(measured, PICTURES);
    long[] sorted = Arrays.copyOf(lateness, known);
    Arrays.sort(sorted);
    median = sorted[known / 2];
    if (measured >= KNOWN_AFTER && Math.abs(median - soundShift) > TOLERANCE + HYSTERESIS) {
      soundShift = median - Math.clamp(median, -TOLERANCE, TOLERANCE);
    }
  }

  /** By how much later its participant's sound is to be heard, ns. */
  long soundShift() {
    return soundShift;
  }
}
