package dev.callcast.media.worker.control;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.protocol.WorkerEvent;
import dev.callcast.protocol.WorkerEvent.Happened;
import dev.callcast.protocol.WorkerEvent.Keyed;
import dev.callcast.protocol.WorkerEvent.RolledOver;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's end of the control socket. It keeps what the session tells until a node has stored
 * it, and hands the newest state to the worker's main thread ({@link #next}).
 *
 * <p>Threads, all its own daemons: one accepts; each connection has a reader and a writer; one
 * answers requests; one keeps house. Sessions and their media threads only put into {@link Outbox}
 * and wake the writer, so a node that does not read delays nobody. Of several connections the one
 * that attached last is the node; the one before is closed. {@link WorkerMain} makes and closes it.
 */
public final class ControlServer implements WorkerEvents, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
  private static final int OUTBOX_CAPACITY = 10_000;
  private static final int MAX_CONNECTIONS = 8;
  private static final int WAITING_REQUESTS = 16;
  private static final Duration ATTACH_LIMIT = Duration.ofSeconds(5);
  private static final Duration HOUSEKEEPING = Duration.ofMillis(500);
  private static final long MAX_LOG_BYTES = 8 << 20;

  /** What the worker's main thread has to do next. */
  sealed interface Task {
    /** Make this state true. */
    record Apply(WorkerCommand.Apply command) implements Task {}

    /** Finish and exit. */
    record Stop(String reason) implements Task {}
  }

  /**
   * When a worker whom nobody needs exits by itself.
   *
   * @param noState without ever having had a state
   * @param idle with no node attached, and nothing to compose or to record
   * @param abandoned with no node attached, whatever there is to do; zero for never
   */
  public record Limits(Duration noState, Duration idle, Duration abandoned) {
    public static final Limits DEFAULT =
        new Limits(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ZERO);
  }

  private final RunDirectory directory;
  private final Limits limits;
  private final ServerSocketChannel listener;
  private final SuspectJournal suspects;
  private final Outbox outbox;
  private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor requests;
  private final long startedAt = System.nanoTime();

  /** Guards the fields below; held for moments only. */
  private final Object lock = new Object();

  private final Map<String, RolledOver> rollovers = new LinkedHashMap<>();
  private final Map<String, Keyed> keys = new LinkedHashMap<>();
  private boolean rolloversUnsaved;
  private WorkerCommand.@Nullable Apply newest;
  private @Nullable String stopReason;
  private boolean hadState;
  private boolean hasWork;
  private boolean closed;
  private long detachedAt = startedAt;

  private volatile @Nullable ControlConnection attached;
  private volatile @Nullable WorkerCommands session;
  private volatile long appliedRevision = -1;

  /**
   * Listens at once; commands are taken from {@link #open} on.
   *
   * @param directory the worker's run directory, which is also its working directory
   */
  ControlServer(RunDirectory directory, Limits limits) throws IOException {
    this.directory = directory;
    this.limits = limits;
    outbox = new Outbox(directory.epoch(), OUTBOX_CAPACITY);
    suspects = new SuspectJournal(directory.suspects());
    requests =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_REQUESTS),
            task -> daemon("control-requests", task));
    Path socket = socketPath();
    Files.deleteIfExists(socket);
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
  }

  /** Relative where that names the same file: {@code sun_path} is short. */
  private Path socketPath() throws IOException {
    boolean here = Files.isSameFile(directory.path(), Path.of("").toAbsolutePath());
    return here
        ? Path.of(RunDirectory.SOCKET)
        : directory.path().resolve(RunDirectory.SOCKET).toAbsolutePath();
  }

  /** The session is there: from now on nodes may attach. */
  void open(WorkerCommands commands) {
    session = commands;
    daemon("control-accept", this::accept).start();
    daemon("control-house", this::keepHouse).start();
  }

  /**
   * Waits for the main thread's next task. A state that was overtaken while the last one was
   * applied is skipped; a stop comes after a state that was there before it.
   */
  Task next() throws InterruptedException {
    synchronized (lock) {
      while (newest == null && stopReason == null) {
        lock.wait();
      }
      WorkerCommand.Apply apply = newest;
      if (apply != null) {
        newest = null;
        return new Task.Apply(apply);
      }
      return new Task.Stop(String.valueOf(stopReason));
    }
  }

  /** What {@link WorkerEvent.Hello} tells from now on. */
  void applied(long revision) {
    appliedRevision = revision;
  }

  /** Ends the main thread's work as soon as it comes to {@link #next}; the first reason counts. */
  void stop(String reason) {
    synchronized (lock) {
      if (stopReason == null) {
        stopReason = reason;
      }
      lock.notifyAll();
    }
  }

  @Override
  public void happened(String type, @Nullable Double mediaTime, Map<String, Object> data) {
    outbox.add(Instant.now(), type, mediaTime, data);
    wakeWriter();
  }

  @Override
  public void rolledOver(String endpoint, long ssrc, long counter) {
    RolledOver rolledOver = new RolledOver(endpoint, ssrc, counter);
    synchronized (lock) {
      rollovers.put(endpoint + "/" + ssrc, rolledOver);
      rolloversUnsaved = true;
    }
    ControlConnection node = attached;
    if (node != null) {
      node.send(rolledOver);
    }
  }

  @Override
  public void keyed(String endpoint, String remoteKey, String localKey) {
    Keyed keyed = new Keyed(endpoint, remoteKey, localKey);
    synchronized (lock) {
      keys.put(endpoint, keyed);
    }
    ControlConnection node = attached;
    if (node != null) {
      node.send(keyed);
    }
  }

  @Override
  public void suspect(String participant, String track, boolean entering) {
    try {
      suspects.mark(participant + "/" + track, entering);
    } catch (IOException failed) {
      // Decoding goes on: without the mark a poisoned stream is only not told apart.
      LOG.warn("cannot mark {}/{} as suspect", participant, track, failed);
    }
  }

  /**
   * Waits until the node has stored every event, and leaves what it did not take in a file of the
   * run directory; then closes every connection.
   *
   * @param patience how long an attached node has for it
   */
  void finish(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!outbox.isEmpty() && attached != null && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    List<Happened> rest = outbox.after(0, Integer.MAX_VALUE);
    if (!rest.isEmpty()) {
      try {
        directory.writeEvents(rest);
      } catch (IOException failed) {
        LOG.error("{} events are lost", rest.size(), failed);
      }
    }
    close();
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
    }
    try {
      saveRollovers();
      listener.close();
      suspects.close();
      Files.deleteIfExists(socketPath());
    } catch (IOException failed) {
      LOG.warn("closing the control socket", failed);
    }
    for (ControlConnection connection : connections) {
      connection.close();
    }
    requests.shutdownNow();
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel socket = listener.accept();
        if (connections.size() >= MAX_CONNECTIONS) {
          LOG.warn("more than {} connections to the control socket", MAX_CONNECTIONS);
          socket.close();
          continue;
        }
        ControlConnection connection = new ControlConnection(this, new LineChannel(socket));
        connections.add(connection);
        connection.start();
      } catch (AsynchronousCloseException closing) {
        return;
      } catch (IOException failed) {
        synchronized (lock) {
          if (closed) {
            return;
          }
        }
        LOG.warn("accepting on the control socket", failed);
        pause();
      }
    }
  }

  /** Called by a connection's reader. Throws what the node is told before it is cut off. */
  void received(ControlConnection from, WorkerCommand command) throws RefusedException {
    if (command.epoch() != directory.epoch()) {
      throw new RefusedException("this is epoch " + directory.epoch() + ", not " + command.epoch());
    }
    if (from != attached && !(command instanceof WorkerCommand.Attach)) {
      throw new RefusedException("attach first");
    }
    switch (command) {
      case WorkerCommand.Attach attach -> attach(from, attach);
      case WorkerCommand.Apply apply -> apply(apply);
      case WorkerCommand.Ack ack -> outbox.acknowledge(ack.sequence());
      case WorkerCommand.Snapshot request ->
          answer(
              from,
              request.request(),
              commands -> {
                byte[] jpeg = commands.snapshot(request.composition(), request.width());
                return new WorkerEvent.SnapshotTaken(
                    request.request(), Base64.getEncoder().encodeToString(jpeg));
              });
      case WorkerCommand.Preview request ->
          answer(
              from,
              request.request(),
              commands -> {
                byte[] png = commands.preview(request.composition());
                return new WorkerEvent.PreviewTaken(
                    request.request(), Base64.getEncoder().encodeToString(png));
              });
      case WorkerCommand.Show request ->
          answer(
              from,
              request.request(),
              commands -> {
                commands.show(request.composition(), request.item());
                return new WorkerEvent.Shown(request.request());
              });
      case WorkerCommand.Stats request ->
          answer(
              from,
              request.request(),
              commands -> new WorkerEvent.StatsTaken(request.request(), commands.stats()));
      case WorkerCommand.Debug request ->
          answer(
              from,
              request.request(),
              commands -> new WorkerEvent.DebugTaken(request.request(), commands.debug()));
      case WorkerCommand.Shutdown _ -> stop("the node asked for it");
    }
  }

  private void attach(ControlConnection node, WorkerCommand.Attach attach) {
    LOG.info("attached by a node of protocol {}", attach.protocolVersion());
    node.send(
        new WorkerEvent.Hello(
            WorkerEvent.PROTOCOL_VERSION,
            directory.call(),
            directory.epoch(),
            ProcessHandle.current().pid(),
            appliedRevision));
    ControlConnection before;
    List<WorkerEvent> kept = new ArrayList<>();
    synchronized (lock) {
      before = attached;
      attached = node;
      kept.addAll(keys.values());
      kept.addAll(rollovers.values());
    }
    if (before != null && before != node) {
      before.close();
    }
    kept.forEach(node::send);
    node.sendEvents();
  }

  private void apply(WorkerCommand.Apply apply) {
    synchronized (lock) {
      newest = apply;
      keys.keySet()
          .retainAll(
              apply.state().endpoints().stream().map(EndpointSpec::id).collect(Collectors.toSet()));
      hadState = true;
      hasWork = !apply.state().compositions().isEmpty() || apply.state().tracks() != null;
      lock.notifyAll();
    }
  }

  /** A question to the session that may take a while. */
  private interface Question {
    WorkerEvent ask(WorkerCommands commands);
  }

  private void answer(ControlConnection node, long request, Question question) {
    try {
      requests.execute(() -> {
        try {
          WorkerCommands commands = session;
          if (commands == null) {
            throw new IllegalStateException("the worker is starting");
          }
          node.send(question.ask(commands));
        } catch (RuntimeException failed) {
          LOG.debug("request {}", request, failed);
          node.send(new WorkerEvent.RequestFailed(request, reason(failed)));
        }
      });
    } catch (RejectedExecutionException full) {
      node.send(new WorkerEvent.RequestFailed(request, "too many requests are waiting"));
    }
  }

  private static String reason(RuntimeException failed) {
    String message = failed.getMessage();
    return message == null ? failed.toString() : message;
  }

  /** Called by a connection's threads when it ended, for whatever reason; may be called twice. */
  void ended(ControlConnection connection) {
    connections.remove(connection);
    synchronized (lock) {
      if (attached == connection) {
        attached = null;
        detachedAt = System.nanoTime();
        LOG.info("the node is gone");
      }
    }
  }

  Outbox outbox() {
    return outbox;
  }

  /** Whether the session says that it works; before there is one nothing is wrong. */
  boolean isHealthy() {
    WorkerCommands commands = session;
    return commands == null || commands.healthy();
  }

  WorkerEvent.Heartbeat heartbeat() {
    return new WorkerEvent.Heartbeat(directory.epoch(), outbox.dropped());
  }

  private void wakeWriter() {
    ControlConnection node = attached;
    if (node != null) {
      node.wake();
    }
  }

  private void keepHouse() {
    while (true) {
      synchronized (lock) {
        if (closed) {
          return;
        }
      }
      long now = System.nanoTime();
      for (ControlConnection connection : connections) {
        if (connection != attached && now - connection.openedAt() > ATTACH_LIMIT.toNanos()) {
          connection.close();
        }
      }
      try {
        saveRollovers();
        shortenLog();
      } catch (IOException failed) {
        LOG.warn("keeping house in {}", directory.path(), failed);
      }
      String reason = reasonToLeave(now);
      if (reason != null) {
        stop(reason);
      }
      pause();
    }
  }

  private @Nullable String reasonToLeave(long now) {
    synchronized (lock) {
      if (!hadState) {
        return now - startedAt > limits.noState().toNanos() ? "no node gave it a state" : null;
      }
      if (attached != null) {
        return null;
      }
      Duration alone = Duration.ofNanos(now - detachedAt);
      if (!hasWork && alone.compareTo(limits.idle()) > 0) {
        return "no node and nothing to do";
      }
      if (!limits.abandoned().isZero() && alone.compareTo(limits.abandoned()) > 0) {
        return "no node for " + limits.abandoned();
      }
      return null;
    }
  }

  private void saveRollovers() throws IOException {
    List<RolledOver> counters;
    synchronized (lock) {
      if (!rolloversUnsaved) {
        return;
      }
      rolloversUnsaved = false;
      counters = List.copyOf(rollovers.values());
    }
    directory.writeRollovers(counters);
  }

  /**
   * Keeps the log from filling the disk: native libraries write to standard error as much as they
   * like. The node opened the file for appending, so what comes after the cut starts at its front.
   */
  private void shortenLog() throws IOException {
    Path log = directory.log();
    if (Files.exists(log) && Files.size(log) > MAX_LOG_BYTES) {
      Files.copy(log, log.resolveSibling("worker.1.log"), StandardCopyOption.REPLACE_EXISTING);
      try (var file = FileChannel.open(log, StandardOpenOption.WRITE)) {
        file.truncate(0);
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(HOUSEKEEPING);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static Thread daemon(String name, Runnable task) {
    return Thread.ofPlatform().name(name).daemon().unstarted(task);
  }

  /** What a peer is told before its connection is closed. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    RefusedException(String reason) {
      super(reason);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }
}
