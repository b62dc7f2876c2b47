package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredUpload;
import dev.callcast.server.store.TracksDocument;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** The recording of everyone's media as it comes: begin it, end it. Safe for any thread. */
final class TracksRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(TracksRoutes.class);
  private static final String PATH = "/v1/calls/{call}/tracks-recording";
  private static final long LARGEST = 1L << 50;

  private final Store store;
  private final CallAccess calls;
  private final Storages storages;
  private final Uploads uploads;

  TracksRoutes(Store store, CallAccess calls, Storages storages, Uploads uploads) {
    this.store = store;
    this.calls = calls;
    this.storages = storages;
    this.uploads = uploads;
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
    String at = fields.at("storage");
    fields.end();
    StoredUpload intended = prepare(free(request), storage, at);
    try {
      return create(request, storage, quota, intended);
    } catch (RuntimeException e) {
      if (intended != null) {
        Thread.ofVirtual().start(() -> uploads.abandon(intended));
      }
      throw e;
    }
  }

  /** The call, whose tracks are not being recorded yet. */
  private StoredCall free(Request request) {
    StoredCall call = calls.open(request.path("call"));
    TracksDocument running = call.document().tracks();
    if (running != null) {
      throw Problem.conflict(
          null,
          "The call's tracks are being recorded already: " + running.recording() + ".",
          "DELETE it first.");
    }
    return call;
  }

  /**
   * Asks the storage, so that a wrong credential is told now. One that is only away refuses
   * nothing: what is recorded is uploaded when it is back.
   */
  private @Nullable StoredUpload prepare(StoredCall call, @Nullable String storage, String at) {
    StoredUpload intended = store.files().intendTracks(call, storage);
    if (intended == null) {
      return null;
    }
    try {
      uploads.prepare(intended);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.AWAY) {
        store.uploads().delete(intended.id());
        throw Problem.storage(at, "The storage refuses the recording: " + e.what() + ".");
      }
      LOG.warn("storage {} is away, the upload begins later: {}", intended.storage(), e.what());
    }
    return intended;
  }

  private Answer create(
      Request request, @Nullable String storage, long quota, @Nullable StoredUpload intended) {
    return store
        .database()
        .write(handle -> {
          StoredCall call = free(request);
          RecordingFiles.Place place = store.files().addTracks(call, storage, intended);
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

  private @Nullable String storage(Fields fields) {
    String given = fields.optionalString("storage", 64);
    if (given != null && storages.config(given) == null) {
      throw Problem.field(
          fields.at("storage"),
          "There is no storage of this name.",
          "Use one of " + storages.all().stream().map(StorageConfig::name).toList() + ".");
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
