package dev.callcast.bench;

import dev.callcast.media.mix.Mixer;
import dev.callcast.media.mix.TrackInput;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what mixing costs: CPU-ms per second of audio, for the track inputs (resampling) and the
 * mixer apart. Run its main; arguments are numbers of inputs.
 */
public final class MixCost {
  private static final int FRAMES = 960;
  private static final int BLOCKS_PER_SECOND = 50;
  private static final int WARM_UP_SECONDS = 30;
  private static final int SECONDS = 120;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private MixCost() {}

  /** Prints one JSON object per number of inputs. */
  public static void main(String[] args) {
    List<Integer> counts = new ArrayList<>();
    for (String arg : args) {
      counts.add(Integer.parseInt(arg));
    }
    for (int inputs : counts.isEmpty() ? List.of(1, 9, 25) : counts) {
      measure(inputs);
    }
  }

  private static void measure(int count) {
    List<TrackInput> inputs = new ArrayList<>();
    List<Mixer.Source> sources = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      inputs.add(new TrackInput());
      sources.add(new Mixer.Source("p" + i, inputs.get(i), 0.3, 0, false));
    }
    Mixer mixer = new Mixer(2);
    mixer.sources(sources);
    float[] block = new float[2 * FRAMES];
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) (0.3 * Math.sin(i * 0.02));
    }
    float[] out = new float[2 * FRAMES];
    long inputNanos = 0;
    long mixNanos = 0;
    for (int n = 0; n < (WARM_UP_SECONDS + SECONDS) * BLOCKS_PER_SECOND; n++) {
      if (n == WARM_UP_SECONDS * BLOCKS_PER_SECOND) {
        inputNanos = 0;
        mixNanos = 0;
      }
      long start = THREADS.getCurrentThreadCpuTime();
      for (TrackInput input : inputs) {
        // A sender whose clock is 300 ppm slow.
        input.pcm(n * 20_006_000L, block, FRAMES, 2);
      }
      long between = THREADS.getCurrentThreadCpuTime();
      mixer.mix((long) (n * 20_006_000L - 300e6), out, FRAMES);
      mixNanos += THREADS.getCurrentThreadCpuTime() - between;
      inputNanos += between - start;
    }
    System.out.printf(
        "{\"inputs\":%d,\"inputMillisPerSecond\":%.3f,\"mixMillisPerSecond\":%.3f}%n",
        count, inputNanos / 1e6 / SECONDS, mixNanos / 1e6 / SECONDS);
  }
}
