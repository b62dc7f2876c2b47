package dev.callcast.media.ingest;

import java.util.HashMap;
import java.util.Map;

/**
 * Chooses whose sound is decoded: the loudest few by RFC 6464 level, each with a hold time, so that
 * a pause between words does not switch anybody off. A track that tells no level is always decoded,
 * as nothing is known about it.
 *
 * <p>Thread-safe: all endpoints of a call share one.
 */
final class LoudestGate {
  private static final class Entry {
    double loudness;
    long updated;
    long admittedUntil;
  }

  /** Louder than this (in dBov) counts as sound at all. */
  static final double FLOOR = -80;

  private final int limit;
  private final long hold;
  // Guarded by this.
  private final Map<String, Entry> entries = new HashMap<>();

  /**
   * Makes a gate.
   *
   * @param limit how many are decoded at once, of those that tell their level
   * @param hold ns for which an admitted track stays
   */
  LoudestGate(int limit, long hold) {
    this.limit = limit;
    this.hold = hold;
  }

  /**
   * Whether a packet is to be decoded.
   *
   * @param level -dBov by RFC 6464, 0 to 127, or -1 when the packet does not say
   * @param now ns
   */
  synchronized boolean admits(String track, int level, long now) {
    if (level < 0) {
      return true;
    }
    Entry entry = entries.computeIfAbsent(track, _ -> new Entry());
    double dbov = -level;
    // Rises at once, falls by 20 dB in a second.
    double faded = entry.loudness - 20e-9 * (now - entry.updated);
    entry.loudness = entry.updated == 0 ? dbov : Math.max(dbov, faded);
    entry.updated = now;
    if (entry.loudness < FLOOR) {
      return now < entry.admittedUntil;
    }
    int louder = 0;
    int held = 0;
    for (Entry other : entries.values()) {
      if (other == entry || now - other.updated > hold) {
        continue;
      }
      if (now < other.admittedUntil) {
        held++;
      }
      if (other.loudness > entry.loudness) {
        louder++;
      }
    }
    if (louder < limit || held < limit) {
      entry.admittedUntil = now + hold;
    }
    return now < entry.admittedUntil;
  }

  /** Forgets a track. */
  synchronized void remove(String track) {
    entries.remove(track);
  }
}
