package dev.callcast.media.ingest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The decoded frames of one track between its decoder and the compositors, ordered by PTS. The
 * decoder's thread adds; any number of compositors read at their own ticks and delays, and take
 * nothing away. All methods may be called from any thread. The track's owner closes the store.
 *
 * <p>Frames belong to their decoder's memory, so few are kept: at most {@code capacity}, and none
 * that lies further than {@code span} from the frame added last, or {@link #LAG} before the latest
 * moment that was asked for. One frame from before that always stays, so that a source that pauses
 * or freezes keeps its last picture, also while the first frames after a pause wait for their time.
 * Both directions are bounded: a frame whose PTS ran far ahead (a bad sender report) must not push
 * out the right ones that follow.
 */
public final class FrameStore implements AutoCloseable {
  /** By how much one reader may be behind another, ns: no picture is composed later than that. */
  static final long LAG = 220_000_000L;

  private static final int DEFAULT_CAPACITY = 24;
  private static final long DEFAULT_SPAN = 1_000_000_000L;

  private final int capacity;
  private final long span;

  // Guarded by this; ascending PTS, no two equal.
  private final ArrayList<Frame> frames = new ArrayList<>();
  private long asked = Long.MIN_VALUE / 2;
  private boolean closed;

  /** Makes an empty store for 24 frames and one second. */
  public FrameStore() {
    this(DEFAULT_CAPACITY, DEFAULT_SPAN);
  }

  /**
   * Makes an empty store.
   *
   * @param capacity frames, at least 2
   * @param span ns
   */
  public FrameStore(int capacity, long span) {
    if (capacity < 2 || span <= 0) {
      throw new IllegalArgumentException("capacity " + capacity + ", span " + span);
    }
    this.capacity = capacity;
    this.span = span;
  }

  /**
   * Adds a frame and takes over the caller's reference. A frame of the same PTS is replaced. A
   * closed store releases the frame at once.
   */
  public void add(Frame frame) {
    // Frames are released outside the lock: that may run the decoder's code.
    List<Frame> dropped = new ArrayList<>(2);
    synchronized (this) {
      if (closed) {
        dropped.add(frame);
      } else {
        insert(frame, dropped);
        evict(frame.pts(), dropped);
      }
    }
    releaseAll(dropped);
  }

  private void insert(Frame frame, List<Frame> dropped) {
    int at = frames.size();
    while (at > 0 && frames.get(at - 1).pts() > frame.pts()) {
      at--;
    }
    if (at > 0 && frames.get(at - 1).pts() == frame.pts()) {
      dropped.add(frames.set(at - 1, frame));
    } else {
      frames.add(at, frame);
    }
  }

  private void evict(long newest, List<Frame> dropped) {
    while (frames.getLast().pts() - newest > span) {
      dropped.add(frames.removeLast());
    }
    while (frames.size() > 1
        && (newest - frames.get(1).pts() > span
            || asked - frames.get(1).pts() > LAG
            || frames.size() > capacity)) {
      dropped.add(frames.removeFirst());
    }
  }

  /**
   * The frame nearest to {@code callTime} among those with PTS ≤ {@code callTime + halfTick},
   * retained for the caller, who releases it; null if there is none yet.
   *
   * @param callTime ns on the call's timeline
   * @param halfTick ns, half the reader's frame duration
   */
  public synchronized @Nullable Frame acquire(long callTime, long halfTick) {
    asked = Math.max(asked, callTime);
    Frame best = null;
    for (int i = frames.size() - 1; i >= 0; i--) {
      Frame frame = frames.get(i);
      long late = frame.pts() - callTime;
      if (late > halfTick) {
        continue;
      }
      if (best == null || Math.abs(late) < Math.abs(best.pts() - callTime)) {
        best = frame;
      }
      if (late <= 0) {
        break; // Earlier ones are only further away.
      }
    }
    return best == null ? null : best.retain();
  }

  /** PTS of the latest frame in ns on the call's timeline, or null if there is none. */
  public synchronized @Nullable Long lastPts() {
    return frames.isEmpty() ? null : frames.getLast().pts();
  }

  /** Number of frames held. */
  public synchronized int size() {
    return frames.size();
  }

  /** Releases all frames: the track has no picture until the next one. */
  public void clear() {
    List<Frame> dropped;
    synchronized (this) {
      dropped = List.copyOf(frames);
      frames.clear();
    }
    releaseAll(dropped);
  }

  /** Releases all frames, and each that is still added. */
  @Override
  public void close() {
    List<Frame> dropped;
    synchronized (this) {
      closed = true;
      dropped = List.copyOf(frames);
      frames.clear();
    }
    releaseAll(dropped);
  }

  private static void releaseAll(List<Frame> dropped) {
    for (Frame frame : dropped) {
      frame.release();
    }
  }
}
