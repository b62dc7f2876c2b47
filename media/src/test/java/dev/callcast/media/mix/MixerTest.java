package dev.callcast.media.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.mix.Mixer.Source;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MixerTest {
  private static final int BLOCK = 960;
  private static final long MILLI = 1_000_000;

  @Test
  void anEmptyCallIsDigitalSilence() {
    Mixer mixer = new Mixer(2);
    float[] out = new float[2 * BLOCK];
    for (int n = 0; n < 50; n++) {
      Arrays.fill(out, 1);
      mixer.mix(n * 20 * MILLI, out, BLOCK);
      assertThat(out).containsOnly(0);
    }
  }

  @Test
  void oneInputComesOutBitForBitAndInTime() {
    TrackInput input = tone(1000, 0.5, 1000);
    float[] direct = TrackInputTest.read(input.reader(), 100, 500);
    Mixer mixer = new Mixer(2);
    mixer.sources(List.of(new Source("a", input, 1, 0, false)));
    float[] out = mix(mixer, 2, 0, 600);
    // The other reader faded in at its start.
    assertThat(Arrays.copyOfRange(out, 110 * 96, 600 * 96))
        .isEqualTo(Arrays.copyOfRange(direct, 10 * 96, direct.length));
    assertThat(mixer.limiting()).isZero();
  }

  @Test
  void gainMutePanAndMonoAreExact() {
    TrackInput left = constant(0.4f, 0.4f, 1000);
    TrackInput stereo = constant(0.1f, -0.3f, 1000);
    assertThat(settled(2, new Source("a", left, 1, 0, false))).containsExactly(0.4f, 0.4f);
    assertThat(settled(2, new Source("a", left, 0.5, 0, false))).containsExactly(0.2f, 0.2f);
    assertThat(settled(2, new Source("a", left, 2, 0, false))).containsExactly(0.8f, 0.8f);
    assertThat(settled(2, new Source("a", left, 1, 0, true))).containsExactly(0, 0);
    assertThat(settled(2, new Source("a", left, 1, 1, false))).containsExactly(0, 0.4f);
    assertThat(settled(2, new Source("a", left, 1, -1, false))).containsExactly(0.4f, 0);
    assertThat(settled(2, new Source("a", left, 1, 0.5, false))).containsExactly(0.2f, 0.4f);
    assertThat(settled(2, new Source("a", stereo, 1, 0, false))).containsExactly(0.1f, -0.3f);
    assertThat(settled(2, new Source("a", stereo, 1, 1, false))).containsExactly(0, -0.1f);
    assertThat(settled(1, new Source("a", stereo, 1, 0, false))).containsExactly(-0.1f);
    assertThat(
            settled(
                2,
                new Source("a", left, 1, 0, false),
                new Source("b", stereo, 1, 0, false),
                new Source("c", left, 0.5, 1, false)))
        .containsExactly(0.5f, 0.3f);
  }

  @Test
  void changesAreSmooth() {
    TrackInput input = constant(0.5f, 0.5f, 1000);
    Mixer mixer = new Mixer(2);
    mixer.sources(List.of(new Source("a", input, 1, 0, false)));
    float[] out = mix(mixer, 2, 0, 200);
    mixer.sources(List.of(new Source("a", input, 1, 0, true)));
    out = TrackInputTest.concat(out, mix(mixer, 2, 200, 100));
    mixer.sources(List.of(new Source("a", input, 0.5, -1, false)));
    out = TrackInputTest.concat(out, mix(mixer, 2, 300, 100));
    mixer.sources(List.of());
    out = TrackInputTest.concat(out, mix(mixer, 2, 400, 100));
    assertThat(TrackInputTest.roughness(out)).isLessThan(0.0034);
    assertThat(TrackInputTest.peak(out, 220, 75)).isZero();
    assertThat(TrackInputTest.peak(out, 320, 75)).isCloseTo(0.25f, within(1e-6f));
    assertThat(TrackInputTest.peak(out, 420, 75)).isZero();
  }

  @Test
  void twentyFiveFullScaleTonesNeverExceedTheCeiling() {
    Mixer mixer = new Mixer(2);
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      sources.add(new Source("p" + i, tone(200 + 137.7 * i, 1, 1000), 1, 0, false));
    }
    mixer.sources(sources);
    float[] out = mix(mixer, 2, 0, 900);
    float peak = TrackInputTest.peak(out, 0, 900);
    assertThat(peak).isLessThanOrEqualTo(Limiter.CEILING).isGreaterThan(0.8f);
    // Limited, not clipped: hardly any sample sits at the ceiling.
    int atCeiling = 0;
    for (float sample : out) {
      atCeiling += Math.abs(sample) >= Limiter.CEILING ? 1 : 0;
    }
    assertThat(atCeiling).isLessThan(out.length / 200);
    assertThat(mixer.limiting()).isLessThan(-10);
  }

  @Test
  void theLimiterTurnsDownBeforeAPeakAndLetsGoAfterIt() {
    Limiter limiter = new Limiter(480);
    float[] l = new float[480];
    float[] r = new float[480];
    float[] out = new float[480 * 300];
    for (int n = 0; n < 300; n++) {
      for (int i = 0; i < 480; i++) {
        int at = n * 480 + i;
        l[i] = (at >= 24_000 && at < 28_800 ? 8f : 0.4f) * (float) Math.sin(at * 0.05);
        r[i] = l[i] / 2;
      }
      limiter.process(l, r, 480);
      System.arraycopy(l, 0, out, n * 480, 480);
      for (int i = 0; i < 480; i++) {
        assertThat(Math.abs(l[i])).isLessThanOrEqualTo(Limiter.CEILING);
        assertThat(r[i]).isCloseTo(l[i] / 2, within(1e-6f));
      }
    }
    int delay = Limiter.DELAY_FRAMES;
    for (int at = delay; at < 24_000 - delay; at++) {
      assertThat(out[at + delay]).isEqualTo(0.4f * (float) Math.sin(at * 0.05));
    }
    int last = 143_000;
    assertThat(out[last]).isEqualTo(0.4f * (float) Math.sin((last - delay) * 0.05));
    assertThat(limiter.gain()).isEqualTo(1);
  }

  @Test
  void levelsAreThoseOfWhatIsHeard() {
    TrackInput input = tone(1000, 1, 1000);
    Mixer mixer = new Mixer(2);
    mixer.sources(
        List.of(
            new Source("a", input, 0.5, 0, false),
            new Source("b", new TrackInput(), 1, 0, false),
            new Source("c", tone(1000, 0.1, 1000), 1, 0, true)));
    mix(mixer, 2, 0, 500);
    assertThat(mixer.level("a")).isCloseTo(-9.03, within(0.01));
    assertThat(mixer.level("b")).isEqualTo(LevelMeter.SILENCE);
    assertThat(mixer.level("c")).isEqualTo(LevelMeter.SILENCE);
    assertThat(mixer.levels()).extracting(Mixer.Level::participant).containsExactly("a", "b", "c");
  }

  @Test
  void twoMixersOfOneCallHearTheSameAtTheirOwnTimes() {
    TrackInput input = new TrackInput();
    float[] block = new float[2 * BLOCK];
    Mixer one = new Mixer(2);
    Mixer two = new Mixer(2);
    List<Source> sources = List.of(new Source("a", input, 1, 0, false));
    one.sources(sources);
    two.sources(sources);
    float[] first = new float[0];
    float[] second = new float[0];
    for (int n = 0; n < 200; n++) {
      Tone.fill(block, BLOCK, (long) n * BLOCK, 1000, 0.5);
      input.pcm(n * 20 * MILLI, block, BLOCK, 2);
      if (n >= 15) {
        first = TrackInputTest.concat(first, mix(one, 2, (n - 15) * 20, 20));
      }
      if (n >= 30) {
        second = TrackInputTest.concat(second, mix(two, 2, (n - 30) * 20, 20));
      }
    }
    assertThat(Arrays.copyOf(first, second.length)).isEqualTo(second);
    assertThat(TrackInputTest.rms(second, 20, 3000)).isCloseTo(0.3536, within(0.001));
  }

  @Test
  void roundingOfTheCallersTimeIsNoSeam() {
    TrackInput input = tone(1000, 0.5, 1000);
    Mixer mixer = new Mixer(2);
    mixer.sources(List.of(new Source("a", input, 1, 0, false)));
    float[] out = new float[0];
    float[] block = new float[2 * 1600];
    for (int n = 0; n < 27; n++) {
      mixer.mix(7 + n * 1_000_000_000L / 30, block, 1600);
      out = TrackInputTest.concat(out, block);
    }
    Tone.Fit fit = Tone.fit(out, 4800, 38_000, 1000);
    assertThat(fit.residual()).isLessThan(-80);
  }

  @Test
  void mixingAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    Mixer mixer = new Mixer(2);
    List<Source> sources = new ArrayList<>();
    List<TrackInput> inputs = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      inputs.add(new TrackInput());
      sources.add(new Source("p" + i, inputs.get(i), 1.2, 0.1 * i, false));
    }
    mixer.sources(sources);
    float[] block = new float[2 * BLOCK];
    Tone.fill(block, BLOCK, 0, 1000, 0.5);
    float[] out = new float[2 * BLOCK];
    long before = 0;
    for (int n = 0; n < 600; n++) {
      if (n == 500) {
        before = threads.getCurrentThreadAllocatedBytes();
      }
      for (int i = 0; i < 9; i++) {
        inputs.get(i).pcm(n * 20_006_000L, block, BLOCK, 2);
      }
      mixer.mix((n * 20 - 300) * MILLI, out, BLOCK);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("bytes in 100 blocks").isLessThan(4096);
  }

  private static TrackInput tone(double hertz, double amplitude, int millis) {
    TrackInput input = new TrackInput();
    float[] block = new float[2 * BLOCK];
    for (int n = 0; n < millis / 20; n++) {
      Tone.fill(block, BLOCK, (long) n * BLOCK, hertz, amplitude);
      input.pcm(n * 20 * MILLI, block, BLOCK, 2);
    }
    return input;
  }

  private static TrackInput constant(float left, float right, int millis) {
    TrackInput input = new TrackInput();
    float[] block = new float[2 * BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      block[2 * i] = left;
      block[2 * i + 1] = right;
    }
    for (int n = 0; n < millis / 20; n++) {
      input.pcm(n * 20 * MILLI, block, BLOCK, 2);
    }
    return input;
  }

  /** One frame of the mix after 500 ms, rounded to 1e-5. */
  private static float[] settled(int channels, Source... sources) {
    Mixer mixer = new Mixer(channels);
    mixer.sources(List.of(sources));
    float[] out = mix(mixer, channels, 0, 500);
    float[] frame = Arrays.copyOfRange(out, out.length - channels, out.length);
    for (int i = 0; i < channels; i++) {
      frame[i] = Math.round(frame[i] * 1e5f) / 1e5f + 0f;
    }
    return frame;
  }

  private static float[] mix(Mixer mixer, int channels, int fromMillis, int millis) {
    float[] out = new float[channels * 48 * millis];
    float[] block = new float[channels * BLOCK];
    for (int at = 0; at < millis; at += 20) {
      mixer.mix((fromMillis + at) * MILLI, block, BLOCK);
      System.arraycopy(block, 0, out, at * 48 * channels, block.length);
    }
    return out;
  }
}
