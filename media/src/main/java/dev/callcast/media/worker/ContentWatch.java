package dev.callcast.media.worker;

import dev.callcast.gst.I420;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Watches what a composition puts out for stretches in which nothing is to be seen, nothing moves,
 * or nothing is to be heard. Pictures are looked at twice a second in 2,304 points, which costs
 * some 20 µs; sound by the loudest sample of each block.
 *
 * <p>A stretch counts from {@link #LEAST} on and is told once it has ended. The threads of pictures
 * and of sound each call their own method; anybody may take what was found.
 */
final class ContentWatch {
  /** The shortest stretch that is told, ns. */
  public static final long LEAST = 1_000_000_000L;

  /** Between two looks at the picture, ns. */
  private static final long INTERVAL = 500_000_000L;

  private static final int COLUMNS = 64;
  private static final int ROWS = 36;

  /** Luma of limited range up to which a point is black: 16 is, and coding adds a little. */
  private static final int BLACK = 32;

  /** By how much a point may differ and count as the same. */
  private static final int SAME = 2;

  /** −60 dBFS. */
  private static final float SILENCE = 0.001f;

  /** What there was nothing of. */
  public enum Kind {
    BLACK,
    FROZEN,
    SILENT
  }

  /**
   * A stretch of it.
   *
   * @param from ns on the composition's timeline
   * @param to likewise
   */
  public record Stretch(Kind kind, long from, long to) {}

  /** Since when something is so; -1 while it is not. */
  private static final class State {
    private final Kind kind;
    private long since = -1;

    State(Kind kind) {
      this.kind = kind;
    }
  }

  private final State black = new State(Kind.BLACK);
  private final State frozen = new State(Kind.FROZEN);
  private final State silent = new State(Kind.SILENT);
  private final List<Stretch> found = new ArrayList<>(); // guarded by this

  // Of the thread of pictures.
  private long nextLook = Long.MIN_VALUE;
  private byte[] before = new byte[0];
  private byte[] now = new byte[COLUMNS * ROWS];

  /** A picture was composed. {@code mediaTime} in ns. */
  public void picture(long mediaTime, I420 picture) {
    if (mediaTime < nextLook) {
      return;
    }
    nextLook = mediaTime + INTERVAL;
    picture.sampleLuma(COLUMNS, ROWS, now);
    boolean dark = true;
    boolean still = before.length > 0;
    for (int i = 0; i < now.length; i++) {
      int luma = now[i] & 0xff;
      dark &= luma <= BLACK;
      still = still && Math.abs(luma - (before[i] & 0xff)) <= SAME;
    }
    set(black, dark, mediaTime);
    // It has been the same since the look before.
    set(frozen, still, still ? Math.max(0, mediaTime - INTERVAL) : mediaTime);
    if (!still) {
      before = Arrays.copyOf(now, now.length);
    }
  }

  /** Sound was mixed: {@code count} samples that begin at that time, ns. */
  public void sound(long mediaTime, float[] samples, int count) {
    boolean quiet = true;
    for (int i = 0; i < count && quiet; i++) {
      quiet = Math.abs(samples[i]) < SILENCE;
    }
    set(silent, quiet, mediaTime);
  }

  private synchronized void set(State state, boolean holds, long at) {
    if (holds && state.since < 0) {
      state.since = at;
    } else if (!holds && state.since >= 0) {
      end(state, at);
    }
  }

  private void end(State state, long at) {
    if (at - state.since >= LEAST) {
      found.add(new Stretch(state.kind, state.since, at));
    }
    state.since = -1;
  }

  /** The stretches that have ended since the last call. */
  public synchronized List<Stretch> take() {
    List<Stretch> taken = List.copyOf(found);
    found.clear();
    return taken;
  }

  /** Those that still last, up to a time in ns. */
  public synchronized List<Stretch> open(long to) {
    List<Stretch> open = new ArrayList<>();
    for (State state : List.of(black, frozen, silent)) {
      if (state.since >= 0 && to - state.since >= LEAST) {
        open.add(new Stretch(state.kind, state.since, to));
      }
    }
    return open;
  }
}
