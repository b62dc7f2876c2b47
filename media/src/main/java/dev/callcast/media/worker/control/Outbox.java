package dev.callcast.media.worker.control;

import dev.callcast.protocol.WorkerEvent.Happened;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Events that the node has not yet acknowledged, in order. Safe for any thread; its lock is held
 * only for an operation on the map, so that media threads may add.
 *
 * <p>When the node is away for long, at most {@code capacity} events are kept: first the oldest of
 * those that a later event of the same type makes worthless go, then the oldest of all. They are
 * counted, and the gap in the sequence shows them.
 */
final class Outbox {
  /** Of these only the latest matters. */
  private static final Set<String> PROGRESS =
      Set.of("layer.hint", "track.resized", "participant.speaking", "composition.degraded");

  private static final DateTimeFormatter MILLISECONDS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter().withZone(ZoneOffset.UTC);

  private final long epoch;
  private final int capacity;
  private final TreeMap<Long, Happened> kept = new TreeMap<>();
  private final ArrayDeque<Long> progress = new ArrayDeque<>();
  private long lastSequence;
  private long dropped;

  Outbox(long epoch, int capacity) {
    this.epoch = epoch;
    this.capacity = capacity;
  }

  synchronized void add(
      Instant at, String type, @Nullable Double mediaTime, Map<String, Object> data) {
    long sequence = ++lastSequence;
    kept.put(
        sequence,
        new Happened(
            epoch,
            sequence,
            type,
            MILLISECONDS.format(at),
            mediaTime,
            // Not Map.copyOf: a value may be null.
            Collections.unmodifiableMap(new LinkedHashMap<>(data))));
    if (PROGRESS.contains(type)) {
      progress.addLast(sequence);
    }
    if (kept.size() > capacity) {
      dropOne();
    }
  }

  private void dropOne() {
    Long oldest = progress.pollFirst();
    if (oldest == null) {
      kept.pollFirstEntry();
    } else {
      kept.remove(oldest);
    }
    dropped++;
  }

  /** The node has stored everything up to and including this sequence. */
  synchronized void acknowledge(long sequence) {
    kept.headMap(sequence, true).clear();
    while (!progress.isEmpty() && progress.getFirst() <= sequence) {
      progress.removeFirst();
    }
  }

  /** The oldest events, {@code max} at most, after this sequence. */
  synchronized List<Happened> after(long sequence, int max) {
    return kept.tailMap(sequence, false).values().stream().limit(max).toList();
  }

  synchronized boolean isEmpty() {
    return kept.isEmpty();
  }

  synchronized long dropped() {
    return dropped;
  }
}
