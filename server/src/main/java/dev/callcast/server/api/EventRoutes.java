package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.server.store.EventLog;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event log as server-sent events. Each reader keeps its own (virtual) thread, reads the log
 * from where it is and waits for more, so a slow one delays nobody and misses nothing.
 */
final class EventRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(EventRoutes.class);
  private static final int BATCH = 200;
  private static final int MOST_BEFORE = 1000;

  /** On PostgreSQL other nodes append too, and nobody wakes us for that. */
  private static final long LOOK_MILLIS = 1000;

  /** Below the 30 s after which servers and proxies cut idle connections. */
  private static final long KEEP_ALIVE_NANOS = 10_000_000_000L;

  /** So long who is taken no more may read on. */
  private static final long CHECK_NANOS = 3_000_000_000L;

  private final Store store;
  private final Authenticator authenticator;
  private volatile boolean closing;

  EventRoutes(Store store, Authenticator authenticator) {
    this.store = store;
    this.authenticator = authenticator;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/events", Scope.READ, this::stream).tokens(Route.Tokens.QUERY));
  }

  /** Ends all streams. */
  void close() {
    closing = true;
    store.events().wake();
  }

  private Answer stream(Request request) throws IOException, InterruptedException {
    EventLog log = store.events();
    String call = request.query("call");
    String instance =
        request.principal() instanceof Principal.Token token ? token.instance() : null;
    long last = start(request, log, call, instance);
    var response = request.context().res();
    response.setStatus(200);
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("utf-8");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Accel-Buffering", "no");
    OutputStream out = response.getOutputStream();
    out.write(": callcast events\n\n".getBytes(UTF_8));
    out.flush();
    response.flushBuffer();
    String header = request.context().header("Authorization");
    long written = System.nanoTime();
    long checked = written;
    try {
      while (!closing) {
        if (System.nanoTime() - checked > CHECK_NANOS) {
          if (!authenticator.takes(header)) {
            break; // Who comes again is told why.
          }
          checked = System.nanoTime();
        }
        long seen = log.appends();
        List<StoredEvent> batch = log.after(last, call, instance, BATCH);
        for (StoredEvent event : batch) {
          out.write(frame(event).getBytes(UTF_8));
          last = event.id();
        }
        if (batch.isEmpty() && System.nanoTime() - written > KEEP_ALIVE_NANOS) {
          out.write(": keep-alive\n\n".getBytes(UTF_8));
          out.flush();
          written = System.nanoTime();
        } else if (!batch.isEmpty()) {
          out.flush();
          written = System.nanoTime();
        }
        if (batch.size() < BATCH && !closing) {
          log.await(seen, LOOK_MILLIS);
        }
      }
    } catch (IOException e) {
      LOG.debug("a reader of events went away: {}", e.getMessage());
    }
    return new Answer.Written();
  }

  private static long start(
      Request request, EventLog log, @Nullable String call, @Nullable String instance) {
    String header = request.context().header("Last-Event-ID");
    String after = header == null || header.isEmpty() ? request.query("after") : header;
    if (after == null) {
      int newest = request.query("last", 0, MOST_BEFORE, 0);
      return newest == 0 ? log.last() : log.beforeNewest(newest, call, instance);
    }
    try {
      return Long.parseLong(after);
    } catch (NumberFormatException e) {
      throw Problem.parameter(
          "after (or the header Last-Event-ID)",
          "is not the id of an event.",
          "Send the id of the event that was read last, or 0 for all.");
    }
  }

  /** One event as a frame of the stream; JSON has no line breaks here. */
  private static String frame(StoredEvent event) {
    return "id: " + event.id() + "\nevent: " + event.type() + "\ndata: " + event.json() + "\n\n";
  }
}
