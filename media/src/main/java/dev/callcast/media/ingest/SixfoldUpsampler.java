package dev.callcast.media.ingest;

import java.util.Arrays;

/**
 * 8 to 48 kHz for one channel: a linear-phase low pass of 192 taps (windowed sinc, Kaiser), run as
 * six phases of 32. Flat to 3.4 kHz, 70 dB down from 4.6 kHz on, where the images of telephone
 * speech begin. Single-threaded.
 */
final class SixfoldUpsampler {
  static final int FACTOR = 6;

  private static final int TAPS = 32;

  /** The filter's group delay, (6 * 32 - 1) / 2 output frames: 1.99 ms. */
  static final long DELAY_NANOS = (FACTOR * TAPS - 1) * 1_000_000_000L / (2 * 48_000);

  /** Of 70 dB, by Kaiser's formula 0.1102 (A - 8.7). */
  private static final double BETA = 6.755;

  private static final double CUTOFF_HZ = 4000;
  private static final float[][] PHASES = design();

  private final float[] history;

  SixfoldUpsampler(int maxFrames) {
    history = new float[TAPS - 1 + maxFrames];
  }

  /**
   * Writes {@code 6 * frames} samples, as those of one of the channels that {@code out}
   * interleaves.
   */
  void process(float[] in, int frames, float[] out, int channel, int channels) {
    System.arraycopy(in, 0, history, TAPS - 1, frames);
    for (int i = 0; i < frames; i++) {
      for (int phase = 0; phase < FACTOR; phase++) {
        float[] taps = PHASES[phase];
        float sum = 0;
        for (int k = 0; k < TAPS; k++) {
          sum += taps[k] * history[i + k];
        }
        out[channel + channels * (i * FACTOR + phase)] = sum;
      }
    }
    System.arraycopy(history, frames, history, 0, TAPS - 1);
  }

  void reset() {
    Arrays.fill(history, 0);
  }

  /** Taps by phase, reversed, so that tap k meets history element k. */
  private static float[][] design() {
    int length = FACTOR * TAPS;
    double[] prototype = new double[length];
    double middle = (length - 1) / 2.0;
    for (int n = 0; n < length; n++) {
      double x = 2 * CUTOFF_HZ / 48_000 * (n - middle);
      double sinc = Math.sin(Math.PI * x) / (Math.PI * x);
      double ratio = (n - middle) / (middle + 0.5);
      prototype[n] = sinc * bessel(BETA * Math.sqrt(1 - ratio * ratio)) / bessel(BETA);
    }
    float[][] phases = new float[FACTOR][TAPS];
    for (int phase = 0; phase < FACTOR; phase++) {
      double sum = 0;
      for (int k = 0; k < TAPS; k++) {
        sum += prototype[phase + FACTOR * k];
      }
      // Each phase passes DC at exactly 1: a constant comes out as a constant.
      for (int k = 0; k < TAPS; k++) {
        phases[phase][TAPS - 1 - k] = (float) (prototype[phase + FACTOR * k] / sum);
      }
    }
    return phases;
  }

  /** The modified Bessel function of the first kind, order 0. */
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
      term *= x / (2 * k) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }
}
