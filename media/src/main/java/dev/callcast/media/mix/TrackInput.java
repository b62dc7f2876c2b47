package dev.callcast.media.mix;

import dev.callcast.media.ingest.PcmSink;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sound of one track on the call's timeline: takes decoded PCM with its PTS and keeps the last
 * 1.3 s of it, resampled to the call's clock, for any number of mixers to read by absolute time.
 *
 * <p>One thread writes ({@link #pcm}), each {@link Reader} belongs to one thread; the ring between
 * them is guarded by a lock that is held for a copy only. Nothing native. {@link #close} hands the
 * ring on to who comes next; without it whoever drops the last reference frees it.
 *
 * <p><b>Clock drift.</b> A sender's sound card does not run at exactly 48 kHz of the call's clock:
 * 300 ppm are 14.4 samples a second. The PTS tell by how much ({@link DriftEstimator}), and the
 * sound is resampled by that fraction of a percent ({@link FractionalResampler}): never cut, never
 * repeated. Errors of the position are brought in over some seconds, so that jitter of the PTS
 * cannot be heard as a wobble.
 *
 * <p><b>Jumps.</b> A PTS that is off by more than drift and jitter explain is a pause, a loss or a
 * new timeline: the old sound is faded out and the new faded in at its own place, 5 ms each; where
 * both overlap the old one stays and they are cross-faded at its end.
 *
 * <p><b>Implausible PTS.</b> Sound that keeps coming too late to be read, or from more than a
 * second ahead, has a timeline that is not the call's. After 0.5 s of that it is moved to where the
 * readers are, and back as soon as its own PTS are plausible again.
 */
public final class TrackInput implements PcmSink, AutoCloseable {
  /** Hz. */
  public static final int SAMPLE_RATE = 48_000;

  static final int FADE_FRAMES = SAMPLE_RATE / 200;
  private static final int RING_FRAMES = Rings.FRAMES;
  private static final int MASK = RING_FRAMES - 1;
  private static final int CHUNK_FRAMES = 1920;

  private static final long MAX_LEAD = SAMPLE_RATE;
  private static final long PLACED_LEAD = SAMPLE_RATE / 5;
  private static final long PLAUSIBLE_AGAIN = SAMPLE_RATE / 20;
  private static final long IMPLAUSIBLE_FOR = SAMPLE_RATE / 2;
  private static final long NEVER = Long.MIN_VALUE / 2;

  /** Raised cosine from 0 to 1; with its mirror image it sums to 1. */
  private static final float[] FADE = new float[FADE_FRAMES];

  static {
    for (int i = 0; i < FADE_FRAMES; i++) {
      FADE[i] = (float) (0.5 - 0.5 * Math.cos(Math.PI * (i + 0.5) / FADE_FRAMES));
    }
  }

  private final Object lock = new Object();
  private final Rings rings;
  private final Rings.Ring ring;
  // Guarded by lock: the ring, of which [end - RING_FRAMES, end) is valid while it is open.
  private final float[] ringLeft;
  private final float[] ringRight;
  private boolean closed;
  private long end = NEVER;
  private long lastRead = NEVER;

  // The writer's own.
  private final DriftEstimator drift = new DriftEstimator();
  private final FractionalResampler resampler = new FractionalResampler(CHUNK_FRAMES);
  private final float[] outLeft = new float[resampler.maxOutput()];
  private final float[] outRight = new float[resampler.maxOutput()];
  private final LevelMeter meter = new LevelMeter();
  private boolean anchored;
  private long next;
  private long segmentStart;
  private int fadeIn;
  private long shift;
  private long seenRead = NEVER;
  private long framesSinceRead;
  private long implausibleSince = NEVER;
  private final AtomicLong anchors = new AtomicLong();
  private volatile long lastEndNanos = Long.MIN_VALUE;

  /** Makes one with a ring of its own. */
  public TrackInput() {
    this(new Rings(0));
  }

  /** Makes one that has its ring from there, and gives it back when it is closed. */
  public TrackInput(Rings rings) {
    this.rings = rings;
    this.ring = rings.take();
    this.ringLeft = ring.left;
    this.ringRight = ring.right;
  }

  /**
   * Gives the ring back. What reads fades out at once and then reads silence; what is written is
   * dropped. May be repeated.
   */
  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      end = NEVER;
    }
    rings.giveBack(ring);
  }

  @Override
  public void pcm(long pts, float[] samples, int frames, int channels) {
    if (frames <= 0) {
      return;
    }
    double own = pts * (SAMPLE_RATE / 1e9);
    if (!place(own, frames)) {
      return;
    }
    double at = own + shift;
    if (!anchored || drift.isJump(at)) {
      anchor(at);
    } else if (drift.isMisplaced()) {
      drift.forgetRate();
      anchor(at);
    } else {
      drift.update(at);
    }
    double stretch = drift.steer(next - resampler.position() * (1 + resampler.stretch()), frames);
    for (int done = 0; done < frames; done += CHUNK_FRAMES) {
      int chunk = Math.min(CHUNK_FRAMES, frames - done);
      int made = resampler.process(samples, done, chunk, channels, stretch, outLeft, outRight);
      write(made);
    }
    drift.advance(frames);
    meter.addInterleaved(samples, frames, channels);
    lastEndNanos = pts + frames * 62_500L / 3;
  }

  /**
   * The loudness over the last 100 ms that were written, before any gain.
   *
   * @param callTime now, in ns on the call's timeline
   * @return dBov (RFC 6464: a full-scale sine is -3), {@link LevelMeter#SILENCE} for silence or
   *     when nothing was written for 300 ms
   */
  public double level(long callTime) {
    long last = lastEndNanos;
    return last == Long.MIN_VALUE || callTime - last > 300_000_000L
        ? LevelMeter.SILENCE
        : meter.level();
  }

  /** How often the sound was placed anew: 1 for the start, and one for each gap or jump. */
  public long anchors() {
    return anchors.get();
  }

  /** Makes a reader, for one mixer; it needs no closing. */
  public Reader reader() {
    return new Reader();
  }

  /**
   * Decides whether sound at this place can be meant, and keeps {@link #shift}.
   *
   * @return false when it is to be dropped
   */
  private boolean place(double own, int frames) {
    long read;
    synchronized (lock) {
      read = lastRead;
    }
    if (read == NEVER) {
      return true;
    }
    if (read == seenRead) {
      framesSinceRead += frames;
    } else {
      seenRead = read;
      framesSinceRead = 0;
    }
    if (framesSinceRead > SAMPLE_RATE) {
      // Nobody listens any more, so nothing can be said about too early or too late.
      implausibleSince = NEVER;
      return true;
    }
    double ownLead = own - read;
    if (shift != 0 && ownLead >= PLAUSIBLE_AGAIN && ownLead <= MAX_LEAD) {
      shift = 0;
    }
    double lead = ownLead + shift;
    boolean late = lead + frames < 0;
    boolean early = lead > MAX_LEAD;
    if (!late && !early) {
      implausibleSince = NEVER;
      return true;
    }
    if (implausibleSince == NEVER) {
      implausibleSince = read;
    }
    if (read - implausibleSince >= IMPLAUSIBLE_FOR) {
      shift = Math.round(read + PLACED_LEAD - own);
      implausibleSince = NEVER;
      return true;
    }
    // Late sound is written (a reader that lags may want it), sound from the future is not: it
    // would push out what is still to be read.
    return late;
  }

  /** Begins a new segment of sound at a place on the timeline. */
  private void anchor(double at) {
    anchored = true;
    anchors.incrementAndGet();
    drift.anchor(at);
    next = (long) Math.ceil(at);
    resampler.restart(next - at);
    fadeIn = 0;
    synchronized (lock) {
      if (end == NEVER) {
        segmentStart = next;
        return;
      }
      long fadeStart = end - FADE_FRAMES;
      for (int i = 0; i < FADE_FRAMES; i++) {
        int slot = (int) (fadeStart + i) & MASK;
        ringLeft[slot] *= 1 - FADE[i];
        ringRight[slot] *= 1 - FADE[i];
      }
      segmentStart = Math.max(next, fadeStart);
    }
  }

  /** Puts resampled frames into the ring at {@link #next}. */
  private void write(int count) {
    int skip = Math.clamp(segmentStart - next, 0, count);
    long from = next + skip;
    next += count;
    int frames = count - skip;
    if (frames == 0) {
      return;
    }
    int fade = Math.min(frames, FADE_FRAMES - fadeIn);
    for (int i = 0; i < fade; i++) {
      outLeft[skip + i] *= FADE[fadeIn + i];
      outRight[skip + i] *= FADE[fadeIn + i];
    }
    fadeIn += Math.max(0, fade);
    synchronized (lock) {
      if (closed) {
        return;
      }
      if (end == NEVER) {
        end = from;
      }
      for (long gap = Math.max(end, from - RING_FRAMES); gap < from; gap++) {
        ringLeft[(int) gap & MASK] = 0;
        ringRight[(int) gap & MASK] = 0;
      }
      int overlap = Math.clamp(end - from, 0, frames);
      for (int i = 0; i < overlap; i++) {
        int slot = (int) (from + i) & MASK;
        ringLeft[slot] += outLeft[skip + i];
        ringRight[slot] += outRight[skip + i];
      }
      for (int done = overlap; done < frames; ) {
        int slot = (int) (from + done) & MASK;
        int run = Math.min(frames - done, RING_FRAMES - slot);
        System.arraycopy(outLeft, skip + done, ringLeft, slot, run);
        System.arraycopy(outRight, skip + done, ringRight, slot, run);
        done += run;
      }
      end = Math.max(end, from + frames);
    }
  }

  /**
   * One mixer's view. It reads by absolute time and takes nothing away. Where sound is not there in
   * time it fades out, and in again when it is back. One thread uses it.
   */
  public final class Reader {
    private long expected = NEVER;
    private int fadeIn;
    private int tail = FADE_FRAMES;
    private float lastLeft;
    private float lastRight;
    private float tailLeft;
    private float tailRight;

    private Reader() {}

    /**
     * Reads a stretch of the timeline.
     *
     * @param first the first frame, in frames of 48 kHz since the call's time 0
     * @param left takes {@code frames} samples
     * @param right takes {@code frames} samples
     * @return false when all of it is silence: then nothing was written to the arrays
     */
    public boolean read(long first, float[] left, float[] right, int frames) {
      return read(first, left, right, 0, frames);
    }

    /** The same, into the arrays from {@code offset} on. */
    boolean read(long first, float[] left, float[] right, int offset, int frames) {
      if (first != expected) {
        fadeIn = 0;
        tail = FADE_FRAMES;
      }
      expected = first + frames;
      int begin;
      int covered;
      synchronized (lock) {
        lastRead = Math.max(lastRead, expected);
        covered = Math.clamp(end - first, 0, frames);
        begin = Math.clamp(end - RING_FRAMES - first, 0, covered);
        for (int done = begin; done < covered; ) {
          int slot = (int) (first + done) & MASK;
          int run = Math.min(covered - done, RING_FRAMES - slot);
          System.arraycopy(ringLeft, slot, left, offset + done, run);
          System.arraycopy(ringRight, slot, right, offset + done, run);
          done += run;
        }
      }
      if (covered == begin && tail == FADE_FRAMES && fadeIn == 0) {
        return false;
      }
      Arrays.fill(left, offset, offset + begin, 0);
      Arrays.fill(right, offset, offset + begin, 0);
      Arrays.fill(left, offset + covered, offset + frames, 0);
      Arrays.fill(right, offset + covered, offset + frames, 0);
      if (begin > 0) {
        fadeIn = 0;
      }
      for (int i = offset + begin; i < offset + covered && fadeIn < FADE_FRAMES; i++, fadeIn++) {
        left[i] *= FADE[fadeIn];
        right[i] *= FADE[fadeIn];
      }
      decay(left, right, offset, begin, covered, frames);
      lastLeft = left[offset + frames - 1];
      lastRight = right[offset + frames - 1];
      return true;
    }

    /** Ends the sound softly where it runs out within this stretch, or ran out before it. */
    private void decay(
        float[] left, float[] right, int offset, int begin, int covered, int frames) {
      if (covered < frames && fadeIn > 0) {
        fadeIn = 0;
        if (covered - begin >= FADE_FRAMES) {
          for (int i = 0; i < FADE_FRAMES; i++) {
            int at = offset + covered - FADE_FRAMES + i;
            left[at] *= 1 - FADE[i];
            right[at] *= 1 - FADE[i];
          }
          tail = FADE_FRAMES;
        } else {
          // Too little of it left to fade: its last value is let down to zero instead.
          tail = 0;
          tailLeft = covered > 0 ? left[offset + covered - 1] : lastLeft;
          tailRight = covered > 0 ? right[offset + covered - 1] : lastRight;
        }
      }
      int from = covered < frames ? covered : 0;
      for (int i = offset + from; i < offset + frames && tail < FADE_FRAMES; i++, tail++) {
        left[i] += tailLeft * (1 - FADE[tail]);
        right[i] += tailRight * (1 - FADE[tail]);
      }
    }
  }
}
