package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.AccessLinks;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Recordings: list, show, link, fetch, delete. Safe for any thread. */
final class RecordingRoutes {
  private static final int LONGEST_LINK = 7 * 24 * 3600;
  private static final String PATH = "/v1/recordings/{recording}";

  private final Store store;
  private final AccessLinks links;

  RecordingRoutes(Store store, AccessLinks links) {
    this.store = store;
    this.links = links;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/recordings", Scope.READ, this::list).tokens(Route.Tokens.QUERY),
        Route.of("GET", PATH, Scope.READ, this::get).tokens(Route.Tokens.HANDLER),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete).tokens(Route.Tokens.HANDLER),
        Route.of("GET", PATH + "/access-link", Scope.READ, this::link).tokens(Route.Tokens.HANDLER),
        Route.of("GET", PATH + "/content", null, this::content),
        Route.of("HEAD", PATH + "/content", null, this::content));
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String instance =
        request.principal() instanceof Principal.Token token ? token.instance() : null;
    return page.answer(
        store.recordings().list(request.query("call"), instance, page.after(), page.fetch()),
        RecordingRoutes::show,
        StoredRecording::id);
  }

  private Answer get(Request request) {
    return Answer.ok(show(recording(request)));
  }

  private Answer link(Request request) {
    StoredRecording recording = recording(request);
    int expiresIn = request.query("expiresIn", 1, LONGEST_LINK, 3600);
    if (!Files.exists(Path.of(recording.file()))) {
      throw Problem.conflict(
          null, "The recording has no file yet.", "Wait for its event recording.started.");
    }
    Instant expires = Instant.now().plusSeconds(expiresIn);
    String host = request.context().host();
    return Answer.ok(
        ProtocolJson.MAPPER
            .createObjectNode()
            .put(
                "url",
                request.context().scheme() + "://" + host + links.link(recording.id(), expires))
            .put("expiresAt", Ids.time(expires)));
  }

  private Answer content(Request request) throws IOException {
    String id = request.path("recording");
    String expires = request.query("expires");
    String signature = request.query("signature");
    AccessLinks.Check check =
        expires == null || signature == null
            ? AccessLinks.Check.TAMPERED
            : links.check(id, expires, signature);
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
        "video/mp4",
        recording.call() + "-" + recording.composition() + "-" + recording.id() + ".mp4");
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
    Files.deleteIfExists(Path.of(recording.file()));
    store.recordings().delete(recording.id());
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

  private static ObjectNode show(StoredRecording recording) {
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
