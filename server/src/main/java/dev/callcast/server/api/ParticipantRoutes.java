package dev.callcast.server.api;

import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.server.store.CallDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Participants, their tracks, and who speaks. Safe for any thread. */
final class ParticipantRoutes {
  private static final int MOST = 500;

  private final Store store;
  private final CallAccess calls;

  ParticipantRoutes(Store store, CallAccess calls) {
    this.store = store;
    this.calls = calls;
  }

  List<Route> routes() {
    String path = "/v1/calls/{call}/participants/{participant}";
    return List.of(
        Route.of("PUT", path, Scope.CONTROL, this::put),
        Route.of("PATCH", path, Scope.CONTROL, this::patch),
        Route.of("DELETE", path, Scope.CONTROL, this::delete),
        Route.of("PUT", "/v1/calls/{call}/speaker", Scope.CONTROL, this::speaker));
  }

  private Answer put(Request request) {
    String id = request.path("participant");
    if (!Ids.valid(id)) {
      throw Problem.field(
          "",
          "The participant's id in the path is not a valid id.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ -");
    }
    ParticipantSpec participant = ParticipantJson.read(request.fields(), id);
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          Optional<ParticipantSpec> old = call.document().participant(id);
          save(call, participant, old.orElse(null));
          ObjectNode shown = ParticipantJson.show(participant);
          return old.isPresent()
              ? Answer.ok(shown)
              : Answer.created("/v1/calls/" + call.id() + "/participants/" + id, shown);
        });
  }

  private Answer patch(Request request) {
    ObjectNode patch = request.json();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          ParticipantSpec old = participant(call, request.path("participant"));
          ObjectNode merged = ParticipantJson.settings(old);
          MergePatch.apply(merged, patch);
          ParticipantSpec changed = ParticipantJson.read(Fields.of(merged), old.id());
          save(call, changed, old);
          return Answer.ok(ParticipantJson.show(changed));
        });
  }

  private Answer delete(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          remove(call, participant(call, request.path("participant")).id());
          return new Answer.Empty();
        });
  }

  private Answer speaker(Request request) {
    Fields fields = request.fields();
    fields.mentions("participant");
    String id = fields.optionalId("participant");
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          if (id != null && call.document().participant(id).isEmpty()) {
            throw Problem.field(
                "/participant",
                "The call has no participant of this id.",
                "Declare the participant first, or send null to detect the speaker.");
          }
          store.calls().change(call.id(), document -> document.withSpeaker(id));
          return Answer.ok(ProtocolJson.MAPPER.createObjectNode().put("participant", id));
        });
  }

  /** As PUT does; within a transaction. */
  void declare(StoredCall call, ParticipantSpec participant) {
    save(call, participant, call.document().participant(participant.id()).orElse(null));
  }

  /** Takes a participant out; within a transaction. */
  void remove(StoredCall call, String id) {
    store.calls().change(call.id(), document -> document.withoutParticipant(id));
    store.calls().appendEvent(call.id(), "participant.left", Map.of("participant", id));
  }

  private void save(StoredCall call, ParticipantSpec participant, @Nullable ParticipantSpec old) {
    if (participant.equals(old)) {
      return; // SFU connectors repeat what they see: not a new revision each time.
    }
    if (old == null && call.document().participants().size() >= MOST) {
      throw Problem.conflict(
          null, "The call has " + MOST + " participants.", "Delete those who have left.");
    }
    checkTracks(call.document(), participant);
    store.calls().change(call.id(), document -> document.with(participant));
    if (old == null) {
      store
          .calls()
          .appendEvent(
              call.id(),
              "participant.joined",
              Map.of("participant", participant.id(), "name", participant.name()));
    }
    if (old == null || !old.tracks().equals(participant.tracks())) {
      // Declared anew: a track that was left out for crashing the worker gets another chance.
      store.calls().includeTracks(call.instance(), participant.id());
    }
  }

  private static void checkTracks(CallDocument document, ParticipantSpec participant) {
    Map<String, String> owners = new HashMap<>();
    for (ParticipantSpec other : document.participants()) {
      if (!other.id().equals(participant.id())) {
        for (TrackSpec track : other.tracks()) {
          String owner = other.id() + "/" + track.id();
          owners.put(track.endpoint() + " " + track.ssrc(), owner);
          track.layers().forEach(layer -> owners.put(track.endpoint() + " " + layer, owner));
          if (track.rtx() != null) {
            owners.put(track.endpoint() + " " + track.rtx().ssrc(), owner);
          }
        }
      }
    }
    for (int i = 0; i < participant.tracks().size(); i++) {
      TrackSpec track = participant.tracks().get(i);
      String pointer = "/tracks/" + i;
      if (document.endpoint(track.endpoint()).isEmpty()) {
        throw Problem.field(
            pointer + "/endpoint",
            "The call has no endpoint of this id.",
            "Make it first: POST /v1/calls/{call}/endpoints.");
      }
      String owner = participant.id() + "/" + track.id();
      claim(owners, track.endpoint(), track.ssrc(), owner, pointer + "/ssrc");
      for (long layer : track.layers()) {
        if (layer != track.ssrc()) {
          claim(owners, track.endpoint(), layer, owner, pointer + "/layers");
        }
      }
      if (track.rtx() != null) {
        claim(owners, track.endpoint(), track.rtx().ssrc(), owner, pointer + "/rtx/ssrc");
      }
    }
  }

  private static void claim(
      Map<String, String> owners, String endpoint, long ssrc, String owner, String pointer) {
    String other = owners.putIfAbsent(endpoint + " " + ssrc, owner);
    if (other != null) {
      throw Problem.conflict(
          pointer,
          "The SSRC " + ssrc + " on endpoint " + endpoint + " belongs to track " + other + ".",
          "Take it from that track first, or use another endpoint.");
    }
  }

  private static ParticipantSpec participant(StoredCall call, String id) {
    return call.document()
        .participant(id)
        .orElseThrow(() ->
            Problem.notFound(
                "The call has no participant of this id.", "Declare the participant with PUT."));
  }
}
