package dev.callcast.media.output.tracks;

import java.util.Arrays;

/**
 * The times of one file: those of the stream's own clock, so that sound and pictures have the
 * distances with which they were captured, from where the jitter buffer placed the first frame.
 *
 * <p>Where that lies on the recording's timeline is not known at once: a jitter buffer takes the
 * first packets of a stream for punctual, which came in a burst perhaps, and lip sync waits for
 * reports. So for the first {@link #SETTLING} the {@link #offset} of the file is found, which the
 * frames need not know. From then on the file's clock follows the placement slowly, for the
 * sender's clock has another speed.
 *
 * <p>One thread.
 */
final class FileClock {
  /** How long the offset is looked for: 3 s. */
  static final long SETTLING = 3_000_000_000L;

  /** By how much the file's clock follows the placement: 5 ms a second, which nobody hears. */
  private static final long SLEW_PER_SECOND = 5_000_000L;

  /** A placement that is so far away from before belongs to another timeline: 0.5 s. */
  private static final long JUMP = 500_000_000L;

  /** The placement is the median of that many frames: what a burst does to some is not seen. */
  private static final int FRAMES = 25;

  private static final int LOOK_EVERY = 5;

  private final long firstClock;
  private final long firstTime;
  private final long[] placements = new long[FRAMES]; // against the first one, the newest ones
  private long frames;
  private long median;
  private long lastClock;
  private boolean settled;
  private long settledAt; // the median by which the offset was corrected
  private long follow;

  /** Begins at a frame: its time in the file is 0. */
  FileClock(long clock, long time) {
    this.firstClock = clock;
    this.firstTime = time;
    this.lastClock = clock;
  }

  /**
   * The next frame.
   *
   * @return ns in the file
   */
  long take(long clock, long time) {
    long placement = time - firstTime - (clock - firstClock);
    boolean jumped = frames > 0 && Math.abs(placement - median) > JUMP;
    if (jumped) {
      settle();
      follow += placement - median;
      median = placement;
      Arrays.fill(placements, placement);
    }
    placements[(int) (frames % FRAMES)] = placement;
    frames++;
    if (frames <= FRAMES || frames % LOOK_EVERY == 0) {
      int known = (int) Math.min(frames, FRAMES);
      long[] sorted = jumped ? placements.clone() : Arrays.copyOf(placements, known);
      Arrays.sort(sorted);
      median = sorted[sorted.length / 2];
    }
    if (!settled && clock - firstClock >= SETTLING) {
      settle();
    }
    if (settled && clock > lastClock) {
      long most = (clock - lastClock) * SLEW_PER_SECOND / 1_000_000_000L;
      follow += Math.clamp(median - settledAt - follow, -most, most);
    }
    lastClock = Math.max(lastClock, clock);
    return clock - firstClock + follow;
  }

  /** Whether the offset is final. */
  boolean settled() {
    return settled;
  }

  /** Makes the offset final as it is. */
  void settle() {
    if (!settled) {
      settled = true;
      settledAt = median;
    }
  }

  /** Where the file's time 0 is on the recording's timeline, as far as it is known, ns. */
  long offset() {
    return firstTime + (settled ? settledAt : median);
  }
}
