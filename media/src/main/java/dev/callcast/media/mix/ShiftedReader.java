package dev.callcast.media.mix;

import java.util.Arrays;

/**
 * Reads an input a little later or earlier than its own time, by a shift that can change while it
 * sounds: the sound then runs slower or faster by a thousandth (less than 2 cents) until it is
 * there, interpolated between samples on the way and exact before and after. One thread reads;
 * {@link #shift} may be called by any.
 */
final class ShiftedReader {
  /** A millisecond a second. */
  static final double SLEW = 0.001;

  /** Samples around a place that interpolation needs: one before, two after. */
  private static final int BEFORE = 1;

  private static final int AFTER = 2;
  private static final int HISTORY = 8;

  /** Room for what a mixer reads at once. */
  private static final int USUAL = 1024 + 4 * HISTORY;

  private final TrackInput.Reader reader;
  private volatile int target;

  // The reading thread's own.
  private double shift;
  private boolean heard;
  private long expected = Long.MIN_VALUE;
  private long next; // the first frame that was not read yet
  private float[] left = new float[USUAL];
  private float[] right = new float[USUAL];
  private int kept; // frames before next that the arrays begin with
  private boolean keptSilent = true;

  ShiftedReader(TrackInput.Reader reader) {
    this.reader = reader;
  }

  /**
   * Says how much later than its time the sound is to be heard from now on.
   *
   * @param frames of 48 kHz; negative for earlier
   */
  void shift(int frames) {
    target = frames;
  }

  /** See {@link TrackInput.Reader#read}; {@code first} is the time at which it is heard. */
  boolean read(long first, float[] outLeft, float[] outRight, int frames) {
    int wanted = target;
    if (!heard && shift != wanted) {
      shift = wanted;
      expected = Long.MIN_VALUE;
    }
    if (first != expected) {
      kept = 0;
      keptSilent = true;
      next = (long) Math.floor(first - shift) - BEFORE;
    }
    expected = first + frames;
    double begin = first - shift;
    double change = Math.clamp(wanted - shift, -SLEW * frames, SLEW * frames);
    shift += change;
    double pace = 1 - change / frames;
    int count = (int) ((long) Math.floor(first + frames - shift) + AFTER + 1 - next);
    long base = next - kept;
    boolean sound = fetch(count);
    heard |= sound;
    boolean silent = !sound && keptSilent;
    if (!silent) {
      double at = begin - base;
      if (change == 0 && at == Math.rint(at)) {
        System.arraycopy(left, (int) at, outLeft, 0, frames);
        System.arraycopy(right, (int) at, outRight, 0, frames);
      } else {
        interpolate(left, at, pace, outLeft, frames);
        interpolate(right, at, pace, outRight, frames);
      }
    }
    keep(count, sound);
    return !silent;
  }

  /** Reads on, behind what is kept. */
  private boolean fetch(int count) {
    if (left.length < kept + count) {
      left = Arrays.copyOf(left, kept + count);
      right = Arrays.copyOf(right, kept + count);
    }
    if (keptSilent) {
      Arrays.fill(left, 0, kept, 0);
      Arrays.fill(right, 0, kept, 0);
    }
    boolean sound = count > 0 && reader.read(next, left, right, kept, count);
    if (!sound) {
      Arrays.fill(left, kept, kept + count, 0);
      Arrays.fill(right, kept, kept + count, 0);
    }
    next += count;
    return sound;
  }

  private void keep(int count, boolean sound) {
    int all = kept + count;
    int keeping = Math.min(all, HISTORY);
    System.arraycopy(left, all - keeping, left, 0, keeping);
    System.arraycopy(right, all - keeping, right, 0, keeping);
    kept = keeping;
    keptSilent = !sound && (keptSilent || count >= keeping);
  }

  /** Cubic interpolation (Catmull and Rom's spline) at {@code at}, {@code at + pace}, ... */
  private static void interpolate(
      float[] samples, double at, double pace, float[] out, int frames) {
    for (int i = 0; i < frames; i++) {
      double place = at + i * pace;
      int whole = (int) place;
      float part = (float) (place - whole);
      float a = samples[whole - 1];
      float b = samples[whole];
      float c = samples[whole + 1];
      float d = samples[whole + 2];
      out[i] =
          b
              + 0.5f
                  * part
                  * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)));
    }
  }
}
