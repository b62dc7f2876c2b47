package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.workers.WorkerGateway;
import dev.callcast.server.workers.WorkerUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the call of a path, or says why not. Safe for any thread. */
final class CallAccess {
  private static final Logger LOG = LoggerFactory.getLogger(CallAccess.class);

  private final Store store;
  private final WorkerGateway gateway;

  CallAccess(Store store, WorkerGateway gateway) {
    this.store = store;
    this.gateway = gateway;
  }

  /** The newest call of this id, open or closed. */
  StoredCall any(String id) {
    return store
        .calls()
        .newest(id)
        .orElseThrow(
            () -> Problem.notFound("There is no call of this id.", "Open it with POST /v1/calls."));
  }

  /** The open call of this id. */
  StoredCall open(String id) {
    StoredCall call = any(id);
    if (!call.open()) {
      throw Problem.conflict(
          null, "The call is closed.", "Open another with POST /v1/calls; its id is free again.");
    }
    return call;
  }

  /** What the call's worker measures, or null while it cannot be asked. */
  @Nullable CallStats stats(StoredCall call) {
    if (!call.open()) {
      return null;
    }
    try {
      return gateway.stats(call.id());
    } catch (WorkerUnavailableException e) {
      LOG.debug("no stats of call {}: {}", call.id(), e.getMessage());
      return null;
    }
  }
}
