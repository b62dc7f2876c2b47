package dev.callcast.server.recordings;

import dev.callcast.server.store.StoredRecording;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The report of a recording of tracks, from its manifest: of each file how long it is, what was
 * received and lost of it, and its gaps. Stateless. Times are seconds on the recording's timeline.
 */
final class TracksReport {
  private static final List<String> OF_FILE =
      List.of(
          "name",
          "participant",
          "track",
          "kind",
          "codec",
          "offset",
          "duration",
          "bytes",
          "frames",
          "packets",
          "lost",
          "recovered",
          "ended",
          "gaps");

  private TracksReport() {}

  /** As JSON, without hashes. */
  static ObjectNode of(StoredRecording recording, JsonNode manifest) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("recording", recording.id())
            .put("call", recording.call())
            .put("storage", recording.storage())
            .put("key", recording.key());
    json.set("startedAt", manifest.path("startedAt"));
    json.set("duration", manifest.path("duration"));
    json.put("workers", manifest.path("runs").size());
    ArrayNode files = json.putArray("files");
    for (JsonNode file : manifest.path("files")) {
      ObjectNode one = files.addObject();
      for (String field : OF_FILE) {
        if (file.has(field)) {
          one.set(field, file.get(field));
        }
      }
    }
    return json;
  }

  /** With the hashes of each file that has some, by its name. */
  static void hash(ObjectNode report, Map<String, ObjectNode> hashes) {
    for (JsonNode file : report.path("files")) {
      String name = file.path("name").asString("");
      if (file instanceof ObjectNode one && hashes.containsKey(name)) {
        one.set(Reports.HASHES, Objects.requireNonNull(hashes.get(name)));
      }
    }
  }
}
