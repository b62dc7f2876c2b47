package dev.callcast.media.mix;

import java.util.Arrays;

/**
 * Resamples stereo by a fraction of a percent: 16 taps of a Kaiser-windowed sinc around each output
 * frame. Mono, which most voices are, takes half the work and gives the same on both sides.
 * Single-threaded.
 *
 * <p>Since the ratio is so near 1, the taps hardly change from one output frame to the next. They
 * are computed at both ends of every 160 frames and interpolated linearly in between, which turns
 * the inner loop into plain multiply-adds over arrays. The copies before it give all arrays the
 * same index: only then can the JIT (of JDK 25) rule out that they overlap, and use vector
 * instructions.
 */
final class FractionalResampler {
  private static final int TAPS = 16;
  private static final int HALF = TAPS / 2;
  private static final int STRETCH_FRAMES = 160;
  private static final int RESOLUTION = 512;
  private static final double BETA = 7;
  private static final float[] KERNEL = new float[HALF * RESOLUTION + 2];
  private static final float[] RAMP = new float[STRETCH_FRAMES];

  static {
    for (int i = 0; i < HALF * RESOLUTION; i++) {
      double t = (double) i / RESOLUTION;
      double sinc = i == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
      double ratio = t / HALF;
      KERNEL[i] = (float) (sinc * bessel(BETA * Math.sqrt(1 - ratio * ratio)) / bessel(BETA));
    }
    for (int i = 0; i < STRETCH_FRAMES; i++) {
      RAMP[i] = i;
    }
  }

  // Element TAPS + n is sample n of the current block; before it stand the last of the one before.
  private final float[] left;
  private final float[] right;
  private final int maxFrames;
  private final float[] taps = new float[TAPS];
  private final float[] slopes = new float[TAPS];
  private final float[] sum = new float[STRETCH_FRAMES];
  private final float[] in0 = new float[STRETCH_FRAMES];
  private final float[] in1 = new float[STRETCH_FRAMES];
  private final float[] in2 = new float[STRETCH_FRAMES];
  private final float[] in3 = new float[STRETCH_FRAMES];
  private boolean alike = true; // what is left of the block before is the same on both sides
  private double position;
  private double stretch;

  FractionalResampler(int maxFrames) {
    this.maxFrames = maxFrames;
    left = new float[TAPS + maxFrames];
    right = new float[TAPS + maxFrames];
  }

  /** The most frames that one call of {@link #process} makes. */
  int maxOutput() {
    return maxFrames + maxFrames / 100 + TAPS;
  }

  /** Where the next output frame lies, in frames from the first of the coming block. */
  double position() {
    return position;
  }

  /** The stretch last used. */
  double stretch() {
    return stretch;
  }

  /** Begins anew, after silence. */
  void restart(double startPosition) {
    Arrays.fill(left, 0);
    Arrays.fill(right, 0);
    alike = true;
    position = startPosition;
  }

  /**
   * Resamples a block.
   *
   * @param in from index {@code first * channels} on; interleaved where there are two channels
   * @param newStretch output frames per input frame, less 1
   * @return frames written to {@code outLeft} and {@code outRight}
   */
  int process(
      float[] in,
      int first,
      int frames,
      int channels,
      double newStretch,
      float[] outLeft,
      float[] outRight) {
    stretch = newStretch;
    boolean once = channels == 1 && alike;
    if (channels == 1) {
      System.arraycopy(in, first, left, TAPS, frames);
      System.arraycopy(in, first, right, TAPS, frames);
    } else {
      for (int i = 0; i < frames; i++) {
        left[TAPS + i] = in[2 * (first + i)];
        right[TAPS + i] = in[2 * (first + i) + 1];
      }
    }
    double drift = 1 / (1 + stretch) - 1;
    int made = 0;
    while (true) {
      int base = (int) Math.floor(position);
      int count = Math.min(STRETCH_FRAMES, frames - HALF - base);
      if (count <= 0) {
        break;
      }
      double fraction = position - base;
      prepare(fraction, fraction + count * drift, count);
      int source = TAPS + base - HALF + 1;
      convolve(left, source, outLeft, made, count);
      if (once) {
        System.arraycopy(outLeft, made, outRight, made, count);
      } else {
        convolve(right, source, outRight, made, count);
      }
      made += count;
      position += count * (1 + drift);
    }
    System.arraycopy(left, frames, left, 0, TAPS);
    System.arraycopy(right, frames, right, 0, TAPS);
    alike = channels == 1 && (alike || frames >= TAPS);
    position -= frames;
    return made;
  }

  private void convolve(float[] in, int source, float[] out, int at, int count) {
    Arrays.fill(sum, 0, count, 0);
    for (int k = 0; k < TAPS; k += 4) {
      System.arraycopy(in, source + k, in0, 0, count);
      System.arraycopy(in, source + k + 1, in1, 0, count);
      System.arraycopy(in, source + k + 2, in2, 0, count);
      System.arraycopy(in, source + k + 3, in3, 0, count);
      addFourTaps(k, count);
    }
    System.arraycopy(sum, 0, out, at, count);
  }

  private void addFourTaps(int k, int count) {
    float[] y = sum;
    float[] x0 = in0;
    float[] x1 = in1;
    float[] x2 = in2;
    float[] x3 = in3;
    float[] ramp = RAMP;
    float t0 = taps[k];
    float t1 = taps[k + 1];
    float t2 = taps[k + 2];
    float t3 = taps[k + 3];
    float s0 = slopes[k];
    float s1 = slopes[k + 1];
    float s2 = slopes[k + 2];
    float s3 = slopes[k + 3];
    for (int i = 0; i < count; i++) {
      y[i] +=
          (t0 + s0 * ramp[i]) * x0[i]
              + (t1 + s1 * ramp[i]) * x1[i]
              + (t2 + s2 * ramp[i]) * x2[i]
              + (t3 + s3 * ramp[i]) * x3[i];
    }
  }

  /** Computes the taps for the first of {@code count} frames, and their change per frame. */
  private void prepare(double from, double to, int count) {
    float sumFrom = 0;
    float sumTo = 0;
    for (int k = 0; k < TAPS; k++) {
      taps[k] = kernel(k - HALF + 1 - from);
      slopes[k] = kernel(k - HALF + 1 - to);
      sumFrom += taps[k];
      sumTo += slopes[k];
    }
    for (int k = 0; k < TAPS; k++) {
      // Scaled so that a constant comes out unchanged.
      taps[k] /= sumFrom;
      slopes[k] = (slopes[k] / sumTo - taps[k]) / count;
    }
  }

  private static float kernel(double t) {
    double x = Math.abs(t) * RESOLUTION;
    if (x >= HALF * RESOLUTION) {
      return 0;
    }
    int index = (int) x;
    float part = (float) (x - index);
    return KERNEL[index] + part * (KERNEL[index + 1] - KERNEL[index]);
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
