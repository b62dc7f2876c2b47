package dev.callcast.server.api;

import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The node itself: health, what it is, its contract and its small page. Safe for any thread. */
final class NodeRoutes {
  /** The page's own pictures are streams, which no policy is about. */
  private static final String JOIN_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; media-src blob:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private final Store store;
  private final NodeConfig config;
  private final Draining draining;
  private final Capacity capacity;
  private volatile @Nullable String docs;

  NodeRoutes(Store store, NodeConfig config, Draining draining, Capacity capacity) {
    this.store = store;
    this.config = config;
    this.draining = draining;
    this.capacity = capacity;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/healthz", null, request -> status("alive")),
        Route.of("GET", "/readyz", null, this::ready),
        Route.of("GET", "/v1/nodes", Scope.READ, this::nodes),
        Route.of("POST", "/v1/nodes/{node}/drain", Scope.ADMIN, request -> drain(request, true)),
        Route.of("DELETE", "/v1/nodes/{node}/drain", Scope.ADMIN, request -> drain(request, false)),
        Route.of(
            "GET",
            "/v1/openapi.yaml",
            null,
            request -> resource(request, "/openapi.yaml", "application/yaml")),
        Route.of("GET", "/docs", null, this::docs),
        Route.of("GET", "/join", null, this::join),
        Route.of(
            "GET",
            "/join/join.js",
            null,
            request -> resource(request, "/join/join.js", "text/javascript; charset=utf-8")),
        Route.of(
            "GET",
            "/join/join.css",
            null,
            request -> resource(request, "/join/join.css", "text/css; charset=utf-8")));
  }

  private static Answer status(String status) {
    return Answer.ok(ProtocolJson.MAPPER.createObjectNode().put("status", status));
  }

  private Answer ready(Request request) {
    try {
      store.events().last();
    } catch (RuntimeException e) {
      throw Problem.unavailable(
          "The store does not answer.", "Look at the node's log and at its database.", 5);
    }
    draining.check();
    return status("ready");
  }

  private Answer drain(Request request, boolean on) {
    if (!request.path("node").equals(config.name())) {
      throw Problem.notFound(
          "This is node " + config.name() + ".", "Ask the node itself, at its own address.");
    }
    request.fields().end();
    draining.set(on);
    return new Answer.Empty();
  }

  Answer nodes(Request request) {
    List<StoredCall> open = store.calls().list(true, null, Integer.MAX_VALUE);
    int ports = config.rtpTo() - config.rtpFrom() + 1;
    int used = 0;
    for (StoredCall call : open) {
      for (EndpointSpec endpoint : call.document().endpoints()) {
        used += endpoint.rtcpPort() == null ? 1 : 2;
      }
    }
    ObjectNode node = ProtocolJson.MAPPER.createObjectNode();
    node.put("id", config.name())
        .put("state", draining.isOn() ? "draining" : "ready")
        .put("ip", config.announceIp())
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put(
            "loadAverage",
            Math.max(0, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()))
        .put("calls", open.size());
    node.putObject("rtpPorts")
        .put("from", config.rtpFrom())
        .put("to", config.rtpTo())
        .put("used", used)
        .put("free", Math.max(0, ports - used));
    ObjectNode room = node.putObject("capacity");
    double taken = capacity.used();
    room.put("used", rounded(taken));
    if (capacity.limit() > 0) {
      room.put("limit", capacity.limit());
    }
    ArrayNode shapes = room.putArray("room");
    for (Capacity.Shape shape : Capacity.SHAPES) {
      ObjectNode shown =
          shapes
              .addObject()
              .put("participants", shape.participants())
              .put("width", shape.width())
              .put("height", shape.height())
              .put("fps", shape.fps())
              .put("outputs", shape.outputs())
              .put("cost", rounded(capacity.cost(shape)));
      if (capacity.limit() > 0) {
        shown.put("calls", capacity.room(shape, taken));
      }
    }
    return Page.of(request).of(List.of(node), shown -> shown, shown -> config.name());
  }

  private static double rounded(double cores) {
    return Math.round(cores * 1000) / 1000.0;
  }

  private Answer docs(Request request) throws IOException {
    String page = docs;
    if (page == null) {
      page = ApiDocs.page(); // Twice at the worst, with the same outcome.
      docs = page;
    }
    request
        .context()
        .header("Content-Security-Policy", ApiDocs.policy())
        .header("X-Content-Type-Options", "nosniff")
        .contentType("text/html; charset=utf-8")
        .result(page);
    return new Answer.Written();
  }

  private Answer join(Request request) throws IOException {
    request.context().header("Content-Security-Policy", JOIN_POLICY);
    request.context().header("Referrer-Policy", "no-referrer");
    request.context().header("Cache-Control", "no-cache");
    return resource(request, "/join/index.html", "text/html; charset=utf-8");
  }

  private static Answer resource(Request request, String name, String type) throws IOException {
    try (InputStream in = NodeRoutes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is not in the program");
      }
      request
          .context()
          .header("X-Content-Type-Options", "nosniff")
          .contentType(type)
          .result(in.readAllBytes());
    }
    return new Answer.Written();
  }
}
