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

  /** Counts frames of interleaved channels, or of one that is heard on both sides. */
  void addInterleaved(float[] samples, int count, int channels) {
    for (int done = 0; done < count; ) {
      int run = Math.min(count - done, Math.min(LANES / 2, WINDOW - frames));
      square(samples, channels * done, channels * run, 2f / channels);
      done += run;
      count(run);
    }
  }

  void add(float[] left, float[] right, int count) {
    for (int done = 0; done < count; ) {
      int run = Math.min(count - done, Math.min(LANES, WINDOW - frames));
      square(left, done, run, 1);
      square(right, done, run, 1);
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
  private void square(float[] samples, int from, int count, float weight) {
    for (int i = 0; i < count; i++) {
      lanes[i] += weight * samples[from + i] * samples[from + i];
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
