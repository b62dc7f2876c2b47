package dev.callcast.server.api;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.AccessLinks;
import dev.callcast.server.recordings.Disposition;
import dev.callcast.server.recordings.RecordingRemover;
import dev.callcast.server.recordings.TrackFiles;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
        Route.of("GET", PATH + "/report", Scope.READ, this::report).tokens(Route.Tokens.HANDLER),
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
    String file = request.query("file");
    Disposition disposition = disposition(request, recording, file);
    Instant expires = Instant.now().plusSeconds(expiresIn);
    S3Storage s3 = storages.s3(recording.storage());
    if (s3 != null && recording.state().equals("ready")) {
      return Answer.ok(
          ProtocolJson.MAPPER
              .createObjectNode()
              .put("url", presigned(s3, recording, file, expiresIn, disposition))
              .put("expiresAt", Ids.time(expires)));
    }
    if (!Files.exists(file(recording, file))) {
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
                    + links.link(recording.id(), file, expires, disposition))
            .put("expiresAt", Ids.time(expires)));
  }

  private static Disposition disposition(
      Request request, StoredRecording recording, @Nullable String file) {
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
            : recording.ofTracks()
                ? recording.call() + "-" + file(recording, file).getFileName()
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

  private static String type(StoredRecording recording, @Nullable String file) {
    if (recording.ofTracks()) {
      return TrackFiles.type(recording, file(recording, file));
    }
    return switch (extension(recording)) {
      case ".m4a" -> "audio/mp4";
      case ".ogg" -> "audio/ogg";
      default -> "video/mp4";
    };
  }

  private String presigned(
      S3Storage storage,
      StoredRecording recording,
      @Nullable String file,
      int seconds,
      Disposition disposition) {
    String key =
        !recording.ofTracks() || file == null
            ? recording.key()
            : store
                .uploads()
                .get(StoredUpload.idOf(recording.id(), file))
                .map(StoredUpload::key)
                .orElse(recording.key()); // the manifest
    try {
      return storage
          .link(key, Duration.ofSeconds(seconds), type(recording, file), disposition.header())
          .toString();
    } catch (StorageException e) {
      throw Problem.storage(null, "No link can be made: " + e.what() + ".");
    }
  }

  private Answer hashes(Request request) {
    StoredRecording recording = recording(request);
    String file = request.query("file");
    ObjectNode hashes =
        uploads.hashes(
            recording.ofTracks()
                ? StoredUpload.idOf(recording.id(), file == null ? TracksManifest.NAME : file)
                : recording.id());
    if (hashes == null) {
      throw Problem.conflict(
          null,
          "No part of the recording was uploaded.",
          "Hashes are made of what is uploaded to S3.");
    }
    return Answer.ok(hashes);
  }

  private Answer report(Request request) {
    StoredRecording recording = recording(request);
    String json =
        store
            .recordings()
            .report(recording.id())
            .orElseThrow(() ->
                Problem.conflict(
                    null, "The recording has no report.", "It gets one when it is finished."));
    return Answer.ok((ObjectNode) ProtocolJson.MAPPER.readTree(json));
  }

  private Answer content(Request request) throws IOException {
    String id = request.path("recording");
    String expires = request.query("expires");
    String signature = request.query("signature");
    String file = request.query("file");
    String kind = request.query("disposition");
    String name = request.query("name");
    Disposition disposition = new Disposition(kind == null ? "" : kind, name == null ? "" : name);
    AccessLinks.Check check =
        expires == null || signature == null
            ? AccessLinks.Check.TAMPERED
            : links.check(id, file, expires, disposition, signature);
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
            .filter(stored -> Files.exists(file(stored, file)))
            .orElseThrow(() -> Problem.notFound("The recording was deleted.", "None."));
    FileResponse.send(
        request.context(),
        file(recording, file),
        type(recording, file),
        file == null ? recording.id() : recording.id() + file,
        disposition.header());
    return new Answer.Written();
  }

  /** What a link is to: the recording's file, or the one of that name. */
  private static Path file(StoredRecording recording, @Nullable String name) {
    if (name == null && !recording.ofTracks()) {
      return Path.of(recording.file());
    }
    Path file = recording.ofTracks() ? TrackFiles.file(recording, name) : null;
    if (file == null) {
      throw Problem.notFound(
          "The recording has no file of this name.",
          "GET the recording: files lists those of a recording of tracks.");
    }
    return file;
  }

  private Answer delete(Request request) throws IOException {
    StoredRecording recording = recording(request);
    if (recording.state().equals("recording") || recording.state().equals("finishing")) {
      throw Problem.conflict(
          null,
          "The recording is still being made.",
          "Delete its output or stop its composition, then wait for the event recording.ready.");
    }
    try {
      remover.remove(recording, "requested");
    } catch (StorageException e) {
      throw notDeleted(e);
    } catch (RecordingRemover.UnknownStorageException e) {
      throw Problem.conflict(
          null,
          "The recording cannot be deleted: " + e.getMessage() + ".",
          "Configure the storage again.");
    }
    return new Answer.Empty();
  }

  /** What is said of a storage that does not delete. */
  static Problem notDeleted(StorageException e) {
    return e.kind() == StorageException.Kind.AWAY
        ? Problem.unavailable(
            "The storage does not delete it now: " + e.what() + ".", "Try again.", 10)
        : Problem.storage(null, "The storage does not delete it: " + e.what() + ".");
  }

  private StoredRecording recording(Request request) {
    StoredRecording recording =
        store
            .recordings()
            .get(request.path("recording"))
            .orElseThrow(() ->
                Problem.notFound(
                    "There is no recording of this id.", "GET /v1/recordings lists them."));
    Authenticator.checkRun(request.principal(), recording.call(), recording.instance());
    return recording;
  }

  private ObjectNode show(StoredRecording recording) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", recording.id())
            .put("call", recording.call())
            .put("kind", recording.kind());
    if (!recording.ofTracks()) {
      json.put("composition", recording.composition()).put("output", recording.output());
    }
    List<StoredRecording.TrackFile> files = files(recording);
    json.put("state", recording.state())
        .put("format", recording.options().format().json())
        .put("gaps", recording.options().gaps().json())
        .put("faststart", recording.options().faststart())
        .put("storage", recording.storage())
        .put("key", recording.key())
        .put("duration", recording.duration())
        .put("bytes", bytes(recording, files));
    if (recording.ofTracks()) {
      json.set("files", ProtocolJson.MAPPER.valueToTree(files));
    }
    ArrayNode segments = json.putArray("segments");
    recording
        .segments()
        .forEach(segment ->
            segments.addObject().put("start", segment.start()).put("end", segment.end()));
    ArrayNode markers = json.putArray("markers");
    for (StoredRecording.Marker marker : store.recordings().markers(recording.id())) {
      ObjectNode shown =
          markers
              .addObject()
              .put("id", marker.id())
              .put("label", marker.label())
              .put("mediaTime", marker.mediaTime())
              .put("at", marker.at());
      if (marker.place() != null) {
        shown.put("time", marker.place());
      }
    }
    if (recording.previous() != null) {
      json.put("previous", recording.previous());
    }
    if (recording.next() != null) {
      json.put("next", recording.next());
    }
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

  /** Of a recording of tracks; what is there now, where it grows. */
  private static List<StoredRecording.TrackFile> files(StoredRecording recording) {
    return recording.ofTracks() && recording.state().equals("recording")
        ? TrackFiles.growing(recording)
        : recording.files();
  }

  /** Of a recording that grows, what is there now. */
  private static long bytes(StoredRecording recording, List<StoredRecording.TrackFile> files) {
    if (!recording.state().equals("recording")) {
      return recording.bytes();
    }
    if (recording.ofTracks()) {
      return files.stream().mapToLong(StoredRecording.TrackFile::bytes).sum();
    }
    return Path.of(recording.file()).toFile().length();
  }
}
