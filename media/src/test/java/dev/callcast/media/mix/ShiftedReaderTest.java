package dev.callcast.media.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** An input that is heard earlier or later than its time. */
class ShiftedReaderTest {
  private static final int BLOCK = 960;
  private static final int LAG_BLOCKS = 15;

  private final TrackInput input = new TrackInput();
  private final ShiftedReader reader = new ShiftedReader(input.reader());
  private long written;

  @Test
  void unshiftedItIsTheInputItself() {
    TrackInput.Reader direct = input.reader();
    float[] expected = new float[2 * BLOCK];
    for (int n = 0; n < 100; n++) {
      write(1000);
      long first = (written - LAG_BLOCKS) * BLOCK;
      float[] out = read(first);
      float[] l = new float[BLOCK];
      float[] r = new float[BLOCK];
      if (direct.read(first, l, r, BLOCK)) {
        interleave(l, r, expected);
        // The first block fades in, one sample apart.
        if (n > LAG_BLOCKS) {
          assertThat(out).isEqualTo(expected);
        }
      } else {
        assertThat(out).containsOnly(0);
      }
    }
  }

  @Test
  void beforeItSoundsAShiftTakesEffectAtOnce() {
    reader.shift(-480);
    float[] out = run(100, 1003);
    assertThat(Tone.fit(out, 40 * BLOCK, 48_000, 1003).residual()).isLessThan(-100);
    double expected = 2 * Math.PI * 1003 * (480 - (LAG_BLOCKS - 1) * BLOCK) / 48_000.0;
    double wrong = Math.IEEEremainder(phase(out, 60) - expected, 2 * Math.PI);
    assertThat(Math.toDegrees(wrong)).isCloseTo(0, within(0.1));
  }

  @Test
  void whileItSoundsItMovesByAThousandthWithoutASeam() {
    float[] before = run(100, 1003);
    reader.shift(300);
    float[] moving = run(350, 1003);
    float[] after = run(100, 1003);

    double one = Tone.fit(before, 50 * BLOCK, 24_000, 1003).hertz();
    assertThat(one).isCloseTo(1003, within(0.001));
    // 300 frames are done after 6.25 s.
    Tone.Fit slower = Tone.fit(moving, 100 * BLOCK, 48_000, 1002);
    assertThat(slower.hertz()).isCloseTo(1003 * (1 - ShiftedReader.SLEW), within(0.005));
    assertThat(slower.residual()).isLessThan(-75);
    for (int n = 1; n < 300; n++) {
      double step =
          phase(moving, n) - phase(moving, n - 1) + 2 * Math.PI * 1003 * 0.02 * ShiftedReader.SLEW;
      assertThat(Math.toDegrees(Math.IEEEremainder(step, 2 * Math.PI)))
          .as("block " + n)
          .isCloseTo(0, within(0.5));
    }
    Tone.Fit there = Tone.fit(after, 0, 48_000, 1003);
    assertThat(there.hertz()).isCloseTo(1003, within(0.001));
    assertThat(there.residual()).isLessThan(-100);
    // From the middle of the first run to the beginning of the last: 400 blocks.
    double unmoved =
        Tone.fit(before, 50 * BLOCK, 24_000, 1003).phase() + 2 * Math.PI * 1003 * 0.02 * 400;
    double moved = there.phase() - unmoved + 2 * Math.PI * 1003 * 300 / 48_000.0;
    assertThat(Math.toDegrees(Math.IEEEremainder(moved, 2 * Math.PI))).isCloseTo(0, within(0.1));
  }

  @Test
  void silenceStaysSilence() {
    reader.shift(100);
    float[] l = new float[BLOCK];
    float[] r = new float[BLOCK];
    Arrays.fill(l, 1);
    assertThat(reader.read(0, l, r, BLOCK)).isFalse();
    assertThat(l).containsOnly(1);
    float[] out = run(50, 1000);
    assertThat(Tone.fit(out, 30 * BLOCK, 9_600, 1000).amplitude()).isCloseTo(0.5, within(0.001));
    for (int n = 0; n < 20; n++) {
      written++; // nothing comes
      read((written - LAG_BLOCKS) * BLOCK);
    }
    assertThat(reader.read((written - LAG_BLOCKS + 1) * BLOCK, l, r, BLOCK)).isFalse();
  }

  /** Writes and reads so many blocks; what was read, interleaved. */
  private float[] run(int blocks, double hertz) {
    float[] all = new float[2 * BLOCK * blocks];
    for (int n = 0; n < blocks; n++) {
      write(hertz);
      float[] out = read((written - LAG_BLOCKS) * BLOCK);
      System.arraycopy(out, 0, all, 2 * BLOCK * n, 2 * BLOCK);
    }
    return all;
  }

  private void write(double hertz) {
    float[] block = new float[2 * BLOCK];
    Tone.fill(block, BLOCK, written * BLOCK, hertz, 0.5);
    input.pcm(written * 20_000_000, block, BLOCK, 2);
    written++;
  }

  private float[] read(long first) {
    float[] l = new float[BLOCK];
    float[] r = new float[BLOCK];
    float[] out = new float[2 * BLOCK];
    if (reader.read(first, l, r, BLOCK)) {
      interleave(l, r, out);
    }
    return out;
  }

  private static void interleave(float[] l, float[] r, float[] out) {
    for (int i = 0; i < BLOCK; i++) {
      out[2 * i] = l[i];
      out[2 * i + 1] = r[i];
    }
  }

  /** The phase at the start of a block, less what the pure tone of 1003 Hz has there. */
  private static double phase(float[] samples, int block) {
    double phase = Tone.phase(samples, block * BLOCK, 1003);
    return Math.IEEEremainder(phase - 2 * Math.PI * 1003 * 0.02 * block, 2 * Math.PI);
  }
}
