package dev.callcast.media.mix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tones through the timeline: a sender's clock is followed without cuts, steps or wobble. */
class TrackInputDriftTest {
  private static final int SECONDS = 60;
  private static final int BLOCK = 960;
  private static final double HERTZ = 1000;

  @ParameterizedTest
  @ValueSource(ints = {-500, -200, 0, 200, 500})
  void followsADriftingClockInSteps(int ppm) {
    // The jitter buffer's skew moves in whole steps of 6 µs.
    float[] out = run(ppm, exact -> exact / 6000 * 6000);
    assertPure(out, ppm);
    assertInPlace(out, ppm, 0, 0.3e-3);
  }

  @ParameterizedTest
  @ValueSource(ints = {-500, 500})
  void followsADriftingClockWhosePtsAreNoisyBySixMicroseconds(int ppm) {
    Random random = new Random(1);
    float[] out = run(ppm, exact -> exact + random.nextLong(-6000, 6001));
    assertPure(out, ppm);
    assertInPlace(out, ppm, 0, 0.3e-3);
  }

  @ParameterizedTest
  @ValueSource(ints = {-500, -100, 0, 100, 500})
  void isNotDisturbedByPtsThatJitterByFortyMilliseconds(int ppm) {
    Random random = new Random(ppm);
    float[] out = run(ppm, exact -> exact + random.nextLong(-20_000_000, 20_000_001));
    assertPure(out, ppm);
    assertInPlace(out, ppm, 0, 30e-3);
  }

  @Test
  void placesSoundExactlyWhenTheClockIsTrue() {
    float[] out = run(0, exact -> exact);
    assertInPlace(out, 0, 0, 2e-6);
    assertThat(Tone.fit(out, 48_000, 48_000, HERTZ).amplitude()).isBetween(0.4999, 0.5001);
  }

  /** Plays a tone of a sender whose samples last longer by ppm; reads all but the last 0.5 s. */
  private static float[] run(int ppm, LongUnaryOperator pts) {
    TrackInput input = new TrackInput();
    TrackInput.Reader reader = input.reader();
    float[] block = new float[2 * BLOCK];
    float[] left = new float[BLOCK];
    float[] right = new float[BLOCK];
    int readBlocks = SECONDS * 50;
    float[] out = new float[2 * BLOCK * readBlocks];
    int read = 0;
    for (int n = 0; read < readBlocks; n++) {
      Tone.fill(block, BLOCK, (long) n * BLOCK, HERTZ, 0.5);
      long exact = Math.round(n * 20e6 * (1 + ppm * 1e-6));
      input.pcm(1_000_000_000L + pts.applyAsLong(exact), block, BLOCK, 2);
      if (n >= 15) {
        if (reader.read(48_000L + (long) read * BLOCK, left, right, BLOCK)) {
          for (int i = 0; i < BLOCK; i++) {
            out[2 * (read * BLOCK + i)] = left[i];
            out[2 * (read * BLOCK + i) + 1] = right[i];
          }
        }
        read++;
      }
    }
    assertThat(input.anchors()).isEqualTo(1);
    return out;
  }

  /** From the second second on: in the first the clock is being learned. */
  private static void assertPure(float[] out, int ppm) {
    double hertz = HERTZ / (1 + ppm * 1e-6);
    double worst = -200;
    for (int second = 1; second < SECONDS; second++) {
      worst = Math.max(worst, Tone.fit(out, second * 48_000, 48_000, hertz).residual());
    }
    double step = 0;
    double before = Tone.phase(out, 4800, HERTZ);
    for (int at = 4800 + 480; at < SECONDS * 48_000; at += 480) {
      double phase = Tone.phase(out, at, HERTZ);
      step = Math.max(step, Math.abs(Math.IEEEremainder(phase - before, 2 * Math.PI)));
      before = phase;
    }
    assertThat(worst).as("residual, dB").isLessThan(-50);
    assertThat(Math.toDegrees(step)).as("phase step, degrees in 10 ms").isLessThan(5);
  }

  /** Where the tone is against where it should be, each second, unwrapped. */
  private static void assertInPlace(float[] out, int ppm, double fromSecond, double limit) {
    double hertz = HERTZ / (1 + ppm * 1e-6);
    double error = 0;
    double worst = 0;
    double last = 0;
    for (int at = 4800; at < SECONDS * 48_000; at += 480) {
      double expected = 2 * Math.PI * hertz * at / 48_000;
      double phase = Tone.phase(out, at, HERTZ);
      double difference = phase - expected;
      if (at == 4800) {
        last = Math.IEEEremainder(difference, 2 * Math.PI);
      } else {
        last += Math.IEEEremainder(difference - last, 2 * Math.PI);
      }
      error = last / (2 * Math.PI * HERTZ);
      if (at > fromSecond * 48_000) {
        worst = Math.max(worst, Math.abs(error));
      }
    }
    assertThat(worst).as("displacement, s").isLessThan(limit);
  }
}
