package dev.callcast.server.workers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One call's crashes, and what follows from them: which streams are to be left out, how long to
 * wait before the next start. Belongs to the call's supervisor; the time is given, nothing is read.
 */
final class CrashHistory {
  private final WorkerSettings settings;
  private final Map<String, ArrayDeque<Long>> suspected = new HashMap<>();
  private int unexplained;

  CrashHistory(WorkerSettings settings) {
    this.settings = settings;
  }

  /**
   * A worker died.
   *
   * @param now ns on any monotonic clock
   * @param ran how long it was up
   * @param suspects the streams that it was about to decode for the first time
   * @return of these, the streams that are to be left out from now on
   */
  Set<String> crashed(long now, Duration ran, Set<String> suspects) {
    if (ran.compareTo(settings.calmAfter()) >= 0) {
      unexplained = 0;
    }
    Set<String> excluded = new TreeSet<>();
    for (String track : suspects) {
      ArrayDeque<Long> times = suspected.computeIfAbsent(track, _ -> new ArrayDeque<>());
      times.addLast(now);
      forget(times, now);
      if (times.size() >= 2) {
        excluded.add(track);
      }
    }
    excluded.forEach(suspected::remove);
    for (Iterator<ArrayDeque<Long>> each = suspected.values().iterator(); each.hasNext(); ) {
      ArrayDeque<Long> times = each.next();
      forget(times, now);
      if (times.isEmpty()) {
        each.remove();
      }
    }
    unexplained = suspects.isEmpty() ? unexplained + 1 : 0;
    return excluded;
  }

  /** The streams that were suspect in one death of late: one more, and they are left out. */
  Set<String> suspects() {
    return Set.copyOf(suspected.keySet());
  }

  private void forget(ArrayDeque<Long> times, long now) {
    while (!times.isEmpty() && now - times.getFirst() > settings.suspectWindow().toNanos()) {
      times.removeFirst();
    }
  }

  /** How long to wait before the next start; none after a crash with a suspect. */
  Duration delay() {
    if (unexplained == 0) {
      return Duration.ZERO;
    }
    int last = settings.restartDelays().size() - 1;
    return settings.restartDelays().get(Math.min(unexplained - 1, last));
  }
}
