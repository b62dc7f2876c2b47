package dev.callcast.media.worker.control;

import dev.callcast.media.worker.control.ControlServer.RefusedException;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * One connection to a worker's control socket: a thread that reads and one that writes. Whoever has
 * something to send puts it aside and unparks the writer, so nobody waits for the peer. It ends
 * with the peer, with something that is no command, or by {@link #close}.
 */
final class ControlConnection {
  private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);
  private static final int MAX_LINE_BEFORE_ATTACH = 4 << 10;
  private static final Duration HEARTBEAT = Duration.ofMillis(500);
  private static final int BATCH = 100;

  private final ControlServer server;
  private final LineChannel lines;
  private final long openedAt = System.nanoTime();
  private final ConcurrentLinkedQueue<WorkerEvent> waiting = new ConcurrentLinkedQueue<>();
  private final Thread reader;
  private final Thread writer;

  private volatile boolean eventsToo;
  private volatile boolean closeWhenWritten;
  private volatile boolean closed;

  /** Sequence of the last event written; the writer's own. */
  private long sent;

  ControlConnection(ControlServer server, LineChannel lines) {
    this.server = server;
    this.lines = lines;
    lines.limitLines(MAX_LINE_BEFORE_ATTACH);
    reader = ControlServer.daemon("control-reader", this::read);
    writer = ControlServer.daemon("control-writer", this::write);
  }

  void start() {
    reader.start();
    writer.start();
  }

  /** On {@link System#nanoTime}'s clock. */
  long openedAt() {
    return openedAt;
  }

  /** To be written after what was put aside before. */
  void send(WorkerEvent event) {
    waiting.add(event);
    wake();
  }

  /** Attached: from now on the outbox is written, from its oldest event, and heartbeats. */
  void sendEvents() {
    lines.limitLines(LineChannel.MAX_LINE);
    eventsToo = true;
    wake();
  }

  void wake() {
    LockSupport.unpark(writer);
  }

  void close() {
    closed = true;
    try {
      lines.close();
    } catch (IOException failed) {
      LOG.debug("closing a connection", failed);
    }
    wake();
    server.ended(this);
  }

  private void read() {
    try {
      for (byte[] line = lines.readLine(); line != null; line = lines.readLine()) {
        server.received(this, parse(line));
      }
      close();
    } catch (RefusedException refused) {
      refuse(refused.reason());
    } catch (LineChannel.LineTooLongException endless) {
      refuse(String.valueOf(endless.getMessage()));
    } catch (ClosedChannelException closing) {
      close();
    } catch (IOException broken) {
      LOG.debug("reading from a node", broken);
      close();
    }
  }

  /** The line itself is not repeated anywhere: it may hold a stream key. */
  private static WorkerCommand parse(byte[] line) throws RefusedException {
    @Nullable WorkerCommand command;
    try {
      command = ProtocolJson.MAPPER.readValue(line, WorkerCommand.class);
    } catch (JacksonException | IllegalArgumentException | NullPointerException malformed) {
      throw new RefusedException("not a command: " + malformed.getClass().getSimpleName());
    }
    if (command == null) {
      throw new RefusedException("not a command: null");
    }
    return command;
  }

  private void refuse(String reason) {
    LOG.warn("refused a peer on the control socket: {}", reason);
    send(new WorkerEvent.Refused(reason));
    closeWhenWritten = true;
    wake();
  }

  private void write() {
    long heartbeatAt = System.nanoTime();
    try {
      while (!closed) {
        boolean closing = closeWhenWritten;
        boolean wrote = false;
        for (WorkerEvent event = waiting.poll(); event != null; event = waiting.poll()) {
          write(event);
          wrote = true;
        }
        if (closing) {
          break;
        }
        if (eventsToo) {
          List<WorkerEvent.Happened> batch = server.outbox().after(sent, BATCH);
          for (WorkerEvent.Happened event : batch) {
            write(event);
            sent = event.sequence();
            wrote = true;
          }
          long now = System.nanoTime();
          if (now - heartbeatAt >= HEARTBEAT.toNanos()) {
            heartbeatAt = now;
            if (server.isHealthy()) {
              write(server.heartbeat());
            }
          }
        }
        if (!wrote) {
          LockSupport.parkNanos(HEARTBEAT.toNanos());
        }
      }
    } catch (IOException gone) {
      LOG.debug("writing to a node", gone);
    } finally {
      close();
    }
  }

  private void write(WorkerEvent event) throws IOException {
    byte[] line;
    try {
      line = ProtocolJson.MAPPER.writeValueAsBytes(event);
    } catch (JacksonException unwritable) {
      // A session's own mistake (data that is no JSON): it must not cost the connection.
      LOG.error("cannot write {} as JSON", event.getClass().getSimpleName(), unwritable);
      return;
    }
    lines.writeLine(line);
  }
}
