package dev.callcast.media.mix;

import java.util.ArrayList;
import java.util.List;

/**
 * Chooses whom to decode: the loudest few of a call by the levels that their packets carry (RFC
 * 6464), before a decoder is asked. Tracks whose packets carry none are always decoded and do not
 * count.
 *
 * <p>A track that begins to sound takes a free place at once, so that no first syllable is lost. A
 * place is taken from the quietest only by one that is louder by 6 dB, and only once that one has
 * held it for a second, or has been silent for half a second. Any thread may call it; times are
 * given, so it is deterministic.
 */
public final class AudioSelector {
  /** How many are decoded unless said otherwise. */
  public static final int DEFAULT_LIMIT = 8;

  /** Stands for a packet without a level. */
  public static final int NO_LEVEL = -1;

  private static final double AUDIBLE = -70;
  private static final double SILENT = -127;
  private static final double MARGIN = 6;
  private static final double DECAY_PER_SECOND = 20;
  private static final long HOLD_NANOS = 1_000_000_000L;
  private static final long SILENT_NANOS = 500_000_000L;

  private final int limit;
  private final List<Track> tracks = new ArrayList<>();

  /** Makes a selector that lets {@code limit} tracks with levels through. */
  public AudioSelector(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit: " + limit);
    }
    this.limit = limit;
  }

  /** Adds a track; it is removed by its {@link Track#close}. */
  public synchronized Track add() {
    Track track = new Track();
    tracks.add(track);
    return track;
  }

  /** One track's part. */
  public final class Track implements AutoCloseable {
    private boolean chosen;
    private boolean levelled;
    private boolean heardOf;
    private double loudness = SILENT;
    private long loudnessTime;
    private long chosenAt;
    private long audibleAt;

    private Track() {}

    /**
     * Tells of a packet and asks whether to decode it.
     *
     * @param level RFC 6464's: 0 (loudest) to 127 (silence), in -dBov; or {@link #NO_LEVEL}
     * @param time of its arrival, ns
     */
    public boolean offer(int level, long time) {
      synchronized (AudioSelector.this) {
        if (level == NO_LEVEL) {
          // A track that had levels may leave them out in some packets.
          return !levelled || chosen;
        }
        levelled = true;
        hear(-Math.clamp(level, 0, 127), time);
        if (!chosen) {
          choose(this, time);
        }
        return chosen;
      }
    }

    /** Whether the track has a place, or needs none. */
    public boolean decoded() {
      synchronized (AudioSelector.this) {
        return chosen || !levelled;
      }
    }

    /** Gives the place free. */
    @Override
    public void close() {
      synchronized (AudioSelector.this) {
        tracks.remove(this);
        chosen = false;
      }
    }

    /** Loudness rises at once and sinks slowly, so that it lasts over the gaps of speech. */
    private void hear(double dbov, long time) {
      loudness = Math.max(dbov, loudness(time));
      loudnessTime = time;
      if (dbov > AUDIBLE) {
        audibleAt = time;
        heardOf = true;
      }
    }

    private double loudness(long time) {
      double sunk = loudness - DECAY_PER_SECOND * (time - loudnessTime) / 1e9;
      return Math.max(SILENT, Math.min(loudness, sunk));
    }

    private boolean silent(long time) {
      return !heardOf || time - audibleAt >= SILENT_NANOS;
    }
  }

  private void choose(Track candidate, long time) {
    int taken = 0;
    Track quietest = null;
    for (Track track : tracks) {
      if (!track.chosen) {
        continue;
      }
      taken++;
      boolean mayGo = track.silent(time) || time - track.chosenAt >= HOLD_NANOS;
      if (mayGo && (quietest == null || rank(track, time) < rank(quietest, time))) {
        quietest = track;
      }
    }
    if (taken >= limit) {
      if (candidate.silent(time)
          || quietest == null
          || rank(candidate, time) < rank(quietest, time) + MARGIN) {
        return;
      }
      quietest.chosen = false;
    }
    candidate.chosen = true;
    candidate.chosenAt = time;
  }

  /** A silent track is worth less than any that sounds, however loud it was. */
  private static double rank(Track track, long time) {
    return track.silent(time) ? SILENT - MARGIN : track.loudness(time);
  }
}
