package dev.callcast.server.api;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Made-up participants in a call, for trying a node out. Safe for any thread. */
final class DemoRoutes {
  private static final String PATH = "/v1/calls/{call}/demo";

  private final Store store;
  private final CallAccess calls;
  private final ParticipantRoutes participants;
  private final DemoSource source;

  DemoRoutes(Store store, CallAccess calls, ParticipantRoutes participants, DemoSource source) {
    this.store = store;
    this.calls = calls;
    this.participants = participants;
    this.source = source;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", PATH, Scope.CONTROL, this::start),
        Route.of("GET", PATH, Scope.READ, this::get),
        Route.of("DELETE", PATH, Scope.CONTROL, this::stop));
  }

  private Answer start(Request request) {
    Fields fields = request.fields();
    String endpointId = fields.requiredId("endpoint");
    int count = (int) fields.integer("participants", 1, DemoSource.MOST_PARTICIPANTS, 4);
    fields.end();
    StoredCall call = calls.open(request.path("call"));
    EndpointSpec endpoint =
        call.document()
            .endpoint(endpointId)
            .orElseThrow(() ->
                Problem.field(
                    "/endpoint",
                    "The call has no endpoint of this id.",
                    "Make it first: POST /v1/calls/{call}/endpoints."));
    if (endpoint.srtp() != null) {
      throw Problem.field(
          "/endpoint", "Made-up participants send plain RTP.", "Use an endpoint without SRTP.");
    }
    String id = call.id();
    String instance = call.instance();
    DemoSource.Target target =
        new DemoSource.Target(
            endpoint.id(),
            reachable(endpoint.bindIp()),
            endpoint.port(),
            endpoint.rtcpPort() == null ? 0 : endpoint.rtcpPort());
    if (!source.start(id, target, count, spec -> declare(id, instance, spec))) {
      throw Problem.conflict(
          null,
          "The call has made-up participants already, or "
              + DemoSource.MOST_CALLS
              + " calls have, or this node has none to give.",
          "End some with DELETE of /v1/calls/{call}/demo.");
    }
    return Answer.created("/v1/calls/" + id + "/demo", json(demo(id)));
  }

  private Answer get(Request request) {
    return Answer.ok(json(demo(calls.open(request.path("call")).id())));
  }

  private Answer stop(Request request) {
    String id = calls.open(request.path("call")).id();
    DemoSource.Demo demo = demo(id);
    source.stop(id);
    return store
        .database()
        .write(handle -> {
          for (ParticipantSpec one : calls.open(id).document().participants()) {
            boolean ours =
                !one.tracks().isEmpty()
                    && one.tracks().stream()
                        .allMatch(track -> track.endpoint().equals(demo.endpoint()));
            if (ours) {
              store.calls().change(id, document -> document.withoutParticipant(one.id()));
              store.calls().appendEvent(id, "participant.left", Map.of("participant", one.id()));
            }
          }
          return new Answer.Empty();
        });
  }

  private DemoSource.Demo demo(String call) {
    DemoSource.Demo demo = source.demo(call);
    if (demo == null) {
      throw Problem.notFound(
          "The call has no made-up participants.", "POST /v1/calls/{call}/demo lets some in.");
    }
    return demo;
  }

  /** Declares one as the API would; nothing when the call was closed meanwhile. */
  private void declare(String id, String instance, ParticipantSpec participant) {
    store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(id);
          if (!call.instance().equals(instance)) {
            throw Problem.conflict(null, "The call was closed.", "Open another.");
          }
          participants.declare(call, participant);
          return call;
        });
  }

  /** They send from this machine: where a worker binds every address, to loopback. */
  private static String reachable(String bindIp) {
    return InetAddress.ofLiteral(bindIp).isAnyLocalAddress() ? "127.0.0.1" : bindIp;
  }

  private static ObjectNode json(DemoSource.Demo demo) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("endpoint", demo.endpoint())
            .put("participants", demo.participants())
            .put("state", demo.state().name().toLowerCase(Locale.ROOT));
    if (!demo.reason().isEmpty()) {
      json.put("reason", demo.reason());
    }
    return json;
  }
}
