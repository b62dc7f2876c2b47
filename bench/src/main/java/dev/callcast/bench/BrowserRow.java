package dev.callcast.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call of one number of participants, recorded by Callcast and by a browser in turns; one line of
 * {@code bench --browser --json}. Each figure is the median of the turns, with the least and the
 * most. CPU is in cores: CPU-seconds per second.
 *
 * @param simulcast what of it the browser gets
 * @param ratio Callcast's cores by the browser's, turn by turn
 * @param problems what was wrong with Callcast's recordings; empty when all is well
 */
record BrowserRow(
    int participants,
    int seconds,
    int repeats,
    BrowserComparison.Layers simulcast,
    Spread ratio,
    Callcast callcast,
    Browser browser,
    List<String> problems) {
  BrowserRow {
    problems = List.copyOf(problems);
  }

  /**
   * What became of the call in one kind of recording.
   *
   * @param picturesPerSecond how many different frames of a participant the file shows in a second,
   *     of 30: the median of the participants
   * @param leastPicturesPerSecond that of the participant of whom there are the fewest
   * @param right the share of a tile's pictures in which its participant's marks can be read, the
   *     least of all participants
   * @param heard participants whose tone is heard all the time
   * @param psnr dB against the ideal pictures of the frames that are shown, over Y, U and V; null
   *     with simulcast, whose layers are painted each for itself
   * @param sfu cores that the SFU's worker took meanwhile
   */
  record Outcome(
      Spread picturesPerSecond,
      Spread leastPicturesPerSecond,
      Spread right,
      Spread heard,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Spread psnr,
      Spread sfu) {}

  /**
   * Callcast's.
   *
   * @param cores worker and node
   * @param compiling what of the worker's is the JVM's compilers
   */
  record Callcast(Spread cores, Spread worker, Spread compiling, Spread node, Outcome outcome) {}

  /**
   * The browser's.
   *
   * @param cores all four
   * @param screen Xvfb
   * @param sound PulseAudio
   * @param recorder ffmpeg
   */
  record Browser(
      Spread cores,
      Spread chromium,
      Spread screen,
      Spread sound,
      Spread recorder,
      Outcome outcome) {}
}
