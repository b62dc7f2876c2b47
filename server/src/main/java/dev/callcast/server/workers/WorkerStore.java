package dev.callcast.server.workers;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.WorkerEvent;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the supervision of workers needs of the store. Safe for any thread; every method that writes
 * has committed durably when it returns. The pair of a call's id and an epoch names one run of one
 * call for ever: epochs go on counting when the id of a closed call is used again.
 */
public interface WorkerStore {
  /**
   * The newest desired state of the newest call of this id, open or closed, with its secrets in
   * clear and the SRTP rollover counters known so far. Never log it.
   *
   * @throws java.util.NoSuchElementException when there never was such a call
   */
  CallState loadState(String call);

  /** Starts a new epoch of the call and returns it: +1 for each start of a worker, from 1. */
  long nextEpoch(String call);

  /** The epoch of the call's last start of a worker; 0 before the first. */
  long currentEpoch(String call);

  /** The ids of the open calls, oldest first. */
  List<String> openCalls();

  /**
   * Stores an event of a worker, once: what is already there by (call, epoch, sequence) is not
   * stored again. The worker may be told to forget it when this returns. It also keeps the states
   * that the event announces, starts what has to follow (finishing a recording), and wakes the
   * readers of the event log.
   *
   * @param at RFC 3339
   * @param mediaTime s, or null
   * @return whether it was new
   * @throws java.util.NoSuchElementException when the epoch is none of this call's
   */
  boolean appendWorkerEvent(
      String call,
      long epoch,
      long sequence,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data);

  /**
   * The same of many at once, oldest first, in one transaction where there is such a thing: then it
   * waits for the disk once.
   */
  default void appendWorkerEvents(String call, long epoch, List<WorkerEvent.Happened> events) {
    for (WorkerEvent.Happened event : events) {
      appendWorkerEvent(
          call, epoch, event.sequence(), event.type(), event.at(), event.mediaTime(), event.data());
    }
  }

  /**
   * A worker process of this epoch has ended, by itself or not, and writes no more. Recordings that
   * it left and that nobody continues (their output or their call is no longer wanted) are finished
   * now. May be called more than once, and for epochs of closed calls.
   */
  void workerEnded(String call, long epoch);

  /** Stores an event that the node itself has to tell about the newest call of this id. */
  void appendEvent(String call, String type, Map<String, Object> data);

  /** Keeps an SRTP rollover counter, for the next worker. */
  void saveRollover(String call, String endpoint, long ssrc, long counter);

  /**
   * Keeps the SRTP keys of a session by WHIP or WHEP, for the next worker; those that are there
   * already stay. Of a session that is over nothing is kept.
   */
  void saveKeys(String call, String endpoint, String remoteKey, String localKey);

  /** Tracks, {@code participant/track}, that the call's workers have to leave out. */
  List<String> excludedTracks(String call);

  /** Leaves a track, {@code participant/track}, out from now on. */
  void excludeTrack(String call, String track);
}
