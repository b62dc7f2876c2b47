package dev.callcast.media.ingest;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets those streams in one at a time that were suspect when an earlier worker died. Whoever is
 * about to be decoded for the first time is suspect; after a restart that is everybody at about the
 * same moment. Without an order a second death would name all of them again, and all would be left
 * out for the one that is bad. A stream that came through is free; all others never notice.
 *
 * <p>Thread-safe: the endpoints' threads share it.
 */
final class Probation {
  /** A stream out of which no picture came for so long holds up the others no more, ns. */
  static final long LIMIT = 2_000_000_000L;

  // Guarded by this.
  private final Set<String> free = new HashSet<>();
  private Set<String> bound = new HashSet<>();
  private @Nullable String tried;
  private long since;

  /** Sets who is to be tried; who came through already stays free. */
  synchronized void bind(Collection<String> tracks) {
    Set<String> next = new HashSet<>(tracks);
    next.removeAll(free);
    bound = next;
  }

  /** Whether a stream's first key frame would be let in. */
  synchronized boolean admits(String track, long now) {
    return tried == null || tried.equals(track) || !bound.contains(track) || now - since >= LIMIT;
  }

  /**
   * A stream's first key frame is there.
   *
   * @return false when it is another's turn
   */
  synchronized boolean enter(String track, long now) {
    if (!bound.contains(track)) {
      return true;
    }
    if (!admits(track, now)) {
      return false;
    }
    tried = track;
    since = now;
    return true;
  }

  /** A picture came out of it, or its decoder has gone without taking the process with it. */
  synchronized void leave(String track) {
    if (bound.remove(track)) {
      free.add(track);
    }
    if (track.equals(tried)) {
      tried = null;
    }
  }
}
