package dev.callcast.bench;

import java.util.List;

/**
 * All that was measured for one number of participants. CPU is in cores: CPU-seconds per second of
 * media, without start-up, medians over the repeats. Ratios are medians of each repeat's ratio.
 *
 * @param references CPU of the other programs
 * @param startup CPU-seconds before the steady state, by the difference of a short and a long run
 * @param whole ratios of the whole runs' CPU time, start-up and warming up included
 * @param firstPicture Callcast's CPU-seconds from exec to the first composed picture
 * @param speed seconds of media per second of wall time
 * @param rss most resident memory, MiB
 * @param problems what content checks found wrong; empty when all is well
 */
record Row(
    int participants,
    int seconds,
    int repeats,
    Cpu cpu,
    References references,
    Floors floors,
    Ratios ratio,
    Ratios whole,
    Psnr psnr,
    Startup startup,
    Spread firstPicture,
    Spread speed,
    Spread rss,
    List<String> problems) {
  Row {
    problems = List.copyOf(problems);
  }

  /** Callcast's, by part; {@code other} is the rest of the total: the JVM, packets, the file. */
  record Cpu(
      double decode,
      double compose,
      double encode,
      double audio,
      double other,
      double total,
      double min,
      double max) {}

  record References(Spread compositor, Spread xstack, Spread xstackZeroLatency) {}

  /** {@code encode} without what reading raw pictures costs. */
  record Floors(double decode, double scale, double encode, double audio, double sum) {}

  /** Callcast's CPU time by that of each reference. */
  record Ratios(Spread compositor, Spread xstack, Spread xstackZeroLatency, Spread floor) {}

  /** dB against the ideal picture, mean over Y, U and V. */
  record Psnr(double callcast, double compositor, double xstack, double xstackZeroLatency) {}

  record Startup(Spread callcast, Spread compositor, Spread xstack) {}
}
