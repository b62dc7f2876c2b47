package dev.callcast.media.worker.control;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WorkerCommand;
import java.util.List;
import java.util.Map;

/**
 * What a node can ask of one call's session. {@link #apply} and {@link #shutdown} are called by the
 * worker's main thread only, one after the other; the questions by one request thread, at any time
 * between the session's making and the return of {@link #shutdown}; {@link #healthy} by the
 * socket's writer.
 */
public interface WorkerCommands {
  /**
   * Makes what is into what is wanted. States that were overtaken by a newer one are not delivered.
   *
   * @param excludedTracks tracks, {@code participant/track}, to leave out
   * @param suspectTracks tracks that may have killed an earlier worker: to be let in one at a time
   */
  void apply(CallState state, List<String> excludedTracks, List<String> suspectTracks);

  /**
   * The composition's picture as it is now.
   *
   * @param width px; 0 keeps the canvas' own
   * @return a JPEG
   * @throws RuntimeException whose message tells the caller why there is none
   */
  byte[] snapshot(String composition, int width);

  /**
   * The picture that a composition of this spec would have now; nothing changes.
   *
   * @return a PNG
   * @throws RuntimeException whose message tells the caller why there is none
   */
  byte[] preview(CompositionSpec composition);

  /**
   * Shows something once, from the next picture on.
   *
   * @throws RuntimeException whose message tells the caller why it cannot
   */
  void show(String composition, WorkerCommand.Show.Item item);

  /** What the session measures at this moment. */
  CallStats stats();

  /** What helps to find a fault: texts by the names of files, without secrets. */
  Map<String, String> debug();

  /**
   * Whether the session still does its work. Must answer at once, without a lock that media threads
   * hold for long; while it says no, the worker is silent, and after 5 s the node replaces it.
   */
  default boolean healthy() {
    return true;
  }

  /** Finishes every output and releases everything. The last call. */
  void shutdown();
}
