package dev.callcast.server.store;

import dev.callcast.protocol.ProtocolJson;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An event of the log.
 *
 * @param id grows over the whole store, with gaps
 * @param instance which run of the call
 * @param sequence +1 each within the run, from 1
 * @param at RFC 3339
 * @param mediaTime s on the composition's timeline, or null
 */
public record StoredEvent(
    long id,
    String instance,
    String call,
    long sequence,
    String type,
    String at,
    @Nullable Double mediaTime,
    Map<String, Object> data) {
  /** The event as readers of the log and webhooks get it. */
  public ObjectNode json() {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", Long.toString(id))
            .put("type", type)
            .put("call", call)
            .put("sequence", sequence)
            .put("at", at);
    if (mediaTime != null) {
      json.put("mediaTime", mediaTime);
    }
    json.set("data", ProtocolJson.MAPPER.valueToTree(data));
    return json;
  }
}
