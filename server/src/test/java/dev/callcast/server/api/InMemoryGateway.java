package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.server.workers.WorkerGateway;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what the API asked of the workers; workers themselves are the subject of other tests. */
final class InMemoryGateway implements WorkerGateway {
  final List<String> asked = new CopyOnWriteArrayList<>();
  final Map<String, Map<String, String>> debug = new ConcurrentHashMap<>();
  final Map<String, CallStats> stats = new ConcurrentHashMap<>();
  final Map<String, byte[]> snapshots = new ConcurrentHashMap<>();
  volatile CompositionSpec previewed;

  @Override
  public void start(String call) {
    asked.add("start " + call);
  }

  @Override
  public void changed(String call) {
    asked.add("changed " + call);
  }

  @Override
  public void close(String call) {
    asked.add("close " + call);
  }

  @Override
  public byte[] snapshot(String call, String composition, int width)
      throws WorkerUnavailableException {
    asked.add("snapshot " + call + " " + composition + " " + width);
    byte[] jpeg = snapshots.get(call + "/" + composition);
    if (jpeg == null) {
      throw new WorkerUnavailableException("the worker is starting");
    }
    return jpeg;
  }

  @Override
  public byte[] preview(String call, CompositionSpec composition)
      throws WorkerUnavailableException {
    asked.add("preview " + call + " " + composition.id());
    previewed = composition;
    byte[] png = snapshots.get(call + "/" + composition.id());
    if (png == null) {
      throw new WorkerUnavailableException("the worker is starting");
    }
    return png;
  }

  @Override
  public void show(String call, String composition, WorkerCommand.Show.Item item)
      throws WorkerUnavailableException {
    if (!snapshots.containsKey(call + "/" + composition)) {
      throw new WorkerUnavailableException("the worker is starting");
    }
    asked.add("show " + call + " " + composition + " " + item.kind() + " " + item.text());
  }

  @Override
  public Map<String, String> debug(String call) throws WorkerUnavailableException {
    Map<String, String> files = debug.get(call);
    if (files == null) {
      throw new WorkerUnavailableException("the worker is starting");
    }
    return files;
  }

  @Override
  public CallStats stats(String call) throws WorkerUnavailableException {
    CallStats measured = stats.get(call);
    if (measured == null) {
      throw new WorkerUnavailableException("the worker is starting");
    }
    return measured;
  }
}
