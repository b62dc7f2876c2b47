package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.destinations.StreamingService;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The destinations that are configured: names and kinds, and nothing that is secret. */
final class DestinationRoutes {
  private final Destinations destinations;

  DestinationRoutes(Destinations destinations) {
    this.destinations = destinations;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/v1/destinations", Scope.READ, this::list));
  }

  private Answer list(Request request) {
    return Page.of(request).of(destinations.all(), DestinationRoutes::show, Destination::name);
  }

  private static ObjectNode show(Destination destination) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("name", destination.name())
            .put("type", "rtmp")
            .put("backup", destination.backupUrl() != null);
    StreamingService service = destination.service();
    if (service != null) {
      json.put("service", service.json());
    }
    return json;
  }
}
