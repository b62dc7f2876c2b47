package dev.callcast.testkit.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds one participant's tone in the mix: the sound is multiplied by the tone's conjugate and
 * summed over milliseconds, so that the amplitude in any window is a difference of sums. Pure;
 * confined to one thread.
 */
final class BeepMeter {
  private static final int STEP = Decoder.RATE / 1000;

  /** Short enough for onsets, long enough that the neighbours' tones (97 Hz away) cancel. */
  private static final int BEEP_WINDOW = 10;

  private static final int TONE_WINDOW = 100;

  /** A beep is at least this many ms above the threshold (of its 50). */
  private static final int SHORTEST_BEEP = 25;

  private final double start;
  private final double[] real;
  private final double[] imaginary;

  BeepMeter(Decoder.Sound sound, double hertz) {
    start = sound.start();
    float[] samples = sound.samples();
    int steps = samples.length / STEP;
    real = new double[steps + 1];
    imaginary = new double[steps + 1];
    for (int step = 0; step < steps; step++) {
      double phase = -2 * Math.PI * Math.IEEEremainder(hertz * step / 1000.0, 1);
      double turnRe = Math.cos(-2 * Math.PI * hertz / Decoder.RATE);
      double turnIm = Math.sin(-2 * Math.PI * hertz / Decoder.RATE);
      double re = Math.cos(phase);
      double im = Math.sin(phase);
      double sumRe = 0;
      double sumIm = 0;
      for (int i = step * STEP; i < (step + 1) * STEP; i++) {
        sumRe += samples[i] * re;
        sumIm += samples[i] * im;
        double next = re * turnRe - im * turnIm;
        im = re * turnIm + im * turnRe;
        re = next;
      }
      real[step + 1] = real[step] + sumRe;
      imaginary[step + 1] = imaginary[step] + sumIm;
    }
  }

  /** Peak amplitude of the tone in each window, one a millisecond. */
  private double[] amplitudes(int window) {
    double[] all = new double[Math.max(0, real.length - window)];
    for (int i = 0; i < all.length; i++) {
      double re = real[i + window] - real[i];
      double im = imaginary[i + window] - imaginary[i];
      all[i] = 2 * Math.hypot(re, im) / (window * STEP);
    }
    return all;
  }

  /** When the beeps begin, in seconds: the moment at which half of the window is in the beep. */
  List<Double> onsets() {
    double[] amplitude = amplitudes(BEEP_WINDOW);
    List<Double> onsets = new ArrayList<>();
    if (amplitude.length < 200) {
      return onsets;
    }
    double quiet = median(amplitude);
    double peak = typicalPeak(amplitude);
    if (peak < 0.003 || peak < 1.6 * quiet) {
      return onsets;
    }
    double threshold = (quiet + peak) / 2;
    int above = 0;
    double crossing = 0;
    for (int i = 1; i < amplitude.length; i++) {
      if (amplitude[i] < threshold) {
        above = 0;
        continue;
      }
      if (above == 0) {
        double part = (threshold - amplitude[i - 1]) / (amplitude[i] - amplitude[i - 1]);
        crossing = i - 1 + Math.clamp(part, 0.0, 1.0);
      }
      above++;
      if (above == SHORTEST_BEEP && crossing > 0) {
        onsets.add(start + (crossing + BEEP_WINDOW / 2.0) / 1000);
      }
    }
    return onsets;
  }

  /** The median of the loudest moments of all seconds. */
  private static double typicalPeak(double[] amplitude) {
    int seconds = Math.max(1, amplitude.length / 1000);
    double[] peaks = new double[seconds];
    for (int second = 0; second < seconds; second++) {
      int to = Math.min(amplitude.length, (second + 1) * 1000);
      for (int i = second * 1000; i < to; i++) {
        peaks[second] = Math.max(peaks[second], amplitude[i]);
      }
    }
    // Muted seconds must not hide the beeps of the others.
    Arrays.sort(peaks);
    double loudest = peaks[seconds - 1];
    double[] loud = Arrays.stream(peaks).filter(peak -> peak > loudest / 3).toArray();
    return median(loud);
  }

  /**
   * The continuous tone's amplitude between two times, in dB of full scale: the median over the
   * windows that lie inside; −120 for none.
   */
  double toneDb(double from, double to) {
    double[] amplitude = amplitudes(TONE_WINDOW);
    int first = (int) Math.clamp((from - start) * 1000, 0, amplitude.length);
    int end = (int) Math.clamp((to - start) * 1000 - TONE_WINDOW, 0, amplitude.length);
    return first >= end
        ? -120
        : 20 * Math.log10(median(Arrays.copyOfRange(amplitude, first, end)) + 1e-6);
  }

  /** Where the tone is 12 dB below {@code referenceDb} for 0.3 s or more, between two times. */
  List<Span> missing(double from, double to, double referenceDb) {
    double threshold = Math.pow(10, (referenceDb - 12) / 20);
    Span.Collector missing = new Span.Collector(0.3);
    double[] amplitude = amplitudes(TONE_WINDOW);
    for (int i = 0; i < amplitude.length; i += 10) {
      double at = start + (i + TONE_WINDOW / 2.0) / 1000;
      if (at >= from && at <= to) {
        missing.add(at, amplitude[i] < threshold);
      }
    }
    return missing.finish(Math.min(to, start + real.length / 1000.0));
  }

  static double median(double[] values) {
    if (values.length == 0) {
      return 0;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
