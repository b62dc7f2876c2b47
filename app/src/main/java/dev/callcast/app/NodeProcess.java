package dev.callcast.app;

import dev.callcast.protocol.CallStats;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.api.NodeServer;
import dev.callcast.server.api.ProcessInspector;
import dev.callcast.server.api.ProcessLayoutInspector;
import dev.callcast.server.workers.WorkerLauncher;
import dev.callcast.server.workers.WorkerPool;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A whole node in this process: store, API and the supervision of workers, put together. {@code
 * serve}, {@code demo} and {@code record} have one. Closing leaves the workers running: the next
 * node with the same data directory finds them.
 */
public final class NodeProcess implements AutoCloseable {
  private final NodeServer server;
  private final WorkerPool workers;
  private final Optional<String> firstKey;

  private NodeProcess(NodeServer server, WorkerPool workers, Optional<String> firstKey) {
    this.server = server;
    this.workers = workers;
    this.firstKey = firstKey;
  }

  /** Starts a node: finds the workers of the one before, then listens. */
  public static NodeProcess start(NodeConfig config, WorkerSettings settings) throws IOException {
    WorkerLauncher launcher =
        new WorkerLauncher(WorkerProgram.command(), config.data().resolve("run"));
    AtomicReference<WorkerPool> made = new AtomicReference<>();
    NodeServer server =
        new NodeServer(
            config,
            store -> {
              WorkerPool pool = new WorkerPool(store.calls(), launcher, settings);
              made.set(pool);
              return pool;
            },
            new ProcessInspector(WorkerProgram.command(Main.CHECK_IMAGE)),
            new ProcessLayoutInspector(WorkerProgram.command(Main.CHECK_LAYOUT)),
            new MadeUpParticipants());
    WorkerPool pool = Objects.requireNonNull(made.get());
    try {
      pool.recover();
      return new NodeProcess(server, pool, server.start());
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Where the API listens. */
  public String url() {
    return server.url();
  }

  /** The key that was made at the very first start, shown this once. */
  public Optional<String> firstKey() {
    return firstKey;
  }

  /** What the call's worker measures. */
  public CallStats stats(String call) throws WorkerUnavailableException {
    return workers.stats(call);
  }

  /** Waits until the workers of closed calls have finished their outputs. */
  public boolean awaitWorkersClosed(Duration limit) throws InterruptedException {
    return workers.awaitClosed(limit);
  }

  @Override
  public void close() {
    try {
      workers.detach();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
  }
}
