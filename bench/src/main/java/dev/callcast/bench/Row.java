package dev.callcast.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that was measured for one number of participants; one line of {@code --json}. CPU is in
 * cores: CPU-seconds per second of media, without start-up. What was measured several times is the
 * median, with the least and the most in {@link #spread}.
 *
 * @param ratio medians of each turn's ratio of steady CPU time
 * @param psnr Callcast's, dB against the ideal picture, mean over Y, U and V
 * @param references CPU of the other programs
 * @param startup CPU-seconds of a run beyond its steady cost
 * @param whole ratios of the whole runs' CPU time by second of media, start-up included; Callcast's
 *     run is the longer one
 * @param speed seconds of media per second of wall time, offline
 * @param rss most resident memory offline, MiB
 * @param live a call over RTP, or null when none was wanted
 * @param problems what content checks found wrong; empty when all is well
 */
record Row(
    int participants,
    int seconds,
    int repeats,
    Cpu cpu,
    Ratios ratio,
    double psnr,
    Spreads spread,
    References references,
    Floors floors,
    Ratios whole,
    Psnr psnrOf,
    Startup startup,
    double speed,
    double rss,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Live live,
    List<String> problems) {
  Row {
    problems = List.copyOf(problems);
  }

  Row withLive(Live measured, List<String> more) {
    List<String> all = new java.util.ArrayList<>(problems);
    all.addAll(more);
    return new Row(
        participants,
        seconds,
        repeats,
        cpu,
        ratio,
        psnr,
        spread,
        references,
        floors,
        whole,
        psnrOf,
        startup,
        speed,
        rss,
        measured,
        all);
  }

  /**
   * Callcast's, by part.
   *
   * @param other the rest of the total: packets, the file, the JVM
   * @param compiling what of that is the JVM's compilers, which must have come to rest
   */
  record Cpu(
      double decode,
      double compose,
      double encode,
      double audio,
      double other,
      double compiling,
      double total) {}

  /** Callcast's CPU time by that of each reference. */
  record Ratios(double compositor, double xstack, double xstackZeroLatency, double floor) {}

  /** Of Callcast's total, and of the ratios. */
  record Spreads(
      Spread total, Spread compositor, Spread xstack, Spread xstackZeroLatency, Spread floor) {}

  record References(double compositor, double xstack, double xstackZeroLatency) {}

  /** {@code encode} without what reading raw pictures costs. */
  record Floors(double decode, double scale, double encode, double audio, double sum) {}

  /** dB against the ideal picture, mean over Y, U and V. */
  record Psnr(double compositor, double xstack, double xstackZeroLatency) {}

  /**
   * CPU-seconds.
   *
   * @param firstPicture Callcast's from exec to the first composed picture
   */
  record Startup(double callcast, double firstPicture, double compositor, double xstack) {}

  /**
   * A call over RTP on a node and a worker, with senders in a process of their own.
   *
   * @param cores the worker's
   * @param compiling what of it is the JVM's compilers: it goes down to nothing in the first
   *     minutes
   * @param ratio the worker's CPU time by that of the same offline
   * @param rss the worker's resident memory at the end, MiB
   * @param firstFrameMillis from the request for the composition to its first picture
   * @param coldFirstFrameMillis from the request for the call, without a worker, to the first
   *     picture of a composition that is asked for at once
   * @param composeMillis mean time from the moment at which a picture is due until it is composed
   * @param skippedTicks pictures left out while it was measured
   * @param offsetMillis sound against picture: the largest median of any participant
   * @param offsetP95Millis the largest 95th percentile of any participant
   * @param hiddenCores cores for each participant that is neither shown nor among the loudest, or
   *     null where that was not measured
   */
  record Live(
      int seconds,
      double cores,
      double compiling,
      double ratio,
      double rss,
      double firstFrameMillis,
      double coldFirstFrameMillis,
      double composeMillis,
      long skippedTicks,
      double offsetMillis,
      double offsetP95Millis,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double hiddenCores) {}
}
