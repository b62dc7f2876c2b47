package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Scheduled;
import dev.callcast.protocol.ProtocolJson;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Changes of a layout with a time, in the API's JSON. */
final class ScheduledChange {
  private static final Set<String> FIELDS = Set.of("layout", "scene", "transition");
  private static final Duration FARTHEST = Duration.ofDays(7);

  private ScheduledChange() {}

  /**
   * Reads a patch whose merged form is known to be good.
   *
   * @param at its time, as it was given
   * @param scene the layout of the scene that it names, or null
   * @param transition how it takes effect, or null
   */
  static Scheduled read(
      ObjectNode patch,
      JsonNode at,
      CompositionSpec.@Nullable Layout scene,
      long revision,
      CompositionSpec.@Nullable Transition transition) {
    for (String name : patch.propertyNames()) {
      if (!FIELDS.contains(name)) {
        throw Problem.field(
            "/" + Fields.escape(name),
            "It cannot be scheduled.",
            "Send layout, scene or transition with at, and the rest in a PATCH without.");
      }
    }
    JsonNode layout = patch.path("layout");
    JsonNode given = layout.path("params");
    if (layout.isNull() || given.isNull() || layout.path("preset").isNull()) {
      throw Problem.field(
          "/layout",
          "What is taken away as a whole cannot be scheduled.",
          "Name a preset or params.");
    }
    Map<String, Object> params = new HashMap<>();
    List<String> removed = new ArrayList<>();
    for (Map.Entry<String, JsonNode> param : given.properties()) {
      if (param.getValue().isNull()) {
        removed.add(param.getKey());
      } else {
        params.put(param.getKey(), ProtocolJson.MAPPER.treeToValue(param.getValue(), Object.class));
      }
    }
    String preset = layout.path("preset").asString("");
    @Nullable Double mediaTime = null;
    @Nullable Long wallTime = null;
    if (at.isNumber()) {
      mediaTime = mediaTime(at);
    } else {
      wallTime = wallTime(at);
    }
    return new Scheduled(
        revision,
        mediaTime,
        wallTime,
        scene,
        preset.isEmpty() ? null : preset,
        params,
        removed,
        transition);
  }

  private static double mediaTime(JsonNode at) {
    double seconds = at.asDouble();
    if (!(seconds >= 0 && seconds <= 1e8)) {
      throw refused();
    }
    return seconds;
  }

  private static long wallTime(JsonNode at) {
    try {
      Instant time = OffsetDateTime.parse(at.asString("")).toInstant();
      if (time.isAfter(Instant.now().plus(FARTHEST))) {
        throw Problem.field("/at", "It is more than a week from now.", "Send it later.");
      }
      return time.toEpochMilli();
    } catch (DateTimeException e) {
      throw refused();
    }
  }

  private static Problem refused() {
    return Problem.field(
        "/at",
        "It is no time.",
        "Send a media time in seconds, or a wall time such as 2026-11-28T20:15:00Z.");
  }

  /** What waits, by its time of acceptance. */
  static ArrayNode json(List<Scheduled> changes) {
    ArrayNode array = ProtocolJson.MAPPER.createArrayNode();
    for (Scheduled change : changes) {
      ObjectNode one = array.addObject().put("revision", change.revision());
      Double mediaTime = change.mediaTime();
      Long wallTime = change.wallTime();
      if (mediaTime != null) {
        one.put("at", mediaTime);
      } else if (wallTime != null) {
        one.put("at", Instant.ofEpochMilli(wallTime).toString());
      }
    }
    return array;
  }
}
