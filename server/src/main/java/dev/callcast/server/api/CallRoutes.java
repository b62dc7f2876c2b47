package dev.callcast.server.api;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.sfu.JanusRoom;
import dev.callcast.server.sfu.SfuConnectors;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.TracksDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls: open, list, show, close. Safe for any thread. */
final class CallRoutes {
  private final Store store;
  private final CallAccess calls;
  private final HlsStreams hls;
  private final EndpointRoutes endpoints;
  private final SfuConnectors sfus;
  private final Draining draining;
  private final Capacity capacity;
  private final String node;

  CallRoutes(
      Store store,
      CallAccess calls,
      EndpointRoutes endpoints,
      SfuConnectors sfus,
      HlsStreams hls,
      Draining draining,
      Capacity capacity,
      String node) {
    this.hls = hls;
    this.store = store;
    this.calls = calls;
    this.endpoints = endpoints;
    this.sfus = sfus;
    this.draining = draining;
    this.capacity = capacity;
    this.node = node;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/calls", Scope.CONTROL, this::create).tokens(Route.Tokens.KEYS),
        Route.of("GET", "/v1/calls", Scope.READ, this::list),
        Route.of("GET", "/v1/calls/{call}", Scope.READ, this::get),
        Route.of("DELETE", "/v1/calls/{call}", Scope.CONTROL, this::delete));
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    String given = fields.optionalId("id");
    JanusRoom sfu = SfuJson.read(fields);
    fields.end();
    String id = given == null ? Ids.random("c") : given;
    Authenticator.checkId(request.principal(), id);
    draining.check();
    capacity.checkCall();
    return store
        .database()
        .write(handle -> {
          StoredCall call = store.calls().create(id);
          if (sfu != null) {
            store.sfus().put(call.instance(), SfuConnectors.kept(sfu));
          }
          return Answer.created("/v1/calls/" + call.id(), summary(call));
        });
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String state = request.query("state");
    if (state != null && !state.equals("open") && !state.equals("closed")) {
      throw Problem.parameter("state", "is not a state.", "Use open or closed.");
    }
    return page.answer(
        store.calls().list(state == null ? null : state.equals("open"), page.after(), page.fetch()),
        this::summary,
        StoredCall::instance);
  }

  Answer get(Request request) {
    StoredCall call = calls.any(request.path("call"));
    CallStats stats = calls.stats(call);
    ObjectNode json = summary(call);
    json.put("revision", call.revision());
    json.put("epoch", call.epoch());
    sfus.room(call.instance())
        .ifPresent(room -> json.set("sfu", SfuJson.show(room, sfus.status(call))));
    ArrayNode shownEndpoints = json.putArray("endpoints");
    for (EndpointSpec endpoint : call.document().endpoints()) {
      shownEndpoints.add(endpoints.show(endpoint, statsOf(stats, endpoint)));
    }
    ArrayNode participants = json.putArray("participants");
    for (ParticipantSpec participant : call.document().participants()) {
      participants.add(show(participant, stats));
    }
    String speaker = call.document().speaker();
    if (speaker == null && stats != null) {
      speaker = stats.speaker();
    }
    if (speaker != null) {
      json.put("speaker", speaker);
    }
    CompositionView view =
        new CompositionView(call, store.calls().states(call.instance()), stats, hls);
    ArrayNode compositions = json.putArray("compositions");
    call.document()
        .compositions()
        .forEach(composition -> compositions.add(view.composition(composition)));
    TracksDocument tracks = call.document().tracks();
    if (tracks != null && call.open()) {
      json.set("tracksRecording", TracksRoutes.show(tracks));
    }
    ObjectNode worker = json.putObject("worker").put("reachable", stats != null);
    if (stats != null) {
      worker.put("cpuSeconds", stats.cpuSeconds()).put("rssBytes", stats.rssBytes());
    }
    return Answer.ok(json);
  }

  private Answer delete(Request request) {
    StoredCall call = calls.open(request.path("call"));
    store.calls().close(call.id());
    return new Answer.Empty();
  }

  private ObjectNode summary(StoredCall call) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", call.id())
            .put("state", call.open() ? "open" : "closed")
            .put("node", node)
            .put("createdAt", call.createdAt());
    if (call.closedAt() != null) {
      json.put("closedAt", call.closedAt());
    }
    return json;
  }

  private static ObjectNode show(ParticipantSpec participant, @Nullable CallStats stats) {
    ObjectNode json = ParticipantJson.show(participant);
    if (stats == null) {
      return json;
    }
    for (JsonNode track : json.withArray("tracks").values()) {
      stats.tracks().stream()
          .filter(measured ->
              measured.participant().equals(participant.id())
                  && measured.track().equals(track.path("id").asString("")))
          .findFirst()
          .ifPresent(measured -> ((ObjectNode) track).set("stats", show(measured)));
    }
    return json;
  }

  private static ObjectNode show(CallStats.TrackStats stats) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("packets", stats.packets())
            .put("bytes", stats.bytes())
            .put("lost", stats.lost())
            .put("recovered", stats.recovered())
            .put("jitter", stats.jitter())
            .put("wrongPayloadType", stats.wrongPayloadType())
            .put("keyFramesRequested", stats.keyFramesRequested())
            .put("width", stats.width())
            .put("height", stats.height())
            .put("fps", stats.fps())
            .put("level", stats.level())
            .put("live", stats.live())
            .put("stalled", stats.stalled())
            .put("decoded", stats.decoded());
    if (stats.layerHint() != null) {
      json.put("layerHint", stats.layerHint());
    }
    return json;
  }

  private static CallStats.@Nullable EndpointStats statsOf(
      @Nullable CallStats stats, EndpointSpec endpoint) {
    return stats == null
        ? null
        : stats.endpoints().stream()
            .filter(measured -> measured.id().equals(endpoint.id()))
            .findFirst()
            .orElse(null);
  }
}
