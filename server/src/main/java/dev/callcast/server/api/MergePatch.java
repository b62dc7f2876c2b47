package dev.callcast.server.api;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON Merge Patch (RFC 7396) of objects. */
final class MergePatch {
  private MergePatch() {}

  /** Puts the patch over the target, which is changed: null removes, objects merge. */
  static void apply(ObjectNode target, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> change : patch.properties()) {
      String name = change.getKey();
      JsonNode value = change.getValue();
      if (value.isNull()) {
        // Unknown names stay visible, so that the reader refuses them.
        if (target.has(name)) {
          target.remove(name);
        } else {
          target.set(name, value);
        }
      } else if (value instanceof ObjectNode object) {
        if (!(target.get(name) instanceof ObjectNode)) {
          target.set(name, target.objectNode());
        }
        apply((ObjectNode) target.get(name), object);
      } else {
        target.set(name, value);
      }
    }
  }
}
