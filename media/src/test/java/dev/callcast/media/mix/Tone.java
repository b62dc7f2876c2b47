package dev.callcast.media.mix;

/** What the tests need of tones: making and measuring them. */
final class Tone {
  /**
   * Every seventh sample is fitted, to save time: what is wrong folds down, but does not vanish.
   */
  private static final int STEP = 7;

  private Tone() {}

  /**
   * How a stretch of sound fits a pure tone: amplitude, Hz, radians at its start, residual in dB.
   */
  record Fit(double amplitude, double hertz, double phase, double residual) {}

  /** Fills interleaved stereo with a sine that had phase 0 at sample 0 of its sender. */
  static void fill(float[] samples, int frames, long firstSample, double hertz, double amplitude) {
    for (int i = 0; i < frames; i++) {
      double value = amplitude * Math.sin(2 * Math.PI * hertz * (firstSample + i) / 48_000);
      samples[2 * i] = (float) value;
      samples[2 * i + 1] = (float) value;
    }
  }

  /**
   * Least-squares fit of amplitude, phase and frequency (Gauss-Newton on the frequency) to the left
   * channel of interleaved stereo.
   */
  static Fit fit(float[] samples, int from, int frames, double hertz) {
    double frequency = hertz;
    double a = 0;
    double b = 0;
    double change = 1;
    for (int round = 0; round < 12 && Math.abs(change) > 1e-7; round++) {
      // Unknowns: a (sine), b (cosine), d (change of frequency); three normal equations.
      double[][] m = new double[3][4];
      for (int i = 0; i < frames; i += STEP) {
        double t = i / 48_000.0;
        double s = Math.sin(2 * Math.PI * frequency * t);
        double c = Math.cos(2 * Math.PI * frequency * t);
        double[] row = {s, c, 2 * Math.PI * t * (a * c - b * s), samples[2 * (from + i)]};
        for (int j = 0; j < 3; j++) {
          for (int k = 0; k < 4; k++) {
            m[j][k] += row[j] * row[k];
          }
        }
      }
      if (round == 0) {
        m[2] = new double[] {0, 0, 1, 0};
        m[0][2] = 0;
        m[1][2] = 0;
      }
      double[] x = solve(m);
      a = x[0];
      b = x[1];
      change = round == 0 ? 1 : x[2];
      frequency += x[2];
    }
    double residual = 0;
    double power = 0;
    for (int i = 0; i < frames; i += STEP) {
      double t = 2 * Math.PI * frequency * i / 48_000.0;
      double model = a * Math.sin(t) + b * Math.cos(t);
      double value = samples[2 * (from + i)];
      residual += (value - model) * (value - model);
      power += model * model;
    }
    return new Fit(
        Math.hypot(a, b),
        frequency,
        Math.atan2(b, a),
        10 * Math.log10((residual + 1e-30) / (power + 1e-30)));
  }

  /** The left channel's phase at a frame, by a fit of 480 frames at a fixed frequency. */
  static double phase(float[] samples, int from, double hertz) {
    double s = 0;
    double c = 0;
    for (int i = 0; i < 480; i++) {
      double t = 2 * Math.PI * hertz * i / 48_000.0;
      s += samples[2 * (from + i)] * Math.sin(t);
      c += samples[2 * (from + i)] * Math.cos(t);
    }
    return Math.atan2(c, s);
  }

  private static double[] solve(double[][] m) {
    for (int i = 0; i < 3; i++) {
      int pivot = i;
      for (int j = i + 1; j < 3; j++) {
        if (Math.abs(m[j][i]) > Math.abs(m[pivot][i])) {
          pivot = j;
        }
      }
      double[] swap = m[i];
      m[i] = m[pivot];
      m[pivot] = swap;
      for (int j = 0; j < 3; j++) {
        if (j != i) {
          double factor = m[j][i] / m[i][i];
          for (int k = i; k < 4; k++) {
            m[j][k] -= factor * m[i][k];
          }
        }
      }
    }
    return new double[] {m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]};
  }
}
