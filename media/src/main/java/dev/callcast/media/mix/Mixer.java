package dev.callcast.media.mix;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mixes the sound of one composition: pulled by the composition's clock, it sums the inputs, each
 * with its participant's gain, mute and pan, and limits the sum to -1 dBFS. An empty call is
 * digital silence.
 *
 * <p>{@link #mix} belongs to the composition's audio thread, {@link #sources} to the thread that
 * applies changes of the call's state; levels may be read by any. {@link #mix} allocates nothing
 * and takes only the inputs' short locks. It owns nothing native.
 */
public final class Mixer {
  /**
   * One input and how it is to be heard.
   *
   * @param participant whose it is; several inputs may have the same (microphone, screen)
   * @param gain linear, 0 to 4
   * @param pan -1 left, 0 centre, 1 right
   * @param muted not heard, whatever the gain
   * @param shift ns by which it is heard later than its own time; negative for earlier. It changes
   *     by a millisecond a second while it sounds
   */
  public record Source(
      String participant, TrackInput input, double gain, double pan, boolean muted, long shift) {
    /** In its own time. */
    public Source(String participant, TrackInput input, double gain, double pan, boolean muted) {
      this(participant, input, gain, pan, muted, 0);
    }
  }

  /** A participant's loudness as heard in this mix, in dBov over 100 ms. */
  public record Level(String participant, double dbov) {}

  /** Frames that are mixed at once; a longer request is made of several. */
  private static final int BLOCK = 1024;

  /** Half a millisecond of doubt about the caller's time is rounding and no jump. */
  private static final long SAME_TIME = TrackInput.SAMPLE_RATE / 2000;

  private final int channels;
  private final Limiter limiter = new Limiter(BLOCK);
  private final float[] left = new float[BLOCK];
  private final float[] right = new float[BLOCK];
  private final float[] inLeft = new float[BLOCK];
  private final float[] inRight = new float[BLOCK];
  private volatile Strip[] strips = {};
  private long expected = Long.MIN_VALUE;

  /**
   * Makes a mixer without inputs.
   *
   * @param channels of the output: 2, or 1 for the mean of both
   */
  public Mixer(int channels) {
    if (channels != 1 && channels != 2) {
      throw new IllegalArgumentException("channels: " + channels);
    }
    this.channels = channels;
  }

  /**
   * Says what is to be heard from now on. Inputs that were there before go on without a seam and
   * move to their new gain and pan within 10 ms; those left out fade out in as long.
   */
  public synchronized void sources(List<Source> sources) {
    Strip[] current = strips;
    List<Strip> changed = new ArrayList<>(sources.size());
    for (Source source : sources) {
      Strip strip = find(current, source.input());
      if (strip == null || !strip.participant.equals(source.participant())) {
        strip = new Strip(source.participant(), source.input());
      }
      strip.aim(source.muted() ? 0 : source.gain(), source.pan());
      strip.reader.shift((int) Math.round(source.shift() * (TrackInput.SAMPLE_RATE / 1e9)));
      changed.add(strip);
    }
    for (Strip strip : current) {
      if (!changed.contains(strip) && !strip.gone) {
        strip.aim(0, 0);
        strip.leaving = true;
        changed.add(strip);
      }
    }
    strips = changed.toArray(Strip[]::new);
  }

  private static @Nullable Strip find(Strip[] strips, TrackInput input) {
    for (Strip strip : strips) {
      if (strip.input == input && !strip.leaving) {
        return strip;
      }
    }
    return null;
  }

  /**
   * Mixes a stretch. Consecutive calls go on where the one before ended, as long as {@code
   * callTime} agrees with that within half a millisecond.
   *
   * @param callTime of the first frame, in ns on the call's timeline
   * @param out takes {@code frames * channels} samples, interleaved, -0.891 to 0.891
   */
  public void mix(long callTime, float[] out, int frames) {
    long first = Math.round(callTime * (TrackInput.SAMPLE_RATE / 1e9));
    if (expected != Long.MIN_VALUE && Math.abs(first - expected) <= SAME_TIME) {
      first = expected;
    }
    Strip[] current = strips;
    for (int done = 0; done < frames; done += BLOCK) {
      int count = Math.min(BLOCK, frames - done);
      // Inputs are read ahead by what the limiter delays, so that the mix is in time.
      block(current, first + done + Limiter.DELAY_FRAMES, count);
      interleave(out, done, count);
    }
    expected = first + frames;
  }

  private void block(Strip[] current, long first, int count) {
    Arrays.fill(left, 0, count, 0);
    Arrays.fill(right, 0, count, 0);
    for (Strip strip : current) {
      strip.addTo(left, right, first, count, inLeft, inRight);
    }
    limiter.process(left, right, count);
  }

  private void interleave(float[] out, int done, int count) {
    if (channels == 1) {
      for (int i = 0; i < count; i++) {
        out[done + i] = 0.5f * (left[i] + right[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        out[2 * (done + i)] = left[i];
        out[2 * (done + i) + 1] = right[i];
      }
    }
  }

  /** The participants' levels, one for each input, with gain and mute. */
  public List<Level> levels() {
    List<Level> levels = new ArrayList<>();
    for (Strip strip : strips) {
      if (!strip.leaving) {
        levels.add(new Level(strip.participant, strip.meter.level()));
      }
    }
    return levels;
  }

  /** A participant's level in dBov, the loudest of its inputs'. */
  public double level(String participant) {
    double loudest = LevelMeter.SILENCE;
    for (Strip strip : strips) {
      if (!strip.leaving && strip.participant.equals(participant)) {
        loudest = Math.max(loudest, strip.meter.level());
      }
    }
    return loudest;
  }

  /**
   * How far the limiter turns the mix down just now, in dB, 0 or less. For tests and statistics.
   */
  double limiting() {
    return 20 * Math.log10(limiter.gain());
  }

  /** One input in this mix. Its targets are set by one thread, the rest is the mixing thread's. */
  private static final class Strip {
    /** 10 ms for any change of gain or pan. */
    private static final int RAMP_FRAMES = TrackInput.SAMPLE_RATE / 100;

    final String participant;
    final TrackInput input;
    final LevelMeter meter = new LevelMeter();
    private final ShiftedReader reader;
    private volatile Gains target = Gains.NONE;
    private volatile boolean leaving;
    private volatile boolean gone;

    private Gains from = Gains.NONE;
    private Gains to = Gains.NONE;
    private int ramped = RAMP_FRAMES;
    private boolean heard;

    Strip(String participant, TrackInput input) {
      this.participant = participant;
      this.input = input;
      reader = new ShiftedReader(input.reader());
    }

    void aim(double gain, double pan) {
      Gains wanted = Gains.of(gain, pan);
      if (!wanted.equals(target)) {
        target = wanted;
      }
    }

    void addTo(float[] left, float[] right, long first, int count, float[] l, float[] r) {
      if (gone) {
        return;
      }
      Gains wanted = target;
      if (!wanted.equals(to) && ramped >= RAMP_FRAMES) {
        from = to;
        to = wanted;
        // Before the first sound there is nothing that could click.
        ramped = heard ? 0 : RAMP_FRAMES;
      }
      boolean sound = reader.read(first, l, r, count);
      heard |= sound;
      if (!sound || (ramped >= RAMP_FRAMES && to.silent())) {
        meter.addSilence(count);
        ramped = RAMP_FRAMES;
      } else {
        scale(l, r, count);
        for (int i = 0; i < count; i++) {
          left[i] += l[i];
          right[i] += r[i];
        }
        meter.add(l, r, count);
      }
      if (leaving && ramped >= RAMP_FRAMES && to.equals(target)) {
        gone = true;
      }
    }

    private void scale(float[] l, float[] r, int count) {
      int ramp = Math.min(count, RAMP_FRAMES - ramped);
      for (int i = 0; i < ramp; i++) {
        float part = (ramped + i + 1) * (1f / RAMP_FRAMES);
        float ll = from.leftLeft + part * (to.leftLeft - from.leftLeft);
        float lr = from.leftRight + part * (to.leftRight - from.leftRight);
        float rl = from.rightLeft + part * (to.rightLeft - from.rightLeft);
        float rr = from.rightRight + part * (to.rightRight - from.rightRight);
        float x = l[i];
        float y = r[i];
        l[i] = ll * x + rl * y;
        r[i] = lr * x + rr * y;
      }
      ramped += ramp;
      if (to.plain()) {
        float gain = to.leftLeft;
        if (gain != 1) {
          for (int i = ramp; i < count; i++) {
            l[i] *= gain;
            r[i] *= gain;
          }
        }
      } else {
        mixAcross(l, r, ramp, count, to.leftLeft, to.leftRight, to.rightLeft, to.rightRight);
      }
    }

    private static void mixAcross(
        float[] l, float[] r, int start, int end, float ll, float lr, float rl, float rr) {
      for (int i = start; i < end; i++) {
        float x = l[i];
        float y = r[i];
        l[i] = ll * x + rl * y;
        r[i] = lr * x + rr * y;
      }
    }
  }

  /**
   * What goes from each input channel to each output channel. Panned to one side, the other side's
   * channel goes there too, by half and half at the end: a voice that is the same on both channels
   * keeps its loudness on the side it is panned to, and of stereo nothing is lost.
   */
  private record Gains(float leftLeft, float leftRight, float rightLeft, float rightRight) {
    static final Gains NONE = new Gains(0, 0, 0, 0);

    static Gains of(double gain, double pan) {
      float g = (float) Math.clamp(gain, 0, 4);
      float p = (float) Math.clamp(pan, -1, 1);
      float toRight = Math.max(0, p);
      float toLeft = Math.max(0, -p);
      return g == 0
          ? NONE
          : new Gains(
              g * (1 - toRight) * (1 - toLeft / 2),
              g * toRight / 2,
              g * toLeft / 2,
              g * (1 - toLeft) * (1 - toRight / 2));
    }

    boolean silent() {
      return equals(NONE);
    }

    boolean plain() {
      return leftRight == 0 && rightLeft == 0 && leftLeft == rightRight;
    }
  }
}
