package dev.callcast.server.workers;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WorkerCommand;
import java.util.Map;

/**
 * What the API asks of the worker processes. Called from any thread, after the change it speaks of
 * has been committed to the store. {@link #start}, {@link #changed} and {@link #close} return at
 * once: a worker that cannot be reached does not fail a request, it gets the newest state when it
 * is back.
 */
public interface WorkerGateway {
  /** Makes sure that a worker runs for this open call and gets its newest state. */
  void start(String call);

  /** The desired state has a new revision: sends it. */
  void changed(String call);

  /**
   * The call was deleted: its outputs are finished, then its worker exits. The same id may be
   * started again before that: the new worker gets a higher epoch, and the old one's last events
   * still belong to the call that it served.
   */
  void close(String call);

  /**
   * The composition's picture as it is now, as JPEG.
   *
   * @param width px, even; 0 keeps the canvas' own
   */
  byte[] snapshot(String call, String composition, int width) throws WorkerUnavailableException;

  /**
   * The picture that a composition of this spec would have now, as PNG; nothing changes.
   *
   * @param composition with the files of its assets, and the id of one that runs
   */
  byte[] preview(String call, CompositionSpec composition) throws WorkerUnavailableException;

  /** Shows something once, from the next picture on. */
  void show(String call, String composition, WorkerCommand.Show.Item item)
      throws WorkerUnavailableException;

  /** What the call's worker measures at this moment. */
  CallStats stats(String call) throws WorkerUnavailableException;

  /** What helps to find a fault in the call's worker: texts by the names of files. */
  Map<String, String> debug(String call) throws WorkerUnavailableException;
}
