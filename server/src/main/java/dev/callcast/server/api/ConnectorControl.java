package dev.callcast.server.api;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.server.sfu.CallControl;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What connectors do to their calls, by way of what the API does. Safe for any thread. */
final class ConnectorControl implements CallControl {
  private final Store store;
  private final EndpointRoutes endpoints;
  private final ParticipantRoutes participants;
  private final String ip;

  ConnectorControl(
      Store store, EndpointRoutes endpoints, ParticipantRoutes participants, String ip) {
    this.store = store;
    this.endpoints = endpoints;
    this.participants = participants;
    this.ip = ip;
  }

  @Override
  public Known look(String instance) {
    CallState state = store.calls().loadState(open(instance).id());
    return new Known(state.endpoints(), state.participants());
  }

  @Override
  public String ip() {
    return ip;
  }

  @Override
  public int makeEndpoint(
      String instance, String endpoint, List<String> allowFrom, @Nullable String srtpKey) {
    return store
        .database()
        .write(handle ->
            endpoints
                .make(open(instance), endpoint, true, allowFrom, srtpKey, srtpKey != null, null)
                .endpoint()
                .port());
  }

  @Override
  public void point(String instance, String endpoint, EndpointSpec.Remote remote) {
    change(
        instance,
        call ->
            call.document()
                .endpoint(endpoint)
                .ifPresent(spec -> endpoints.point(call, spec, remote)));
  }

  @Override
  public void removeEndpoint(String instance, String endpoint) {
    change(
        instance,
        call -> store.calls().change(call.id(), document -> document.withoutEndpoint(endpoint)));
  }

  @Override
  public void put(String instance, String participant, String name, List<TrackSpec> tracks) {
    change(
        instance,
        call -> {
          ParticipantSpec old = call.document().participant(participant).orElse(null);
          ParticipantSpec changed =
              old == null
                  ? new ParticipantSpec(participant, name, false, false, 1, 0, tracks)
                  : new ParticipantSpec(
                      participant, name, old.owner(), old.muted(), old.gain(), old.pan(), tracks);
          participants.declare(call, changed);
        });
  }

  @Override
  public void remove(String instance, String participant) {
    change(
        instance,
        call -> {
          if (call.document().participant(participant).isPresent()) {
            participants.remove(call, participant);
          }
        });
  }

  @Override
  public void speaker(String instance, String participant) {
    change(
        instance,
        call -> {
          if (call.document().participant(participant).isPresent()
              && !participant.equals(call.document().speaker())) {
            store.calls().change(call.id(), document -> document.withSpeaker(participant));
          }
        });
  }

  @Override
  public void event(String instance, String type, Map<String, Object> data) {
    StoredCall call =
        store.calls().run(instance).orElseThrow(() -> new NoSuchElementException(instance));
    store.calls().appendEvent(instance, call.id(), type, data);
  }

  private void change(String instance, Consumer<StoredCall> change) {
    store
        .database()
        .write(handle -> {
          change.accept(open(instance));
          return instance;
        });
  }

  private StoredCall open(String instance) {
    return store
        .calls()
        .run(instance)
        .filter(StoredCall::open)
        .orElseThrow(() -> new NoSuchElementException("the call is closed"));
  }
}
