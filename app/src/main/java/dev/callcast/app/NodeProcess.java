package dev.callcast.app;

import dev.callcast.protocol.CallStats;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.api.NodeServer;
import dev.callcast.server.api.ProcessInspector;
import dev.callcast.server.api.ProcessLayoutInspector;
import dev.callcast.server.api.StopConfig;
import dev.callcast.server.workers.WorkerLauncher;
import dev.callcast.server.workers.WorkerPool;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole node in this process: store, API and the supervision of workers, put together. {@code
 * serve}, {@code demo} and {@code record} have one. Closing leaves the workers running: the next
 * node with the same data directory finds them.
 */
public final class NodeProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

  /** Between two looks whether it is drained. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private final NodeServer server;
  private final WorkerPool workers;
  private final Optional<String> firstKey;
  private final AtomicBoolean closed = new AtomicBoolean();

  private NodeProcess(NodeServer server, WorkerPool workers, Optional<String> firstKey) {
    this.server = server;
    this.workers = workers;
    this.firstKey = firstKey;
  }

  /** Starts a node: finds the workers of the one before, then listens. */
  public static NodeProcess start(NodeConfig config, WorkerSettings settings) throws IOException {
    WorkerLauncher launcher =
        new WorkerLauncher(
            WorkerProgram.command(), config.data().resolve("run"), config.capacity().degrade());
    AtomicReference<WorkerPool> made = new AtomicReference<>();
    NodeServer server =
        new NodeServer(
            config,
            store -> {
              WorkerPool pool = new WorkerPool(store.calls(), launcher, settings);
              made.set(pool);
              return pool;
            },
            new ProcessInspector(WorkerProgram.command(Main.CHECK_ASSET)),
            new ProcessLayoutInspector(WorkerProgram.command(Main.CHECK_LAYOUT)),
            new MadeUpParticipants(),
            RecentLines.keep());
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

  /** Reads the certificate's files anew. */
  void reload() {
    server.reload();
  }

  /** Waits until the workers of closed calls have finished their outputs. */
  public boolean awaitWorkersClosed(Duration limit) throws InterruptedException {
    return workers.awaitClosed(limit);
  }

  /**
   * Ends in the configured way, as far as that comes within its limit; {@link #close} hands the
   * rest over.
   */
  void stop(StopConfig how, StopSignals signals) throws InterruptedException {
    if (how.mode() == StopConfig.Mode.HAND_OVER) {
      return;
    }
    server.drain();
    if (how.mode() == StopConfig.Mode.FINISH) {
      server.closeCalls();
    }
    LOG.info("draining, {} s at most; another signal hastens", how.limit().toSeconds());
    long deadline = System.nanoTime() + how.limit().toNanos();
    while (!isIdle()) {
      if (System.nanoTime() > deadline) {
        LOG.warn("calls or recordings are left to the next node: the limit is over");
        return;
      }
      if (signals.awaitHaste(LOOK)) {
        LOG.warn("calls or recordings are left to the next node: a second signal came");
        return;
      }
    }
    LOG.info("drained: nothing is left");
  }

  /** Whether no call is open, no worker runs, and no recording is on its way. */
  boolean isIdle() throws InterruptedException {
    return server.isIdle() && workers.awaitClosed(Duration.ZERO);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      workers.detach();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
  }
}
