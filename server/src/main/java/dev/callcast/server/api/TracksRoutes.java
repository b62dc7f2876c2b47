package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.TracksDocument;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The recording of everyone's media as it comes: begin it, end it. Safe for any thread. */
final class TracksRoutes {
  private static final String PATH = "/v1/calls/{call}/tracks-recording";
  private static final long LARGEST = 1L << 50;

  private final Store store;
  private final CallAccess calls;
  private final Storages storages;

  TracksRoutes(Store store, CallAccess calls, Storages storages) {
    this.store = store;
    this.calls = calls;
    this.storages = storages;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", PATH, Scope.CONTROL, this::create),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete));
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    long quota = fields.integer("quota", 0, LARGEST, 0);
    String storage = storage(fields);
    fields.end();
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          TracksDocument running = call.document().tracks();
          if (running != null) {
            throw Problem.conflict(
                null,
                "The call's tracks are being recorded already: " + running.recording() + ".",
                "DELETE it first.");
          }
          RecordingFiles.Place place = store.files().addTracks(call, storage);
          TracksDocument tracks =
              new TracksDocument(
                  place.recording(),
                  String.valueOf(Path.of(place.file()).getParent()),
                  quota,
                  Ids.now());
          store.calls().change(call.id(), document -> document.with(tracks));
          return Answer.created("/v1/recordings/" + tracks.recording(), show(tracks));
        });
  }

  /** The files stay where they grow. */
  private @Nullable String storage(Fields fields) {
    String given = fields.optionalString("storage", 64);
    StorageConfig config = storages.config(given == null ? storages.standard() : given);
    if (!(config instanceof StorageConfig.Directory)) {
      List<String> directories =
          storages.all().stream()
              .filter(StorageConfig.Directory.class::isInstance)
              .map(StorageConfig::name)
              .toList();
      throw Problem.field(
          fields.at("storage"),
          config == null
              ? "There is no storage of this name."
              : "Tracks are recorded into storages that are directories.",
          "Name one of " + directories + ".");
    }
    return given;
  }

  private Answer delete(Request request) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = calls.open(request.path("call"));
          if (call.document().tracks() == null) {
            throw Problem.notFound(
                "The call's tracks are not being recorded.", "GET /v1/recordings lists what was.");
          }
          store.calls().change(call.id(), document -> document.withoutTracks());
          return new Answer.Empty();
        });
  }

  static ObjectNode show(TracksDocument tracks) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("recording", tracks.recording())
            .put("createdAt", tracks.createdAt());
    if (tracks.quota() > 0) {
      json.put("quota", tracks.quota());
    }
    return json;
  }
}
