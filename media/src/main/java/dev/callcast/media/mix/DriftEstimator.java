package dev.callcast.media.mix;

import java.util.Arrays;

/**
 * Follows a sender's clock by the PTS of its blocks, and steers the resampler after it. Positions
 * are in frames of 48 kHz on the call's timeline. Single-threaded.
 *
 * <p>It is a Kalman filter of two states, the place of the next block and the sender's rate, whose
 * measurement noise is itself measured from second differences of the PTS (they are blind to place
 * and rate), by their median: a burst after a stall must not make a second's PTS doubtful for half
 * a minute. With clean PTS (steps of some µs) it knows the rate within 0.3 s; with PTS that jitter
 * by 40 ms it takes some 10 s, and in between trusts its prior: that clocks are off by 300 ppm at
 * most or so. The rate wanders by 1 ppm in a second.
 *
 * <p>What is steered is the resampler's stretch: the estimated rate, plus what brings the place
 * right within 10 s. It changes by 10 ppm a second at most while the error is below 30 ms and the
 * stretch nearly right: over a second, a 1 kHz tone then stays within -52 dB of a pure one.
 *
 * <p>A jitter buffer's PTS slide by tens of milliseconds in the first second or two, until it knows
 * how late the first packets were (measured: 15 to 60 ms on a busy machine). That is no clock: such
 * a rate is not believed, and sound that is off its place when the slide is over, or ever for half
 * a second, {@link #isMisplaced is placed anew} instead of being led there over a minute.
 */
final class DriftEstimator {
  private static final double SAMPLE_RATE = TrackInput.SAMPLE_RATE;
  private static final double PRIOR_RATE = 300e-6;
  private static final double MAX_RATE = 800e-6;
  private static final double MAX_STRETCH = 1800e-6;
  private static final double MAX_CORRECTION = 1000e-6;

  /** Variance that the rate gains per frame: (1 ppm)^2 a second. */
  private static final double RATE_WANDER = 1e-12 / SAMPLE_RATE;

  private static final double CORRECTION_FRAMES = 10 * SAMPLE_RATE;
  private static final double SLEW = 10e-6 / SAMPLE_RATE;
  private static final double FAST_SLEW = 400e-6 / SAMPLE_RATE;
  private static final double LARGE_ERROR = 0.03 * SAMPLE_RATE;

  /** One frame, 21 µs: PTS are never taken for better than that. */
  private static final double NOISE_FLOOR = 1;

  private static final double UNKNOWN_NOISE = SAMPLE_RATE / 100;
  private static final double CLEAN_NOISE = 5;
  private static final int NOISE_BLOCKS = 64;

  /** The median of a normal distribution's absolute values, in standard deviations. */
  private static final double MEDIAN = 0.6745;

  /** How fast a jump is forgotten that may have been jitter's first: by half in 35 blocks. */
  private static final double FORGETTING = 0.98;

  private static final int KNOWN_AFTER = 25;
  private static final int ACQUISITION_BLOCKS = 50;

  /** Half a millisecond: a place that comes out of such PTS is not doubted. */
  private static final double CERTAIN_NOISE = 24;

  private static final double MISPLACED = 0.015 * SAMPLE_RATE;
  private static final int MISPLACED_BLOCKS = 25;
  private static final int SETTLED_BLOCKS = 100;
  private static final double SETTLED_ERROR = 0.003 * SAMPLE_RATE;

  /** By what part of itself a wrong stretch is mended in a second. */
  private static final double MENDING = 0.5 / SAMPLE_RATE;

  private static final double NEARLY_RIGHT = 50e-6;
  private static final double MIN_JUMP = SAMPLE_RATE / 100;
  private static final double MAX_JUMP = 0.06 * SAMPLE_RATE;

  private double place;
  private double rate;
  private double placeVariance;
  private double covariance;
  private double rateVariance = PRIOR_RATE * PRIOR_RATE;

  private final double[] secondDifferences = new double[NOISE_BLOCKS];
  private final double[] sorted = new double[NOISE_BLOCKS]; // of the last noiseSamples
  private long secondDifferencesSeen;
  private double noiseVariance;
  private double leniency;
  private int noiseSamples;
  private int blocks;
  private double lastMeasured;
  private double lastStep;
  private int lastFrames;

  private double stretch;
  private boolean settled;
  private double significant;
  private int misplacedBlocks;

  /** The sender's rate over the call's clock, less 1: positive when its blocks last longer. */
  double rate() {
    return rate;
  }

  /** Begins anew at a place, with the rate that is known already. */
  void anchor(double measured) {
    double jump = Math.abs(measured - place);
    if (noiseSamples > 0 && jump < MAX_JUMP) {
      // It may have been the first of many jittering PTS: the next is judged more leniently.
      leniency = Math.max(leniency, jump * jump / 16);
    }
    place = measured;
    placeVariance = measurementVariance();
    covariance = 0;
    rateVariance = Math.min(PRIOR_RATE * PRIOR_RATE, rateVariance + 1e-10);
    stretch = rate;
    blocks = 0;
    misplacedBlocks = 0;
    lastMeasured = measured;
  }

  /** Whether the sound has to be placed anew, with the rate to be learnt from the beginning. */
  boolean isMisplaced() {
    if (misplacedBlocks >= MISPLACED_BLOCKS) {
      return true;
    }
    return !settled
        && blocks >= SETTLED_BLOCKS
        && isCertain()
        && Math.abs(significant) > SETTLED_ERROR;
  }

  /** What was learnt of the rate was no clock's. */
  void forgetRate() {
    settled = true;
    rate = 0;
    rateVariance = PRIOR_RATE * PRIOR_RATE;
    noiseSamples = 0;
    noiseVariance = 0;
    leniency = 0;
  }

  /** Whether a block's place is beyond what drift and jitter explain. */
  boolean isJump(double measured) {
    double limit = MAX_JUMP;
    if (noiseSamples >= KNOWN_AFTER) {
      limit = Math.clamp(8 * Math.sqrt(noise()), MIN_JUMP, MAX_JUMP);
    }
    return Math.abs(measured - place) > limit;
  }

  /** Takes a block's measured place; {@link #advance} told the length of the one before. */
  void update(double measured) {
    blocks++;
    double step = measured - lastMeasured - lastFrames;
    lastMeasured = measured;
    if (blocks >= 2) {
      measureNoise(step - lastStep);
    }
    lastStep = step;
    double innovation = measured - place;
    double total = placeVariance + measurementVariance();
    double placeGain = placeVariance / total;
    double rateGain = covariance / total;
    place += placeGain * innovation;
    rate = Math.clamp(rate + rateGain * innovation, -MAX_RATE, MAX_RATE);
    rateVariance -= rateGain * covariance;
    covariance *= 1 - placeGain;
    placeVariance *= 1 - placeGain;
  }

  private void measureNoise(double secondDifference) {
    double size = Math.abs(secondDifference);
    int slot = (int) (secondDifferencesSeen++ % NOISE_BLOCKS);
    if (noiseSamples == NOISE_BLOCKS) {
      int oldest = Arrays.binarySearch(sorted, secondDifferences[slot]);
      noiseSamples--;
      System.arraycopy(sorted, oldest + 1, sorted, oldest, noiseSamples - oldest);
    }
    secondDifferences[slot] = size;
    int at = Arrays.binarySearch(sorted, 0, noiseSamples, size);
    at = at < 0 ? -at - 1 : at;
    System.arraycopy(sorted, at, sorted, at + 1, noiseSamples - at);
    sorted[at] = size;
    noiseSamples++;
    leniency *= FORGETTING;
    if (noiseSamples < KNOWN_AFTER) {
      // Too few for a median: three that happen to be alike are no clean PTS.
      noiseVariance += (size * size / 6 - noiseVariance) / noiseSamples;
    } else {
      double deviation = sorted[noiseSamples / 2] / MEDIAN;
      noiseVariance = deviation * deviation / 6;
    }
  }

  /** The variance of a PTS, in frames squared. */
  private double noise() {
    return Math.max(noiseVariance, leniency);
  }

  /**
   * Says by how much the coming block is to be stretched.
   *
   * @param actual the place at which the block's first frame would come out
   * @return output frames per input frame, less 1
   */
  double steer(double actual, int frames) {
    double error = place - actual;
    // What cannot be told from noise is not corrected.
    significant = Math.copySign(Math.max(0, Math.abs(error) - 2 * Math.sqrt(placeVariance)), error);
    boolean certain = isCertain();
    boolean misplaced = Math.abs(significant) > (certain ? MISPLACED : MAX_JUMP);
    misplacedBlocks = misplaced ? misplacedBlocks + 1 : 0;
    settled |= blocks > SETTLED_BLOCKS;
    // No faster than can be braked again at the usual slew.
    double correction =
        Math.min(
            Math.abs(significant) / CORRECTION_FRAMES, Math.sqrt(SLEW * Math.abs(significant)));
    double target = rate + Math.copySign(Math.min(correction, MAX_CORRECTION), significant);
    boolean acquiring =
        blocks < ACQUISITION_BLOCKS
            && noiseSamples >= 3
            && noiseVariance < CLEAN_NOISE * CLEAN_NOISE;
    if (acquiring) {
      stretch = target;
    } else {
      double excess = Math.max(0, Math.abs(significant) / LARGE_ERROR - 1);
      double wrong = certain ? Math.max(0, Math.abs(target - stretch) - NEARLY_RIGHT) : 0;
      double slew = (SLEW + FAST_SLEW * Math.min(1, excess) + MENDING * wrong) * frames;
      stretch += Math.clamp(target - stretch, -slew, slew);
    }
    stretch = Math.clamp(stretch, -MAX_STRETCH, MAX_STRETCH);
    return stretch;
  }

  /** Moves on by a block. */
  void advance(int frames) {
    lastFrames = frames;
    place += frames * (1 + rate);
    placeVariance += frames * (2 * covariance + frames * rateVariance);
    covariance += frames * rateVariance;
    rateVariance += frames * RATE_WANDER;
  }

  private boolean isCertain() {
    return noiseSamples >= KNOWN_AFTER && noiseVariance < CERTAIN_NOISE * CERTAIN_NOISE;
  }

  private double measurementVariance() {
    if (noiseSamples == 0) {
      return UNKNOWN_NOISE * UNKNOWN_NOISE;
    }
    return Math.max(NOISE_FLOOR * NOISE_FLOOR, noise() * (1 + 4.0 / noiseSamples));
  }
}
