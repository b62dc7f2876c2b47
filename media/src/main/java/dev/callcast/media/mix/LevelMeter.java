package dev.callcast.media.mix;

/**
 * Measures loudness as RMS over 100 ms, in dBov (RFC 6464: 0 is a full-scale square wave, -3.01 a
 * full-scale sine). One thread feeds it, any thread reads.
 */
public final class LevelMeter {
  /** What silence measures. */
  public static final double SILENCE = -127;

  private static final int WINDOW = TrackInput.SAMPLE_RATE / 10;
  private static final int LANES = 64;

  private final float[] lanes = new float[LANES];
  private int frames;
  private volatile double level = SILENCE;

  /** The last full window's level, -127 to 0 or a little above. */
  public double level() {
    return level;
  }

  void addInterleaved(float[] samples, int count) {
    add(samples, samples, count, true);
  }

  void add(float[] left, float[] right, int count) {
    add(left, right, count, false);
  }

  private void add(float[] left, float[] right, int count, boolean interleaved) {
    for (int done = 0; done < count; ) {
      int run = Math.min(count - done, Math.min(LANES / 2, WINDOW - frames));
      if (interleaved) {
        square(left, 2 * done, 2 * run);
      } else {
        square(left, done, run);
        square(right, done, run);
      }
      done += run;
      count(run);
    }
  }

  /** Counts frames of silence. */
  void addSilence(int count) {
    for (int done = 0; done < count; ) {
      int run = Math.min(count - done, WINDOW - frames);
      done += run;
      count(run);
    }
  }

  // Into lanes and not into one sum: so the loop is vectorised, which a float sum never is.
  private void square(float[] samples, int from, int count) {
    for (int i = 0; i < count; i++) {
      lanes[i] += samples[from + i] * samples[from + i];
    }
  }

  private void count(int run) {
    frames += run;
    if (frames == WINDOW) {
      double sum = 0;
      for (int i = 0; i < LANES; i++) {
        sum += lanes[i];
        lanes[i] = 0;
      }
      level = Math.max(SILENCE, 10 * Math.log10(sum / (2 * WINDOW) + 1e-20));
      frames = 0;
    }
  }
}
