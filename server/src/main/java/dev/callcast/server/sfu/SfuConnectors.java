package dev.callcast.server.sfu;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The connectors of this node's open calls, one {@link JanusConnector} for each call that names an
 * SFU. Made, started and closed by the node; SFUs go on sending when it ends, and the next node
 * finds again what they send. Safe for any thread.
 */
public final class SfuConnectors implements AutoCloseable {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration DETACH_LIMIT = Duration.ofSeconds(5);

  private final Store store;
  private final CallControl control;

  /** Guards what follows. A connector whose call is closed leaves {@link #open} first. */
  private final Object lock = new Object();

  private final Map<String, JanusConnector> open = new HashMap<>();
  private final Set<JanusConnector> all = new HashSet<>();
  private @Nullable HttpClient http; // made for the first connector: it reads all certificates
  private boolean detached;

  public SfuConnectors(Store store, CallControl control) {
    this.store = store;
    this.control = control;
  }

  /** The configuration as it is kept. It holds secrets. */
  public static String kept(JanusRoom room) {
    return ProtocolJson.MAPPER.writeValueAsString(room);
  }

  /** Follows the SFU of an open call, if it names one. */
  public void start(String call) {
    Optional<StoredCall> stored = store.calls().open(call);
    Optional<JanusRoom> room = stored.flatMap(found -> room(found.instance()));
    if (stored.isEmpty() || room.isEmpty()) {
      return;
    }
    synchronized (lock) {
      if (detached || open.containsKey(call)) {
        return;
      }
      JanusConnector connector =
          new JanusConnector(
              http(), room.get(), control, call, stored.get().instance(), this::ended);
      open.put(call, connector);
      all.add(connector);
      connector.start();
    }
  }

  private HttpClient http() {
    HttpClient known = http;
    if (known == null) {
      known =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT_LIMIT)
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build();
      http = known;
    }
    return known;
  }

  /** The room that a run of a call follows, if any. */
  public Optional<JanusRoom> room(String instance) {
    return store
        .sfus()
        .get(instance)
        .map(json -> ProtocolJson.MAPPER.readValue(json, JanusRoom.class));
  }

  /** The call is closed: what was asked of the SFU is taken back, which may go on for a while. */
  public void close(String call) {
    synchronized (lock) {
      JanusConnector connector = open.remove(call);
      if (connector != null) {
        connector.close();
      }
    }
  }

  /** How the connector of a run of a call stands. */
  public SfuStatus status(StoredCall call) {
    synchronized (lock) {
      JanusConnector connector = open.get(call.id());
      if (connector != null && connector.instance().equals(call.instance())) {
        return connector.status();
      }
    }
    String closed = call.closedAt();
    return new SfuStatus(
        call.open() ? SfuStatus.State.CONNECTING : SfuStatus.State.CLOSED,
        null,
        closed == null ? Ids.now() : closed,
        0);
  }

  private void ended(JanusConnector connector) {
    synchronized (lock) {
      open.values().remove(connector);
      all.remove(connector);
    }
  }

  /** Lets go of all SFUs, which go on sending. */
  @Override
  public void close() {
    List<JanusConnector> letGo;
    synchronized (lock) {
      detached = true;
      letGo = List.copyOf(all);
    }
    letGo.forEach(JanusConnector::detach);
    try {
      for (JanusConnector connector : letGo) {
        connector.awaitEnd(DETACH_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lock) {
      if (http != null) {
        http.shutdownNow();
      }
    }
  }
}
