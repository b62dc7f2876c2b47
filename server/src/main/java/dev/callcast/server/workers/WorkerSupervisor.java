package dev.callcast.server.workers;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.media.worker.control.SuspectJournal;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one worker running for one call, from {@link #start} until the call is closed. One virtual
 * thread of its own does everything, in a plain loop: start (or find) a worker, attach, watch it,
 * learn from its death, again. Others only leave a wish in a volatile field and wake it.
 *
 * <p>At any time at most one worker of a call gets states: the next is started only when the last
 * one is verifiably gone, for it would find its UDP ports taken. {@link WorkerPool} makes it.
 */
final class WorkerSupervisor {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerSupervisor.class);
  private static final Duration CONNECT_RETRY = Duration.ofMillis(10);
  private static final Duration STORE_LIMIT = Duration.ofSeconds(10);
  private static final Duration STORE_RETRY = Duration.ofSeconds(1);
  private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(3);
  private static final Duration EXIT_POLL = Duration.ofMillis(10);

  /** A connection may end a little before its process does. */
  private static final Duration EXIT_GRACE = Duration.ofMillis(500);

  /**
   * One worker process.
   *
   * @param process null when it was started by a node before this one
   * @param startedAt on {@link System#nanoTime}'s clock, as far as this node knows
   */
  record Run(
      RunDirectory directory, ProcessIdentity identity, @Nullable Process process, long startedAt) {

    boolean isAlive() {
      return identity.isAlive();
    }

    OptionalInt exitStatus() throws InterruptedException {
      return process != null && process.waitFor(200, TimeUnit.MILLISECONDS)
          ? OptionalInt.of(process.exitValue())
          : OptionalInt.empty();
    }
  }

  private final WorkerStore store;
  private final WorkerLauncher launcher;
  private final WorkerSettings settings;
  private final WorkerGraveyard graveyard;
  private final String call;
  private final CrashHistory crashes;
  private final Semaphore wakes = new Semaphore(0);
  private final Thread thread;
  private final Consumer<WorkerSupervisor> onEnd;

  /** Streams that may have killed a worker not long ago. */
  private volatile Set<String> suspects = Set.of();

  private volatile boolean closing;
  private volatile boolean detached;

  /** A worker of a version that gets no states is there; and the call has one for it. */
  private volatile boolean foreign;

  private volatile boolean outdated;
  private volatile @Nullable WorkerConnection connection;

  WorkerSupervisor(
      WorkerStore store,
      WorkerLauncher launcher,
      WorkerSettings settings,
      WorkerGraveyard graveyard,
      String call,
      @Nullable Run found,
      boolean closing,
      Consumer<WorkerSupervisor> onEnd) {
    this.store = store;
    this.launcher = launcher;
    this.settings = settings;
    this.graveyard = graveyard;
    this.call = call;
    this.closing = closing;
    this.onEnd = onEnd;
    crashes = new CrashHistory(settings);
    thread = Thread.ofVirtual().name("worker-supervisor-" + call).unstarted(() -> run(found));
  }

  void start() {
    thread.start();
  }

  /** The store has a newer state. Without a connection it is sent at the next attach anyway. */
  void changed() {
    WorkerConnection now = connection;
    if (now != null) {
      now.stateChanged();
    } else if (foreign) {
      outdated = true;
      wakes.release();
    }
  }

  /** Finish the outputs, end the worker, do not start another. Returns at once. */
  void close() {
    closing = true;
    wakes.release();
  }

  /** Lets go of the worker without touching it. */
  void detach() {
    detached = true;
    wakes.release();
  }

  boolean awaitEnd(Duration limit) throws InterruptedException {
    return thread.join(limit);
  }

  byte[] snapshot(String composition, int width) throws WorkerUnavailableException {
    return connected().snapshot(composition, width, settings.requestLimit());
  }

  byte[] preview(CompositionSpec composition) throws WorkerUnavailableException {
    return connected().preview(composition, settings.requestLimit());
  }

  void show(String composition, WorkerCommand.Show.Item item) throws WorkerUnavailableException {
    connected().show(composition, item, settings.requestLimit());
  }

  CallStats stats() throws WorkerUnavailableException {
    return connected().stats(settings.requestLimit());
  }

  Map<String, String> debug() throws WorkerUnavailableException {
    return connected().debug(settings.requestLimit());
  }

  private WorkerConnection connected() throws WorkerUnavailableException {
    WorkerConnection now = connection;
    if (now == null) {
      throw new WorkerUnavailableException(
          foreign
              ? "the worker of call " + call + " is of another version, until the call changes"
              : "the worker of call " + call + " is starting");
    }
    return now;
  }

  private void run(@Nullable Run found) {
    try {
      Run run = found;
      while (!detached && !(closing && run == null)) {
        if (run == null) {
          pause(crashes.delay());
          if (!closing && !detached) {
            run = launch();
          }
        } else {
          String end = watch(run);
          if (detached) {
            return;
          }
          bury(run, end);
          run = null;
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException unexpected) {
      LOG.error("call {} is not supervised any more", call, unexpected);
    } finally {
      onEnd.accept(this);
    }
  }

  /** Sleeps, but not through a call to close or to detach. */
  private void pause(Duration delay) throws InterruptedException {
    long deadline = System.nanoTime() + delay.toNanos();
    for (long left = delay.toNanos();
        left > 0 && !closing && !detached;
        left = deadline - System.nanoTime()) {
      var _ = wakes.tryAcquire(left, TimeUnit.NANOSECONDS);
    }
  }

  /** Starts a process under a new epoch; null when that failed, which counts as a crash. */
  private @Nullable Run launch() {
    long now = System.nanoTime();
    try {
      RunDirectory directory = RunDirectory.of(launcher.root(), call, store.nextEpoch(call));
      Process process = launcher.start(directory);
      Optional<ProcessIdentity> identity = ProcessIdentity.of(process.pid());
      if (identity.isEmpty()) {
        throw new IOException("it ended at once; see " + directory.log());
      }
      LOG.info("call {}: started worker {} as epoch {}", call, process.pid(), directory.epoch());
      var _ = process.onExit().thenRun(wakes::release);
      return new Run(directory, identity.get(), process, now);
    } catch (NoSuchElementException unknown) {
      LOG.error("the store does not know call {}", call, unknown);
      closing = true;
    } catch (IOException | RuntimeException failed) {
      LOG.error("call {}: no worker could be started", call, failed);
      crashes.crashed(now, Duration.ZERO, Set.of());
    }
    return null;
  }

  /** Serves a worker until it is gone, or this supervisor is to let go; says how it ended. */
  private String watch(Run run) throws InterruptedException {
    boolean known = run.process() == null;
    while (run.isAlive()) {
      WorkerConnection attached = attach(run, known ? settings.silence() : settings.startLimit());
      if (detached) {
        if (attached != null) {
          attached.abandon();
        }
        return "";
      }
      if (attached == null) {
        return run.isAlive() ? end(run, "did not answer") : "";
      }
      WorkerEvent.Hello hello = attached.hello();
      foreign = !settings.speaks(hello.protocolVersion());
      if (foreign) {
        outdated = newestRevision() != hello.appliedRevision();
        LOG.warn(
            "call {}: its worker speaks protocol {}; it goes on until the call changes",
            call,
            hello.protocolVersion());
      }
      if (!known) {
        tell("worker.started", Map.of("epoch", run.directory().epoch(), "pid", hello.pid()));
        known = true;
      }
      String reason = serve(run, attached);
      if (detached || !reason.isEmpty()) {
        return reason;
      }
      if (!awaitExit(run, EXIT_GRACE)) {
        LOG.warn("call {}: the connection to its worker was lost", call);
      }
    }
    return "";
  }

  /**
   * Serves a worker as long as the connection lasts.
   *
   * @return why the worker was ended; empty when it died by itself or lives on
   */
  private String serve(Run run, WorkerConnection attached) throws InterruptedException {
    try {
      if (!closing && !foreign) {
        connection = attached;
        attached.stateChanged();
      }
      String reason = listen(run, attached);
      if (detached) {
        attached.abandon();
        return "";
      }
      if (!reason.isEmpty()) {
        end(run, reason);
      } else if (closing) {
        connection = null;
        reason = finish(run, attached);
      }
      if (!run.isAlive()) {
        attached.awaitEnd(EXIT_GRACE);
      }
      return reason;
    } finally {
      connection = null;
      foreign = false;
      attached.close();
      if (!detached) {
        attached.awaitStored(STORE_LIMIT);
      }
    }
  }

  /** Of the state that a worker should have; -1 when the store does not tell. */
  private long newestRevision() {
    try {
      return store.loadState(call).revision();
    } catch (RuntimeException failed) {
      LOG.warn("the state of call {} cannot be read", call, failed);
      return -1;
    }
  }

  /** Tries until the worker answers; null when it is dead, takes too long, or we are to let go. */
  private @Nullable WorkerConnection attach(Run run, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    IOException last = null;
    while (run.isAlive() && !detached && System.nanoTime() < deadline) {
      try {
        return WorkerConnection.attach(
            store,
            call,
            run.directory().epoch(),
            run.directory().socketFor(run.identity()),
            settings.silence(),
            () -> suspects,
            wakes::release);
      } catch (IOException notYet) {
        last = notYet;
        Thread.sleep(CONNECT_RETRY);
      }
    }
    if (last != null && run.isAlive() && !detached) {
      LOG.warn("call {}: cannot attach to its worker", call, last);
    }
    return null;
  }

  /**
   * Returns when the worker is gone, the connection is lost, or we are to close or to detach: an
   * empty string then. When the worker fell silent, or needs a state that it may not understand:
   * what to say about it.
   */
  private String listen(Run run, WorkerConnection attached) throws InterruptedException {
    int silent = 0;
    while (!closing && !detached && attached.isOpen() && run.isAlive()) {
      if (foreign && outdated) {
        return "speaks protocol " + attached.hello().protocolVersion() + ", and the call changed";
      }
      if (!wakes.tryAcquire(settings.tick().toNanos(), TimeUnit.NANOSECONDS)) {
        silent = attached.heardSinceAsked() ? 0 : silent + 1;
        if (silent >= settings.silentTicks()) {
          return "silent for " + settings.silence().toMillis() + " ms";
        }
      }
    }
    return "";
  }

  /** The call was closed: lets the worker finish, less and less patiently. */
  private String finish(Run run, WorkerConnection attached) throws InterruptedException {
    try {
      run.directory().markClosing();
    } catch (IOException failed) {
      LOG.warn("call {}: closing is not marked", call, failed);
    }
    attached.shutdown();
    if (awaitExit(run, settings.closeLimit())) {
      return "";
    }
    LOG.warn("call {}: its worker did not finish within {}", call, settings.closeLimit());
    run.identity().terminate();
    if (awaitExit(run, TERMINATE_LIMIT)) {
      return "terminated: it did not finish within " + settings.closeLimit();
    }
    return end(run, "killed: it did not finish within " + settings.closeLimit());
  }

  /**
   * Makes sure that the process is gone.
   *
   * @param reason why it is killed, if it is; empty when it should be dead already
   */
  private String end(Run run, String reason) throws InterruptedException {
    if (!run.isAlive()) {
      return reason;
    }
    LOG.warn("call {}: killing worker {}: {}", call, run.identity().pid(), reason);
    run.identity().kill();
    while (!awaitExit(run, STORE_LIMIT)) {
      LOG.error("call {}: worker {} cannot be killed", call, run.identity().pid());
      run.identity().kill();
    }
    return reason;
  }

  private static boolean awaitExit(Run run, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (run.isAlive()) {
      if (System.nanoTime() >= deadline) {
        return false;
      }
      Thread.sleep(EXIT_POLL);
    }
    return true;
  }

  /**
   * A worker is gone: takes over what it left, and draws the conclusions. Its directory goes last,
   * so whatever the store did not take is there for the next node.
   */
  private void bury(Run run, String reason) throws InterruptedException {
    long now = System.nanoTime();
    Set<String> suspected = suspects(run.directory());
    boolean crash = !closing || !reason.isEmpty();
    Set<String> excluded =
        closing
            ? Set.of()
            : crashes.crashed(now, Duration.ofNanos(now - run.startedAt()), suspected);
    suspects = crashes.suspects();
    while (!settle(run.directory(), excluded)) {
      if (detached) {
        return;
      }
      pauseForStore();
    }
    if (crash) {
      tellDied(run, reason, suspected);
    }
    for (String track : excluded) {
      int slash = track.indexOf('/');
      tell(
          "track.failed",
          Map.of(
              "participant",
              track.substring(0, slash),
              "track",
              track.substring(slash + 1),
              "reason",
              "the worker died twice when it began to decode this stream"));
    }
    graveyard.remove(run.directory(), crash);
  }

  private Set<String> suspects(RunDirectory directory) {
    try {
      return SuspectJournal.read(directory.suspects());
    } catch (IOException failed) {
      LOG.error("call {}: who killed its worker is not readable", call, failed);
      return Set.of();
    }
  }

  /** Tells the store all that a worker's end means; all of it may be told again. */
  private boolean settle(RunDirectory directory, Set<String> excluded) {
    try {
      for (WorkerEvent.Happened event : directory.readEvents()) {
        store.appendWorkerEvent(
            call,
            directory.epoch(),
            event.sequence(),
            event.type(),
            event.at(),
            event.mediaTime(),
            event.data());
      }
      for (WorkerEvent.RolledOver rolledOver : directory.readRollovers()) {
        store.saveRollover(call, rolledOver.endpoint(), rolledOver.ssrc(), rolledOver.counter());
      }
      excluded.forEach(track -> store.excludeTrack(call, track));
    } catch (IOException | NoSuchElementException lost) {
      LOG.error("call {}: what its worker left is lost", call, lost);
    } catch (RuntimeException failed) {
      LOG.error("call {}: what its worker left is not stored", call, failed);
      return false;
    }
    try {
      store.workerEnded(call, directory.epoch());
      return true;
    } catch (NoSuchElementException unknown) {
      LOG.error("call {}: its worker belongs nowhere", call, unknown);
      return true;
    } catch (RuntimeException failed) {
      LOG.error("call {}: its worker's end is not stored", call, failed);
      return false;
    }
  }

  /** Not through a call to detach; a call to close has to wait for the store as well. */
  private void pauseForStore() throws InterruptedException {
    long deadline = System.nanoTime() + STORE_RETRY.toNanos();
    for (long left = STORE_RETRY.toNanos();
        left > 0 && !detached;
        left = deadline - System.nanoTime()) {
      var _ = wakes.tryAcquire(left, TimeUnit.NANOSECONDS);
    }
  }

  private void tellDied(Run run, String reason, Set<String> suspects) throws InterruptedException {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("epoch", run.directory().epoch());
    data.put("pid", run.identity().pid());
    data.put("reason", reason.isEmpty() ? exit(run.exitStatus()) : reason);
    data.put("suspects", suspects);
    tell("worker.died", data);
  }

  private static String exit(OptionalInt status) {
    if (status.isEmpty()) {
      return "unknown";
    }
    int code = status.getAsInt();
    return code > 128 ? "signal " + (code - 128) : "exit status " + code;
  }

  private void tell(String type, Map<String, Object> data) {
    LOG.info("call {}: {} {}", call, type, data);
    try {
      store.appendEvent(call, type, data);
    } catch (RuntimeException failed) {
      LOG.error("call {}: {} is not stored", call, type, failed);
    }
  }
}
