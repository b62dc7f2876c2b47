package dev.callcast.media.mix;

import java.util.Arrays;

/**
 * A look-ahead peak limiter for planar stereo: nothing that comes out exceeds -1 dBFS, and what
 * never comes near it comes out bit for bit. It delays by {@link #DELAY_FRAMES}. Single-threaded.
 *
 * <p>For each frame the gain is computed that would bring it to the ceiling. The least of these
 * over the look-ahead, let go again by an exponential, is averaged over the same length: the
 * average is a smooth curve, and each of its terms is at most what the frame needs that comes out,
 * so it cannot overshoot (the scheme of the usual mastering limiters). Both channels get one gain,
 * so the stereo image stays.
 */
final class Limiter {
  /** 5 ms. */
  static final int DELAY_FRAMES = TrackInput.SAMPLE_RATE / 200;

  /** -1 dBFS. */
  static final float CEILING = (float) Math.pow(10, -1 / 20.0);

  private static final int WINDOW = DELAY_FRAMES + 1;

  /** Time constant of the release, 100 ms. */
  private static final double RELEASE = 1 - Math.exp(-1 / (0.1 * TrackInput.SAMPLE_RATE));

  /** So near to 1 that a 24-bit sample does not change. */
  private static final double RELEASED = 1 - 1e-8;

  private final int maxFrames;
  private final float[] left;
  private final float[] right;

  // The sliding minimum: a queue of growing gains with the frames they belong to.
  private final double[] queueGain = new double[WINDOW + 1];
  private final long[] queueFrame = new long[WINDOW + 1];
  private int queueHead;
  private int queueSize;

  private final double[] held = new double[WINDOW];
  private int heldAt;
  private double heldSum;
  private double release = 1;
  private long frame;
  private boolean idle = true;
  private double gain = 1;

  Limiter(int maxFrames) {
    this.maxFrames = maxFrames;
    left = new float[DELAY_FRAMES + maxFrames];
    right = new float[DELAY_FRAMES + maxFrames];
  }

  /** The gain of the last frame, 0 to 1. */
  double gain() {
    return gain;
  }

  /** Replaces the samples by those of 5 ms before, limited. */
  void process(float[] l, float[] r, int frames) {
    if (frames > maxFrames) {
      throw new IllegalArgumentException("frames: " + frames);
    }
    System.arraycopy(l, 0, left, DELAY_FRAMES, frames);
    System.arraycopy(r, 0, right, DELAY_FRAMES, frames);
    if (idle && peak(l, r, frames) <= CEILING) {
      System.arraycopy(left, 0, l, 0, frames);
      System.arraycopy(right, 0, r, 0, frames);
    } else {
      if (idle) {
        wake();
      }
      limit(l, r, frames);
    }
    System.arraycopy(left, frames, left, 0, DELAY_FRAMES);
    System.arraycopy(right, frames, right, 0, DELAY_FRAMES);
  }

  private static float peak(float[] l, float[] r, int frames) {
    float peak = 0;
    for (int i = 0; i < frames; i++) {
      peak = Math.max(peak, Math.max(Math.abs(l[i]), Math.abs(r[i])));
    }
    return peak;
  }

  private void wake() {
    idle = false;
    release = 1;
    queueHead = 0;
    queueSize = 0;
    Arrays.fill(held, 1);
    heldSum = WINDOW;
    heldAt = 0;
  }

  private void limit(float[] l, float[] r, int frames) {
    for (int i = 0; i < frames; i++) {
      double peak = Math.max(Math.abs(l[i]), Math.abs(r[i]));
      push(peak > CEILING ? CEILING / peak : 1);
      double least = queueGain[queueHead];
      release = Math.min(least, release + (1 - release) * RELEASE);
      heldSum += release - held[heldAt];
      held[heldAt] = release;
      heldAt = heldAt + 1 == WINDOW ? 0 : heldAt + 1;
      gain = Math.min(1, heldSum / WINDOW);
      // The clamp takes what rounding adds, some 1e-7.
      l[i] = Math.clamp((float) (left[i] * gain), -CEILING, CEILING);
      r[i] = Math.clamp((float) (right[i] * gain), -CEILING, CEILING);
      frame++;
    }
    if (gain > RELEASED && release > RELEASED && queueGain[queueHead] == 1) {
      idle = true;
      gain = 1;
    }
  }

  private void push(double needed) {
    while (queueSize > 0 && queueGain[wrap(queueHead + queueSize - 1)] >= needed) {
      queueSize--;
    }
    int slot = wrap(queueHead + queueSize);
    queueGain[slot] = needed;
    queueFrame[slot] = frame;
    queueSize++;
    if (queueFrame[queueHead] <= frame - WINDOW) {
      queueHead = wrap(queueHead + 1);
      queueSize--;
    }
  }

  private static int wrap(int index) {
    return index > WINDOW ? index - WINDOW - 1 : index;
  }
}
