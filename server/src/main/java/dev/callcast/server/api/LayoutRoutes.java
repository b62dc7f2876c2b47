package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.ParamInfo;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What layouts there are and what can be set of them, for forms. Safe for any thread. */
final class LayoutRoutes {
  List<Route> routes() {
    // HANDLER: a token of any call may see it, for it is the same for all.
    return List.of(
        Route.of("GET", "/v1/params", Scope.READ, this::params).tokens(Route.Tokens.HANDLER));
  }

  private Answer params(Request request) {
    ObjectNode answer = ProtocolJson.MAPPER.createObjectNode();
    ArrayNode presets = answer.putArray("presets");
    Layouts.presets().forEach(presets::add);
    ArrayNode items = answer.putArray("items");
    for (ParamInfo param : ParamInfo.all()) {
      ObjectNode item = items.addObject().put("name", param.name()).put("kind", param.kind());
      switch (param.standard()) {
        case Boolean flag -> item.put("default", flag);
        case Double number when number == Math.rint(number) ->
            item.put("default", number.longValue());
        case Double number -> item.put("default", number);
        default -> item.put("default", param.standard().toString());
      }
      if (param.ranged()) {
        item.put("least", param.least()).put("most", param.most());
      }
      if (!param.choices().isEmpty()) {
        param.choices().forEach(item.putArray("choices")::add);
      }
    }
    return Answer.ok(answer);
  }
}
