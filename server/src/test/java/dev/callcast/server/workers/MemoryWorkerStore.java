package dev.callcast.server.workers;

import dev.callcast.protocol.CallState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the supervision sees of a store, in memory: it outlives the pools of a test. */
final class MemoryWorkerStore implements WorkerStore {
  record Stored(String call, long epoch, long sequence, String type, Map<String, Object> data) {}

  private final Map<String, CallState> states = new LinkedHashMap<>();
  private final Set<String> closed = new LinkedHashSet<>();
  private final Map<String, Long> epochs = new HashMap<>();
  private final Map<Long, Long> epochStarts = new HashMap<>();
  private final List<Stored> events = new ArrayList<>();
  private final Set<String> excluded = new LinkedHashSet<>();
  private final Map<String, Long> rollovers = new HashMap<>();
  private final Map<String, String> keys = new HashMap<>();
  private final Set<Long> ended = new LinkedHashSet<>();
  private int failures;
  private long misplaced;

  synchronized void put(CallState state) {
    states.put(state.call(), state);
  }

  synchronized void closeCall(String call) {
    closed.add(call);
  }

  /** The next so many appends fail. */
  synchronized void failAppends(int count) {
    failures = count;
  }

  /** The event of this number belongs nowhere. */
  synchronized void misplace(long sequence) {
    misplaced = sequence;
  }

  synchronized List<Stored> events() {
    return List.copyOf(events);
  }

  List<Stored> events(String type) {
    return events().stream().filter(event -> event.type().equals(type)).toList();
  }

  synchronized Map<String, Long> rollovers() {
    return Map.copyOf(rollovers);
  }

  synchronized Map<String, String> keys() {
    return Map.copyOf(keys);
  }

  /** When an epoch began, on nanoTime's clock. */
  synchronized long epochStart(long epoch) {
    return epochStarts.get(epoch);
  }

  @Override
  public synchronized CallState loadState(String call) {
    CallState state = states.get(call);
    if (state == null) {
      throw new NoSuchElementException(call);
    }
    return state;
  }

  @Override
  public synchronized long nextEpoch(String call) {
    long epoch = epochs.merge(call, 1L, Long::sum);
    epochStarts.put(epoch, System.nanoTime());
    return epoch;
  }

  @Override
  public synchronized long currentEpoch(String call) {
    loadState(call);
    return epochs.getOrDefault(call, 0L);
  }

  @Override
  public synchronized List<String> openCalls() {
    return states.keySet().stream().filter(call -> !closed.contains(call)).toList();
  }

  @Override
  public synchronized boolean appendWorkerEvent(
      String call,
      long epoch,
      long sequence,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data) {
    if (failures > 0) {
      failures--;
      throw new IllegalStateException("the store is away");
    }
    if (sequence == misplaced) {
      throw new NoSuchElementException("no epoch " + epoch);
    }
    boolean known =
        events.stream()
            .anyMatch(event ->
                event.call().equals(call)
                    && event.epoch() == epoch
                    && event.sequence() == sequence);
    if (!known) {
      events.add(new Stored(call, epoch, sequence, type, data));
    }
    return !known;
  }

  @Override
  public synchronized void workerEnded(String call, long epoch) {
    ended.add(epoch);
  }

  /** The epochs whose workers have ended. */
  synchronized Set<Long> ended() {
    return Set.copyOf(ended);
  }

  @Override
  public synchronized void appendEvent(String call, String type, Map<String, Object> data) {
    events.add(new Stored(call, 0, 0, type, data));
  }

  @Override
  public synchronized void saveRollover(String call, String endpoint, long ssrc, long counter) {
    rollovers.put(endpoint + "/" + ssrc, counter);
  }

  @Override
  public synchronized void saveKeys(
      String call, String endpoint, String remoteKey, String localKey) {
    keys.put(endpoint, remoteKey + " " + localKey);
  }

  @Override
  public synchronized List<String> excludedTracks(String call) {
    return List.copyOf(excluded);
  }

  @Override
  public synchronized void excludeTrack(String call, String track) {
    excluded.add(track);
  }
}
