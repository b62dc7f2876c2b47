package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.AccessLinks;
import dev.callcast.server.recordings.Disposition;
import dev.callcast.server.recordings.RecordingRemover;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Recordings: list, show, link, fetch, delete. Safe for any thread. */
final class RecordingRoutes {
  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_LINK = 7 * 24 * 3600;
  private static final String PATH = "/v1/recordings/{recording}";

  private final Store store;
  private final Storages storages;
  private final UploadView uploads;
  private final RecordingRemover remover;
  private final AccessLinks links;

  RecordingRoutes(
      Store store,
      Storages storages,
      Uploads uploads,
      RecordingRemover remover,
      AccessLinks links) {
    this.store = store;
    this.storages = storages;
    this.uploads = new UploadView(store, uploads);
    this.remover = remover;
    this.links = links;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/recordings", Scope.READ, this::list).tokens(Route.Tokens.QUERY),
        Route.of("GET", PATH, Scope.READ, this::get).tokens(Route.Tokens.HANDLER),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete).tokens(Route.Tokens.HANDLER),
        Route.of("GET", PATH + "/access-link", Scope.READ, this::link).tokens(Route.Tokens.HANDLER),
        Route.of("GET", PATH + "/hashes", Scope.READ, this::hashes).tokens(Route.Tokens.HANDLER),
        Route.of("GET", PATH + "/content", null, this::content),
        Route.of("HEAD", PATH + "/content", null, this::content));
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String instance =
        request.principal() instanceof Principal.Token token ? token.instance() : null;
    return page.answer(
        store.recordings().list(request.query("call"), instance, page.after(), page.fetch()),
        this::show,
        StoredRecording::id);
  }

  private Answer get(Request request) {
    return Answer.ok(show(recording(request)));
  }

  private Answer link(Request request) {
    StoredRecording recording = recording(request);
    int expiresIn = request.query("expiresIn", 1, LONGEST_LINK, 3600);
    Disposition disposition = disposition(request, recording);
    Instant expires = Instant.now().plusSeconds(expiresIn);
    S3Storage s3 = storages.s3(recording.storage());
    if (s3 != null && recording.state().equals("ready")) {
      return Answer.ok(
          ProtocolJson.MAPPER
              .createObjectNode()
              .put("url", presigned(s3, recording, expiresIn, disposition))
              .put("expiresAt", Ids.time(expires)));
    }
    if (!Files.exists(Path.of(recording.file()))) {
      throw Problem.conflict(
          null, "The recording has no file yet.", "Wait for its event recording.started.");
    }
    String host = request.context().host();
    return Answer.ok(
        ProtocolJson.MAPPER
            .createObjectNode()
            .put(
                "url",
                request.context().scheme()
                    + "://"
                    + host
                    + links.link(recording.id(), expires, disposition))
            .put("expiresAt", Ids.time(expires)));
  }

  private static Disposition disposition(Request request, StoredRecording recording) {
    String name = request.query("name");
    String kind = request.query("disposition");
    if (kind != null && !kind.equals("inline") && !kind.equals("attachment")) {
      throw Problem.parameter("disposition", "is not valid.", "Use inline or attachment.");
    }
    if (name != null
        && (name.isBlank()
            || name.length() > LONGEST_NAME
            || name.chars().anyMatch(c -> Character.isISOControl(c) || c == '/' || c == '\\'))) {
      throw Problem.parameter(
          "name",
          "is no file name.",
          "Use up to " + LONGEST_NAME + " characters, without slashes and control characters.");
    }
    return new Disposition(
        kind == null ? "attachment" : kind,
        name != null
            ? name
            : recording.call()
                + "-"
                + recording.composition()
                + "-"
                + recording.id()
                + extension(recording));
  }

  private static String extension(StoredRecording recording) {
    return recording.file().substring(Math.max(0, recording.file().lastIndexOf('.')));
  }

  private static String type(StoredRecording recording) {
    return switch (extension(recording)) {
      case ".m4a" -> "audio/mp4";
      case ".ogg" -> "audio/ogg";
      default -> "video/mp4";
    };
  }

  private static String presigned(
      S3Storage storage, StoredRecording recording, int seconds, Disposition disposition) {
    try {
      return storage
          .link(recording.key(), Duration.ofSeconds(seconds), type(recording), disposition.header())
          .toString();
    } catch (StorageException e) {
      throw Problem.storage(null, "No link can be made: " + e.what() + ".");
    }
  }

  private Answer hashes(Request request) {
    StoredRecording recording = recording(request);
    ObjectNode hashes = uploads.hashes(recording.id());
    if (hashes == null) {
      throw Problem.conflict(
          null,
          "No part of the recording was uploaded.",
          "Hashes are made of what is uploaded to S3.");
    }
    return Answer.ok(hashes);
  }

  private Answer content(Request request) throws IOException {
    String id = request.path("recording");
    String expires = request.query("expires");
    String signature = request.query("signature");
    String kind = request.query("disposition");
    String name = request.query("name");
    Disposition disposition = new Disposition(kind == null ? "" : kind, name == null ? "" : name);
    AccessLinks.Check check =
        expires == null || signature == null
            ? AccessLinks.Check.TAMPERED
            : links.check(id, expires, disposition, signature);
    String fix = "Ask for a new link: GET /v1/recordings/{recording}/access-link.";
    switch (check) {
      case VALID -> {
        // Served below.
      }
      case EXPIRED -> throw Problem.forbidden("The link has expired.", fix);
      case TAMPERED -> throw Problem.forbidden("The link's signature is not right.", fix);
    }
    StoredRecording recording =
        store
            .recordings()
            .get(id)
            .filter(stored -> Files.exists(Path.of(stored.file())))
            .orElseThrow(() -> Problem.notFound("The recording was deleted.", "None."));
    FileResponse.send(
        request.context(),
        Path.of(recording.file()),
        type(recording),
        recording.id(),
        disposition.header());
    return new Answer.Written();
  }

  private Answer delete(Request request) throws IOException {
    StoredRecording recording = recording(request);
    if (recording.state().equals("recording")) {
      throw Problem.conflict(
          null,
          "The recording is still being made.",
          "Delete its output or stop its composition, then wait for the event recording.ready.");
    }
    try {
      remover.remove(recording, "requested");
    } catch (StorageException e) {
      throw e.kind() == StorageException.Kind.AWAY
          ? Problem.unavailable(
              "The storage does not delete it now: " + e.what() + ".", "Try again.", 10)
          : Problem.storage(null, "The storage does not delete it: " + e.what() + ".");
    } catch (RecordingRemover.UnknownStorageException e) {
      throw Problem.conflict(
          null,
          "The recording cannot be deleted: " + e.getMessage() + ".",
          "Configure the storage again.");
    }
    return new Answer.Empty();
  }

  private StoredRecording recording(Request request) {
    StoredRecording recording =
        store
            .recordings()
            .get(request.path("recording"))
            .orElseThrow(() ->
                Problem.notFound(
                    "There is no recording of this id.", "GET /v1/recordings lists them."));
    Authenticator.checkInstance(request.principal(), recording.instance());
    return recording;
  }

  private ObjectNode show(StoredRecording recording) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", recording.id())
            .put("call", recording.call())
            .put("composition", recording.composition())
            .put("output", recording.output())
            .put("state", recording.state())
            .put("storage", recording.storage())
            .put("key", recording.key())
            .put("duration", recording.duration())
            .put("bytes", bytes(recording));
    ArrayNode segments = json.putArray("segments");
    recording
        .segments()
        .forEach(segment ->
            segments.addObject().put("start", segment.start()).put("end", segment.end()));
    json.put("createdAt", recording.createdAt());
    if (recording.startedAt() != null) {
      json.put("startedAt", recording.startedAt());
    }
    if (recording.endedAt() != null) {
      json.put("endedAt", recording.endedAt());
    }
    if (recording.reason() != null) {
      json.put("reason", recording.reason());
    }
    ObjectNode upload = uploads.progress(recording.id());
    if (upload != null) {
      json.set("upload", upload);
    }
    return json;
  }

  /** Of a recording that grows, what is there now. */
  private static long bytes(StoredRecording recording) {
    if (!recording.state().equals("recording")) {
      return recording.bytes();
    }
    return Path.of(recording.file()).toFile().length();
  }
}
