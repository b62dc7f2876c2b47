package dev.callcast.server.workers;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WorkerCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker processes of this node's open calls: one {@link WorkerSupervisor} for each. Made once
 * by {@code serve}, which calls {@link #recover} before it takes requests and {@link #detach} at
 * its end; workers outlive both. Safe for any thread.
 */
public final class WorkerPool implements WorkerGateway {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

  /** Stands for a worker of whom nothing is known but that it is dead. */
  private static final ProcessIdentity NOBODY = new ProcessIdentity(-1, 0, "");

  private static final Duration KILL_LIMIT = Duration.ofSeconds(5);
  private static final Duration DETACH_LIMIT = Duration.ofSeconds(5);

  private final WorkerStore store;
  private final WorkerLauncher launcher;
  private final WorkerSettings settings;
  private final WorkerGraveyard graveyard;

  /** Guards what follows. A supervisor that closes leaves {@link #open}: its id may be reused. */
  private final Object lock = new Object();

  private final Map<String, WorkerSupervisor> open = new HashMap<>();
  private final Set<WorkerSupervisor> all = new HashSet<>();
  private boolean detached;

  public WorkerPool(WorkerStore store, WorkerLauncher launcher, WorkerSettings settings) {
    this.store = store;
    this.launcher = launcher;
    this.settings = settings;
    graveyard = new WorkerGraveyard(launcher.root());
  }

  /**
   * Finds the workers that an earlier node left: those of open calls are attached again, dead ones
   * replaced, those of closed calls finished, and those of older epochs killed.
   */
  public void recover() throws IOException {
    List<String> openCalls = store.openCalls();
    for (RunDirectory directory : RunDirectory.list(launcher.root())) {
      String call = directory.call();
      boolean newest = directory.epoch() == epochOf(call);
      boolean serving = newest && !directory.isClosing() && openCalls.contains(call);
      WorkerSupervisor.Run run =
          new WorkerSupervisor.Run(
              directory, directory.readWorker().orElse(NOBODY), null, System.nanoTime());
      if (directory.liveWorker().isEmpty()) {
        LOG.info("call {} epoch {}: its worker is dead", call, directory.epoch());
        run = new WorkerSupervisor.Run(directory, NOBODY, null, System.nanoTime());
      } else if (newest || directory.isClosing()) {
        LOG.info("call {} epoch {}: its worker is found again", call, directory.epoch());
      } else {
        killStale(directory, run.identity());
      }
      supervise(call, run, !serving);
    }
    openCalls.forEach(this::start);
  }

  /** None for a call that the store does not know, say because its database is a new one. */
  private long epochOf(String call) {
    try {
      return store.currentEpoch(call);
    } catch (NoSuchElementException unknown) {
      LOG.warn("a run directory of call {}, which nobody knows", call);
      return -1;
    }
  }

  /** Not from the newest epoch and not finishing: it holds the ports of the one that is to be. */
  private static void killStale(RunDirectory directory, ProcessIdentity worker) {
    LOG.warn("call {}: killing stale worker of epoch {}", directory.call(), directory.epoch());
    worker.kill();
    try {
      for (long left = KILL_LIMIT.toMillis(); worker.isAlive() && left > 0; left -= 10) {
        Thread.sleep(10);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void supervise(String call, WorkerSupervisor.@Nullable Run found, boolean closing) {
    WorkerSupervisor supervisor =
        new WorkerSupervisor(
            store, launcher, settings, graveyard, call, found, closing, this::ended);
    synchronized (lock) {
      all.add(supervisor);
      if (!closing) {
        open.put(call, supervisor);
      }
    }
    supervisor.start();
  }

  private void ended(WorkerSupervisor supervisor) {
    synchronized (lock) {
      open.values().remove(supervisor);
      all.remove(supervisor);
      lock.notifyAll();
    }
  }

  @Override
  public void start(String call) {
    synchronized (lock) {
      if (!detached && !open.containsKey(call)) {
        supervise(call, null, false);
      }
    }
  }

  @Override
  public void changed(String call) {
    Optional<WorkerSupervisor> supervisor = find(call);
    if (supervisor.isPresent()) {
      supervisor.get().changed();
    } else {
      LOG.debug("call {} changed without a worker", call);
    }
  }

  @Override
  public void close(String call) {
    synchronized (lock) {
      WorkerSupervisor supervisor = open.remove(call);
      if (supervisor != null) {
        supervisor.close();
      }
    }
  }

  @Override
  public byte[] snapshot(String call, String composition, int width)
      throws WorkerUnavailableException {
    return supervised(call).snapshot(composition, width);
  }

  @Override
  public byte[] preview(String call, CompositionSpec composition)
      throws WorkerUnavailableException {
    return supervised(call).preview(composition);
  }

  @Override
  public void show(String call, String composition, WorkerCommand.Show.Item item)
      throws WorkerUnavailableException {
    supervised(call).show(composition, item);
  }

  @Override
  public CallStats stats(String call) throws WorkerUnavailableException {
    return supervised(call).stats();
  }

  @Override
  public Map<String, String> debug(String call) throws WorkerUnavailableException {
    return supervised(call).debug();
  }

  private WorkerSupervisor supervised(String call) throws WorkerUnavailableException {
    return find(call)
        .orElseThrow(() -> new WorkerUnavailableException("call " + call + " has no worker"));
  }

  private Optional<WorkerSupervisor> find(String call) {
    synchronized (lock) {
      return Optional.ofNullable(open.get(call));
    }
  }

  /**
   * Waits until the workers of all closed calls have finished.
   *
   * @return whether they did within the limit
   */
  public boolean awaitClosed(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (!open.values().containsAll(all)) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        lock.wait(left);
      }
    }
    return true;
  }

  /** Lets go of all workers: they go on, and the next node's {@link #recover} finds them. */
  public void detach() throws InterruptedException {
    List<WorkerSupervisor> letGo;
    synchronized (lock) {
      detached = true;
      letGo = List.copyOf(all);
    }
    letGo.forEach(WorkerSupervisor::detach);
    for (WorkerSupervisor supervisor : letGo) {
      if (!supervisor.awaitEnd(DETACH_LIMIT)) {
        LOG.warn("a worker's supervision does not end");
      }
    }
  }
}
