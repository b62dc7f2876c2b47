package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.hls.HlsStream;
import dev.callcast.server.hls.HlsStreams;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredHlsStream;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * HLS streams as what stays of outputs: list, show, delete. How they are watched is {@link
 * HlsRoutes}. Safe for any thread.
 */
final class HlsStreamRoutes {
  private static final String PATH = "/v1/hls-streams";

  private final Store store;
  private final Storages storages;
  private final HlsStreams streams;
  private final String node;

  HlsStreamRoutes(Store store, Storages storages, HlsStreams streams, String node) {
    this.store = store;
    this.storages = storages;
    this.streams = streams;
    this.node = node;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", PATH, Scope.READ, this::list).tokens(Route.Tokens.QUERY),
        Route.of("GET", PATH + "/{stream}", Scope.READ, this::get).tokens(Route.Tokens.HANDLER),
        Route.of("DELETE", PATH + "/{stream}", Scope.CONTROL, this::delete)
            .tokens(Route.Tokens.HANDLER));
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String instance =
        request.principal() instanceof Principal.Token token ? token.instance() : null;
    return page.answer(
        store.hls().list(request.query("call"), instance, page.after(), page.fetch()),
        this::show,
        StoredHlsStream::cursor);
  }

  private Answer get(Request request) {
    return Answer.ok(show(stream(request)));
  }

  private Answer delete(Request request) throws IOException {
    StoredHlsStream stream = stream(request);
    if (!stream.ended()) {
      throw Problem.conflict(
          null,
          "The stream has not ended, or not all of it is in its storage.",
          "Delete its output or stop its composition, then wait for the event hls.ended.");
    }
    if (!stream.node().equals(node)) {
      throw Problem.conflict(
          null,
          "The stream is on the disk of node " + stream.node() + "; this is node " + node + ".",
          "Ask that node.");
    }
    if (storages.config(stream.storage()) == null) {
      throw Problem.conflict(
          null,
          "The stream cannot be deleted: no storage " + stream.storage() + " is configured.",
          "Configure the storage again.");
    }
    try {
      streams.remove(stream, "requested");
    } catch (StorageException e) {
      throw RecordingRoutes.notDeleted(e);
    }
    return new Answer.Empty();
  }

  private StoredHlsStream stream(Request request) {
    StoredHlsStream stream =
        store
            .hls()
            .get(request.path("stream"))
            .orElseThrow(() ->
                Problem.notFound(
                    "There is no stream of this id.", "GET /v1/hls-streams lists them."));
    Authenticator.checkRun(request.principal(), stream.call(), stream.instance());
    return stream;
  }

  private ObjectNode show(StoredHlsStream row) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("id", row.id())
            .put("call", row.call())
            .put("composition", row.composition())
            .put("output", row.output())
            .put("state", row.ended() ? "ended" : "live")
            .put("url", "/hls/" + row.id() + "/index.m3u8")
            .put("playlist", row.playlist().json())
            .put("segmentDuration", row.segmentMillis() / 1000);
    if (row.window() > 0) {
      json.put("window", row.window());
    }
    if (row.lowLatency()) {
      json.put("partDuration", row.partMillis() / 1000.0);
    }
    json.put("storage", row.storage()).put("key", row.key());
    if (row.node().equals(node)) {
      streams.find(row.id()).ifPresent(stream -> progress(json, stream));
    }
    json.put("createdAt", row.createdAt());
    if (row.endedAt() != null) {
      json.put("endedAt", row.endedAt());
    }
    return json;
  }

  /** What of it can be watched; the same as its output shows. */
  private void progress(ObjectNode json, HlsStream stream) {
    json.put("segments", stream.progress().segments())
        .put("published", streams.published(stream.row().id()));
    String error = stream.error();
    if (error != null) {
      json.put("error", error);
    }
  }
}
