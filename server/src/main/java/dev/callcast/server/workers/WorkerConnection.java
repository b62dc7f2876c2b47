package dev.callcast.server.workers;

import dev.callcast.media.worker.control.LineChannel;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.InvalidTypeIdException;

/**
 * The node's end of one worker's control socket. Three virtual threads: one reads (and so notices
 * life and answers), one writes, one stores events and acknowledges them. None waits for another,
 * so a slow store does not look like a dead worker, and a worker that does not read stalls nobody
 * who has something to say to it. The supervisor makes it and closes it.
 */
final class WorkerConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerConnection.class);

  /** Events that are stored at once, and acknowledged then. */
  private static final int MOST_EVENTS = 256;

  /** Behind the last event. */
  private static final WorkerEvent.Happened END =
      new WorkerEvent.Happened(0, -1, "", "", null, Map.of());

  private static final Duration STORE_RETRY = Duration.ofMillis(500);

  /** What the writer has to do next. */
  private sealed interface Outgoing {
    record Line(WorkerCommand command) implements Outgoing {}

    record NewestState() implements Outgoing {}

    record End() implements Outgoing {}
  }

  private final WorkerStore store;
  private final String call;
  private final long epoch;
  private final LineChannel lines;
  private final Supplier<Set<String>> suspects;
  private final Runnable onEnd;
  private final CompletableFuture<WorkerEvent.Hello> hello = new CompletableFuture<>();
  private final LinkedBlockingQueue<Outgoing> outgoing = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<WorkerEvent.Happened> events = new LinkedBlockingQueue<>();
  private final Map<Long, CompletableFuture<WorkerEvent>> requests = new ConcurrentHashMap<>();
  private final AtomicLong lastRequest = new AtomicLong();

  /** The answer to the last question for stats that others may share. */
  private final AtomicReference<@Nullable CompletableFuture<WorkerEvent>> measured =
      new AtomicReference<>();

  private final AtomicBoolean statePending = new AtomicBoolean();
  private final AtomicBoolean heard = new AtomicBoolean();
  private final Thread reading;
  private final Thread storing;
  private volatile boolean closed;
  private volatile boolean shuttingDown;
  private volatile boolean abandoned;

  /** The reader's own. */
  private long knownDropped;

  private WorkerConnection(
      WorkerStore store,
      String call,
      long epoch,
      LineChannel lines,
      Supplier<Set<String>> suspects,
      Runnable onEnd) {
    this.store = store;
    this.call = call;
    this.epoch = epoch;
    this.lines = lines;
    this.suspects = suspects;
    this.onEnd = onEnd;
    reading = Thread.ofVirtual().name("worker-reader-" + call).unstarted(this::read);
    storing = Thread.ofVirtual().name("worker-events-" + call).unstarted(this::storeEvents);
  }

  /**
   * Connects and attaches. Events are stored from now on; the state is sent with {@link
   * #stateChanged}.
   *
   * @param suspects the tracks that may have killed an earlier worker; told with each state
   * @param onEnd called once, by any thread, when the connection is no more
   * @throws IOException when nobody listens, or not a worker of this call and epoch
   */
  static WorkerConnection attach(
      WorkerStore store,
      String call,
      long epoch,
      Path socket,
      Duration limit,
      Supplier<Set<String>> suspects,
      Runnable onEnd)
      throws IOException, InterruptedException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    WorkerConnection connection =
        new WorkerConnection(store, call, epoch, new LineChannel(channel), suspects, onEnd);
    connection.outgoing.add(
        new Outgoing.Line(new WorkerCommand.Attach(epoch, WorkerEvent.PROTOCOL_VERSION)));
    connection.reading.start();
    Thread.ofVirtual().name("worker-writer-" + call).start(connection::write);
    connection.storing.start();
    try {
      WorkerEvent.Hello hello = connection.hello.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (hello.epoch() != epoch || !hello.call().equals(call)) {
        throw new IOException(
            "the worker of call " + hello.call() + " epoch " + hello.epoch() + " answered");
      }
      return connection;
    } catch (TimeoutException silent) {
      connection.close();
      throw new IOException("no answer from the worker within " + limit, silent);
    } catch (ExecutionException refused) {
      connection.close();
      throw new IOException(refused.getCause());
    } catch (IOException | InterruptedException | RuntimeException failed) {
      connection.close();
      throw failed;
    }
  }

  /** What the worker said about itself. */
  WorkerEvent.Hello hello() {
    return hello.join();
  }

  /**
   * Whether a heartbeat came since this was last asked. Nothing else counts: a session that hangs
   * may have threads that go on telling events.
   */
  boolean heardSinceAsked() {
    return heard.getAndSet(false);
  }

  /** Sends the state as it stands in the store when the writer comes to it: the newest wins. */
  void stateChanged() {
    measured.set(null);
    if (statePending.compareAndSet(false, true)) {
      outgoing.add(new Outgoing.NewestState());
    }
  }

  /** Asks the worker to finish its outputs and to exit; no state is sent any more. */
  void shutdown() {
    shuttingDown = true;
    outgoing.add(new Outgoing.Line(new WorkerCommand.Shutdown(epoch)));
  }

  byte[] snapshot(String composition, int width, Duration limit) throws WorkerUnavailableException {
    WorkerEvent answer =
        ask(number -> new WorkerCommand.Snapshot(epoch, number, composition, width), limit);
    if (answer instanceof WorkerEvent.SnapshotTaken taken) {
      return Base64.getDecoder().decode(taken.jpeg());
    }
    throw unexpected(answer);
  }

  byte[] preview(CompositionSpec composition, Duration limit) throws WorkerUnavailableException {
    WorkerEvent answer =
        ask(number -> new WorkerCommand.Preview(epoch, number, composition), limit);
    if (answer instanceof WorkerEvent.PreviewTaken taken) {
      return Base64.getDecoder().decode(taken.png());
    }
    throw unexpected(answer);
  }

  void show(String composition, WorkerCommand.Show.Item item, Duration limit)
      throws WorkerUnavailableException {
    WorkerEvent answer =
        ask(number -> new WorkerCommand.Show(epoch, number, composition, item), limit);
    if (!(answer instanceof WorkerEvent.Shown)) {
      throw unexpected(answer);
    }
  }

  /**
   * What the worker measures. It takes the worker some 40 ms to gather; who asks meanwhile gets the
   * same answer, unless something is known to have changed since.
   */
  CallStats stats(Duration limit) throws WorkerUnavailableException {
    while (true) {
      CompletableFuture<WorkerEvent> shared = measured.get();
      if (shared != null && !shared.isDone()) {
        return taken(await(shared, limit));
      }
      CompletableFuture<WorkerEvent> own = new CompletableFuture<>();
      if (measured.compareAndSet(shared, own)) {
        try {
          own.complete(ask(number -> new WorkerCommand.Stats(epoch, number), limit));
        } catch (WorkerUnavailableException | RuntimeException | Error failed) {
          own.completeExceptionally(failed);
          throw failed;
        }
        return taken(await(own, limit));
      }
    }
  }

  private static CallStats taken(WorkerEvent answer) throws WorkerUnavailableException {
    if (answer instanceof WorkerEvent.StatsTaken taken) {
      return taken.stats();
    }
    throw unexpected(answer);
  }

  Map<String, String> debug(Duration limit) throws WorkerUnavailableException {
    WorkerEvent answer = ask(number -> new WorkerCommand.Debug(epoch, number), limit);
    if (answer instanceof WorkerEvent.DebugTaken taken) {
      return taken.files();
    }
    throw unexpected(answer);
  }

  /** A command that carries the number of its request. */
  private interface Request {
    WorkerCommand numbered(long number);
  }

  private WorkerEvent ask(Request request, Duration limit) throws WorkerUnavailableException {
    long number = lastRequest.incrementAndGet();
    CompletableFuture<WorkerEvent> answer = new CompletableFuture<>();
    requests.put(number, answer);
    try {
      if (closed) {
        throw gone(null);
      }
      outgoing.add(new Outgoing.Line(request.numbered(number)));
      return await(answer, limit);
    } finally {
      requests.remove(number);
    }
  }

  private WorkerEvent await(CompletableFuture<WorkerEvent> answer, Duration limit)
      throws WorkerUnavailableException {
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new WorkerUnavailableException(
          "the worker of call " + call + " did not answer within " + limit, late);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof WorkerUnavailableException told) {
        throw told; // to whom it asked for
      }
      throw gone(failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new WorkerUnavailableException("interrupted", interrupted);
    }
  }

  private WorkerUnavailableException gone(@Nullable Throwable cause) {
    String message = "the worker of call " + call + " is restarting";
    return cause == null
        ? new WorkerUnavailableException(message)
        : new WorkerUnavailableException(message, cause);
  }

  private static WorkerUnavailableException unexpected(WorkerEvent answer) {
    return new WorkerUnavailableException(
        answer instanceof WorkerEvent.RequestFailed failed
            ? failed.reason()
            : "the worker answered with " + answer.getClass().getSimpleName());
  }

  boolean isOpen() {
    return !closed;
  }

  /** Waits, after the worker's end, until all that it had written is read. */
  void awaitEnd(Duration limit) throws InterruptedException {
    if (!reading.join(limit)) {
      LOG.warn("the worker of call {} is gone and its socket is still open", call);
    }
  }

  /** Waits, after {@link #close}, until every event that was read is stored. */
  void awaitStored(Duration limit) throws InterruptedException {
    if (!storing.join(limit)) {
      LOG.error("events of call {} are still not stored after {}", call, limit);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      lines.close();
    } catch (IOException failed) {
      LOG.debug("closing the control socket of call {}", call, failed);
    }
    IOException end = new IOException("the connection ended");
    hello.completeExceptionally(end);
    requests.values().forEach(answer -> answer.completeExceptionally(end));
    outgoing.add(new Outgoing.End());
    events.add(END);
    onEnd.run();
  }

  /** Closes, and leaves what is not yet stored to the node that attaches next. */
  void abandon() {
    abandoned = true;
    close();
  }

  private void read() {
    try {
      for (byte[] line = lines.readLine(); line != null; line = lines.readLine()) {
        try {
          received(ProtocolJson.MAPPER.readValue(line, WorkerEvent.class));
        } catch (InvalidTypeIdException newer) {
          LOG.debug("the worker of call {} knows an event that this node does not", call, newer);
        }
      }
    } catch (IOException ended) {
      LOG.debug("reading from the worker of call {}", call, ended);
    } catch (JacksonException malformed) {
      LOG.warn("the worker of call {} sent what is no event", call, malformed);
    } finally {
      close();
    }
  }

  private void received(WorkerEvent event) throws IOException {
    switch (event) {
      case WorkerEvent.Hello mine -> hello.complete(mine);
      case WorkerEvent.Happened happened -> {
        measured.set(null);
        events.add(happened);
      }
      case WorkerEvent.SnapshotTaken taken -> answered(taken.request(), taken);
      case WorkerEvent.PreviewTaken taken -> answered(taken.request(), taken);
      case WorkerEvent.Shown shown -> answered(shown.request(), shown);
      case WorkerEvent.StatsTaken taken -> answered(taken.request(), taken);
      case WorkerEvent.DebugTaken taken -> answered(taken.request(), taken);
      case WorkerEvent.RequestFailed failed -> answered(failed.request(), failed);
      case WorkerEvent.RolledOver rolledOver -> saveRollover(rolledOver);
      case WorkerEvent.Keyed keyed -> saveKeys(keyed);
      case WorkerEvent.Heartbeat heartbeat -> {
        heard.set(true);
        noteDropped(heartbeat.dropped());
      }
      case WorkerEvent.Refused refused -> {
        IOException reason = new IOException("the worker refused: " + refused.reason());
        hello.completeExceptionally(reason);
        throw reason;
      }
    }
  }

  private void answered(long request, WorkerEvent answer) {
    CompletableFuture<WorkerEvent> asked = requests.get(request);
    if (asked != null) {
      asked.complete(answer);
    }
  }

  /** The worker also keeps it in its run directory, so a store that is away loses nothing. */
  private void saveRollover(WorkerEvent.RolledOver rolledOver) {
    try {
      store.saveRollover(call, rolledOver.endpoint(), rolledOver.ssrc(), rolledOver.counter());
    } catch (RuntimeException failed) {
      LOG.error("rollover counter of call {} is not stored", call, failed);
    }
  }

  /** The worker tells them again to the node that attaches next. */
  private void saveKeys(WorkerEvent.Keyed keyed) {
    try {
      store.saveKeys(call, keyed.endpoint(), keyed.remoteKey(), keyed.localKey());
    } catch (RuntimeException failed) {
      LOG.error(
          "the keys of endpoint {} of call {} are not stored", keyed.endpoint(), call, failed);
    }
  }

  private void noteDropped(long dropped) {
    if (dropped > knownDropped) {
      LOG.warn("the worker of call {} dropped {} events", call, dropped - knownDropped);
      knownDropped = dropped;
    }
  }

  private void write() {
    try {
      while (true) {
        switch (outgoing.take()) {
          case Outgoing.Line(var command) -> write(command);
          case Outgoing.NewestState _ -> writeState();
          case Outgoing.End _ -> {
            return;
          }
        }
      }
    } catch (IOException ended) {
      LOG.debug("writing to the worker of call {}", call, ended);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      close();
    }
  }

  private void writeState() throws IOException, InterruptedException {
    // Cleared before reading: a change that comes meanwhile is sent after this one.
    statePending.set(false);
    if (shuttingDown) {
      return;
    }
    WorkerCommand.Apply apply;
    try {
      apply =
          new WorkerCommand.Apply(
              epoch,
              store.loadState(call),
              store.excludedTracks(call),
              List.copyOf(suspects.get()));
      if (shuttingDown) {
        // The state may already be that of a new call of the same id.
        return;
      }
    } catch (NoSuchElementException unknown) {
      LOG.error("the store does not know call {}", call, unknown);
      return;
    } catch (RuntimeException failed) {
      LOG.error("the state of call {} cannot be read", call, failed);
      Thread.sleep(STORE_RETRY);
      stateChanged();
      return;
    }
    write(apply);
  }

  private void write(WorkerCommand command) throws IOException {
    lines.writeLine(ProtocolJson.MAPPER.writeValueAsBytes(command));
  }

  private void storeEvents() {
    try {
      List<WorkerEvent.Happened> some = new ArrayList<>();
      for (boolean ended = false; !ended; some.clear()) {
        some.add(events.take());
        events.drainTo(some, MOST_EVENTS - 1);
        int end = some.indexOf(END);
        ended = end >= 0;
        if (ended) {
          some.subList(end, some.size()).clear();
        }
        if (!some.isEmpty()) {
          if (!store(some)) {
            return;
          }
          long last = some.getLast().sequence();
          outgoing.add(new Outgoing.Line(new WorkerCommand.Ack(epoch, last)));
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tries until they are stored or somebody else will do it; false in the second case. */
  private boolean store(List<WorkerEvent.Happened> some) throws InterruptedException {
    while (!abandoned) {
      try {
        store.appendWorkerEvents(call, epoch, some);
        return true;
      } catch (RuntimeException failed) {
        if (some.size() > 1) {
          LOG.warn("{} events of call {} are not stored at once", some.size(), call, failed);
          return oneByOne(some);
        }
        if (failed instanceof NoSuchElementException) {
          LOG.error("an event of call {} epoch {} belongs nowhere", call, epoch, failed);
          return true;
        }
        LOG.error("an event of call {} is not stored", call, failed);
        Thread.sleep(STORE_RETRY);
      }
    }
    return false;
  }

  /** So that what one of them is to blame for befalls no other. */
  private boolean oneByOne(List<WorkerEvent.Happened> some) throws InterruptedException {
    for (WorkerEvent.Happened event : List.copyOf(some)) {
      if (!store(List.of(event))) {
        return false;
      }
    }
    return true;
  }
}
