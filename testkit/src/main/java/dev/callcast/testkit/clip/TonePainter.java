package dev.callcast.testkit.clip;

/** A participant's sound as samples, by the rules of {@link ClipMarks}. Pure. */
public final class TonePainter {
  private static final double EDGE_SECONDS = 0.001;

  private TonePainter() {}

  /**
   * One sample, full scale is 1. Continuous over any number of seconds, as the frequency is a whole
   * number of Hz.
   *
   * @param index of the sample from the clip's start
   * @param rate in Hz
   */
  public static double sample(int participant, int fps, int toneDb, long index, int rate) {
    long inSecond = index % rate;
    double time = (double) inSecond / rate;
    double sinceBeep = time - ClipMarks.flashSecond(participant, fps);
    if (sinceBeep < 0) {
      sinceBeep += 1;
    }
    double quiet = Math.pow(10, toneDb / 20.0);
    double amplitude = quiet;
    if (sinceBeep < ClipMarks.BEEP_SECONDS) {
      double edge =
          Math.min(1, Math.min(sinceBeep, ClipMarks.BEEP_SECONDS - sinceBeep) / EDGE_SECONDS);
      amplitude = quiet + (ClipMarks.BEEP_AMPLITUDE - quiet) * edge;
    }
    return amplitude * Math.sin(2 * Math.PI * ClipMarks.toneHz(participant) * time);
  }
}
