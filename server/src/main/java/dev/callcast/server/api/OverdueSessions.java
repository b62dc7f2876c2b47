package dev.callcast.server.api;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.server.store.SessionStore;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends sessions by WHIP and WHEP whose key was revoked or whose token has expired: who would not be
 * let in any more does not stay either. Has a (virtual) thread; {@link #start} and {@link #close}
 * by the node.
 */
final class OverdueSessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OverdueSessions.class);

  /** So long who is taken no more may stay, as with streams of events. */
  private static final Duration LOOK = Duration.ofSeconds(3);

  private final Store store;
  private @Nullable Thread thread;

  OverdueSessions(Store store) {
    this.store = store;
  }

  /** Notes who opened a session; within the write that makes it. */
  static void note(Store store, StoredCall call, String endpoint, Principal opener) {
    switch (opener) {
      case Principal.Anyone _ -> {
        // Who needs no key has none that could be revoked.
      }
      case Principal.Key key -> store.sessions().openedByKey(call, endpoint, key.id());
      case Principal.Token token -> store.sessions().openedByToken(call, endpoint, token.expires());
    }
  }

  void start() {
    thread = Thread.ofVirtual().name("overdue-sessions").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        try {
          store.sessions().overdue(Instant.now()).forEach(this::end);
        } catch (RuntimeException e) {
          LOG.warn("sessions can't be looked at; tried again", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(SessionStore.Overdue overdue) {
    store
        .database()
        .write(handle -> {
          store
              .calls()
              .run(overdue.instance())
              .filter(StoredCall::open)
              .ifPresent(call -> end(call, overdue));
          return null;
        });
  }

  private void end(StoredCall call, SessionStore.Overdue overdue) {
    call.document()
        .endpoint(overdue.endpoint())
        .ifPresent(endpoint -> {
          LOG.info("session {} of call {} ends: {}", endpoint.id(), call.id(), overdue.reason());
          Map<String, Object> data = new LinkedHashMap<>();
          data.put("endpoint", endpoint.id());
          EndpointSpec.Whip whip = endpoint.whip();
          EndpointSpec.Whep whep = endpoint.whep();
          if (whip != null) {
            data.put("participant", whip.participant());
          }
          if (whep != null) {
            data.put("composition", whep.composition());
          }
          data.put("reason", overdue.reason());
          store.calls().appendEvent(call.instance(), call.id(), "endpoint.ended", data);
        });
    store.calls().endSession(call, overdue.endpoint(), overdue.reason());
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running == null) {
      return;
    }
    running.interrupt();
    try {
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
