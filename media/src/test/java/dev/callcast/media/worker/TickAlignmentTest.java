package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Sound follows the pictures from one side of a tick to the other, and no picture trembles. */
class TickAlignmentTest {
  private static final double TICK = 1e9 / 30;
  private static final long HALF = Math.round(TICK / 2);

  /** What a run of pictures at 30 a second against ticks at 30 a second comes to. */
  private record Outcome(List<Long> errors, int repeats, int skips) {
    long median() {
      return Math.abs(sorted()[errors.size() / 2]);
    }

    long p95() {
      long[] all = errors.stream().mapToLong(Math::abs).sorted().toArray();
      return all[all.length * 95 / 100];
    }

    private long[] sorted() {
      return errors.stream().mapToLong(Long::longValue).sorted().toArray();
    }
  }

  @Test
  void soundAgreesWithPicturesWhereverTheyLieBetweenTheTicks() {
    for (int phase = 0; phase < 34; phase++) {
      Outcome outcome = run(60, phase * 1_000_000L, 0, 1_000_000);
      assertThat(outcome.median()).as("phase %d ms", phase).isLessThan(8_500_000);
      assertThat(outcome.p95()).as("phase %d ms", phase).isLessThan(17_500_000);
    }
  }

  @Test
  void picturesBetweenTwoTicksAreNeitherRepeatedNorLeftOut() {
    for (long phase : new long[] {HALF - 500_000, HALF, HALF + 500_000}) {
      Outcome outcome = run(60, phase, 0, 3_000_000);
      assertThat(outcome.repeats()).isLessThan(6);
      assertThat(outcome.skips()).isLessThan(6);
    }
  }

  @Test
  void clocksThatDriftStayWithinTheLimits() {
    for (double ppm : new double[] {-200, -50, 50, 200}) {
      for (long phase = 0; phase < 33_000_000; phase += 4_000_000) {
        Outcome outcome = run(300, phase, ppm, 1_000_000);
        assertThat(outcome.median()).as("%s ppm, %d ns", ppm, phase).isLessThan(10_000_000);
        assertThat(outcome.p95()).as("%s ppm, %d ns", ppm, phase).isLessThan(25_000_000);
        // One picture too many or too few each 167 s at 200 ppm.
        assertThat(outcome.repeats() + outcome.skips()).isLessThan(8);
      }
    }
  }

  @Test
  void whatComesTooLateForItsTickSaysNothing() {
    TickAlignment alignment = new TickAlignment(HALF);
    for (int n = 0; n < 20; n++) {
      alignment.shown(n + 1, 12_000_000);
    }
    assertThat(alignment.soundShift()).isEqualTo(7_000_000);
    for (int n = 20; n < 60; n++) {
      alignment.shown(n + 1, 150_000_000);
    }
    for (int n = 0; n < 40; n++) {
      alignment.shown(60, -9_000_000);
    }
    assertThat(alignment.soundShift()).isEqualTo(7_000_000);
  }

  /**
   * Shows pictures as a composition does, with time stamps that jitter evenly by ± so much, and
   * lets the sound follow as the mixer does. Errors are taken once a second.
   */
  private static Outcome run(int seconds, long phase, double ppm, long jitter) {
    TickAlignment alignment = new TickAlignment(HALF);
    Random random = new Random(5);
    int pictures = seconds * 30 + 10;
    long[] pts = new long[pictures];
    for (int i = 0; i < pictures; i++) {
      pts[i] =
          Math.round(phase + i * TICK * (1 + ppm * 1e-6)) + random.nextLong(-jitter, jitter + 1);
    }
    Arrays.sort(pts);
    List<Long> errors = new ArrayList<>();
    double sound = 0;
    int last = -1;
    int repeats = 0;
    int skips = 0;
    for (int n = 4; n < seconds * 30 - 4; n++) {
      long tick = Math.round(n * TICK);
      int best = nearest(pts, tick + alignment.bias());
      if (last >= 0) {
        repeats += best == last ? 1 : 0;
        skips += Math.max(0, best - last - 1);
      }
      last = best;
      alignment.shown(best + 1, tick - pts[best]);
      double step = 1e6 / 30;
      sound += Math.clamp(alignment.soundShift() - sound, -step, step);
      if (n % 30 == 0) {
        errors.add(Math.round(sound - (tick - pts[best])));
      }
    }
    return new Outcome(errors, repeats, skips);
  }

  /** As {@code FrameStore.acquire} chooses. */
  private static int nearest(long[] pts, long time) {
    int best = -1;
    for (int i = 0; i < pts.length && pts[i] - time <= HALF; i++) {
      if (best < 0 || Math.abs(pts[i] - time) <= Math.abs(pts[best] - time)) {
        best = i;
      }
    }
    return Math.max(0, best);
  }
}
