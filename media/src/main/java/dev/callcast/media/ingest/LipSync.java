package dev.callcast.media.ingest;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings one participant's tracks together in time. Each sender report says which moment of the
 * sender's wall clock (NTP, with any base) a moment of a stream is; the jitter buffer says with
 * each packet when that moment arrived here. Both together give <i>delta</i>, the stream's way
 * through capture, network and jitter buffer, up to a constant that all of the participant's tracks
 * share. The track with the largest delta is the latest: the others are delayed to match it.
 *
 * <p>The two are kept apart. What reports say is the sender's own and hardly changes: the median of
 * the last five is used. Where the jitter buffer places a stream does change: in its first seconds,
 * when the first packets came late, and after a stall, by tens of milliseconds. The other tracks
 * follow that at once; old reports are as good then as they were before.
 *
 * <p>An SFU that changes the simulcast layer, however, may move the timestamps by up to 75 ms
 * (mediasoup does, for they must not go back) and moves its reports with them. So two reports that
 * agree with each other and not with the median count as much as five, and after a pause one does.
 *
 * <p>It goes by the declared participant, so tracks with different CNAMEs and on different
 * endpoints are matched. Without reports the arrival time stands.
 *
 * <p>Thread-safe: the endpoints' threads share it.
 */
final class LipSync {
  /** How many reports the median is taken of. */
  static final int REPORTS = 5;

  /** By how much a correction moves a running track's time, per buffer: 2 ms. */
  static final long STEP = 2_000_000;

  /** Corrections below this are noise of the network: 3 ms. */
  static final long DEADBAND = 3_000_000;

  /** A stream that is placed so much earlier or later than before has begun anew: 0.5 s. */
  static final long NEW_TIMELINE = 500_000_000;

  /** Two reports this close say the same: 5 ms. */
  private static final long AGREE = 5_000_000;

  /** Reports that are further from the median say something else: 12 ms. */
  private static final long DISAGREE = 12_000_000;

  /** Changes of a stream's place below this are not looked at: 1 ms. */
  private static final long MOVED = 1_000_000;

  /** Tracks that are further apart have no clock in common: 10 s. */
  static final long MAX_OFFSET = 10_000_000_000L;

  private final Object lock = new Object();
  // Guarded by lock.
  private final Set<Track> tracks = new LinkedHashSet<>();

  /** Adds a track; it is removed again by {@link Track#close}. */
  Track add() {
    synchronized (lock) {
      Track track = new Track();
      tracks.add(track);
      return track;
    }
  }

  /** Called with the lock held. */
  private void retarget() {
    boolean any = false;
    long reference = 0;
    long latest = 0;
    for (Track track : tracks) {
      if (track.isKnown()) {
        if (!any) {
          reference = track.delta;
          any = true;
        }
        // Relative to one of them: NTP nanoseconds may wrap.
        latest = Math.max(latest, track.delta - reference);
      }
    }
    for (Track track : tracks) {
      if (!track.isKnown()) {
        continue;
      }
      long wanted = latest - (track.delta - reference);
      if (wanted < 0 || wanted > MAX_OFFSET) {
        wanted = 0;
      }
      if (!track.started || Math.abs(wanted - track.target) > DEADBAND) {
        track.target = wanted;
      }
    }
  }

  /** One track's place in the participant's time. */
  final class Track implements AutoCloseable {
    // Guarded by lock.
    private final long[] clocks = new long[REPORTS];
    private int reports;
    private long clock;
    private boolean placed;
    private boolean paused;
    private long offset;
    private long delta;
    private long target;
    private boolean started;
    private final Follower decoded = new Follower();

    private Track() {}

    /** Called with the lock held. */
    private boolean isKnown() {
      return placed && reports > 0;
    }

    /**
     * A sender report came.
     *
     * @param ntp ns on the sender's clock
     * @param mediaTime the same moment on the stream's own clock, ns since any moment
     */
    void report(long ntp, long mediaTime) {
      synchronized (lock) {
        long said = mediaTime - ntp;
        if (paused) {
          reports = 0;
          paused = false;
        } else if (reports > 0 && isMoved(said, clocks[(reports - 1) % REPORTS])) {
          clocks[0] = clocks[(reports - 1) % REPORTS];
          reports = 1;
        }
        clocks[reports % REPORTS] = said;
        reports++;
        int known = Math.min(reports, REPORTS);
        long base = clocks[0];
        long[] sorted = new long[known];
        for (int i = 0; i < known; i++) {
          sorted[i] = clocks[i] - base;
        }
        Arrays.sort(sorted);
        clock = base + sorted[known / 2];
        if (placed) {
          delta = offset + clock;
          retarget();
        }
      }
    }

    /** Whether two reports in turn agree that the stream is elsewhere. */
    private boolean isMoved(long said, long before) {
      return Math.abs(said - before) < AGREE
          && Math.abs(said - clock) > DISAGREE
          && Math.abs(before - clock) > DISAGREE;
    }

    /** The stream goes on after a time without packets: the next report says how. */
    void paused() {
      synchronized (lock) {
        paused = true;
      }
    }

    /**
     * The jitter buffer has placed a packet.
     *
     * @param mediaTime on the stream's own clock, ns
     * @param pts on the call's timeline, ns
     */
    void placed(long mediaTime, long pts) {
      synchronized (lock) {
        long now = pts - mediaTime;
        if (placed && Math.abs(now - offset) > NEW_TIMELINE) {
          reports = 0; // they speak of another
        }
        placed = true;
        offset = now;
        if (reports > 0 && Math.abs(offset + clock - delta) > MOVED) {
          delta = offset + clock;
          retarget();
        }
      }
    }

    /** The time of a buffer on the call's timeline, for what is decoded: see {@link Follower}. */
    long place(long pts) {
      return decoded.place(pts);
    }

    /** The offset that is being applied to what is decoded, ns. */
    long offset() {
      return decoded.offset();
    }

    /**
     * Where the sender's clock stands for what is decoded, ns up to a constant that all of the
     * participant's tracks share: two tracks of one moment differ by what they are shown apart.
     * Null while the clock is unknown.
     */
    @Nullable Long standing() {
      synchronized (lock) {
        return isKnown() && decoded.begun ? delta + decoded.current : null;
      }
    }

    /** Makes a reader of the same stream that sees other buffers than the decoder. */
    Follower follow() {
      return new Follower();
    }

    /** The correction as one reader of the track has followed it. */
    final class Follower {
      // Guarded by lock.
      private long current;
      private boolean begun;

      private Follower() {}

      /**
       * The time of a buffer on the call's timeline. Called once for each, in order: a first buffer
       * gets the whole offset at once, the correction of a running track goes slowly.
       */
      long place(long pts) {
        synchronized (lock) {
          if (!begun) {
            begun = true;
            started = true;
            current = target;
          } else if (current != target) {
            long step = Math.clamp(target - current, -STEP, STEP);
            current += step;
          }
          return pts + current;
        }
      }

      /** The offset that is being applied, ns. */
      long offset() {
        synchronized (lock) {
          return current;
        }
      }
    }

    @Override
    public void close() {
      synchronized (lock) {
        tracks.remove(this);
        retarget();
      }
    }
  }
}
