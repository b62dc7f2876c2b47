package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.CallStates;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredAsset;
import dev.callcast.server.workers.WorkerGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Images and fonts for layouts: uploaded, replaced and deleted at any time. What cannot be shown is
 * refused here, never when it is drawn. Safe for any thread.
 */
final class AssetRoutes {
  static final long MOST_BYTES = 8 << 20;
  private static final int MOST = 1000;
  private static final String PATH = "/v1/assets/{asset}";

  private final Store store;
  private final WorkerGateway gateway;
  private final AssetInspector inspector;

  AssetRoutes(Store store, WorkerGateway gateway, AssetInspector inspector) {
    this.store = store;
    this.gateway = gateway;
    this.inspector = inspector;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/assets", Scope.READ, this::list),
        Route.of("PUT", PATH, Scope.CONTROL, this::put).takes(MOST_BYTES),
        Route.of("GET", PATH, Scope.READ, this::get),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete));
  }

  private Answer put(Request request) throws IOException {
    String name = name(request);
    if (request.body().length == 0) {
      throw Problem.field("", "The body is empty.", "Send the file itself as the body.");
    }
    if (store.assets().get(name).isEmpty() && store.assets().count() >= MOST) {
      throw Problem.conflict(
          null, "There are " + MOST + " assets.", "Delete one that is not needed.");
    }
    Path file = store.assets().newFile();
    try {
      Files.write(file, request.body());
      AssetInspector.Found found = inspect(file);
      StoredAsset asset =
          new StoredAsset(
              name,
              found.type(),
              found.width(),
              found.height(),
              request.body().length,
              hash(request.body()),
              Ids.now());
      checkKind(asset);
      boolean fresh = store.assets().put(asset, file);
      changed(name);
      return fresh ? Answer.created("/v1/assets/" + name, json(asset)) : Answer.ok(json(asset));
    } catch (AssetInspector.BadAssetException e) {
      throw Problem.field(
          "",
          "The file cannot be used: " + e.getMessage() + ".",
          "Send a PNG, JPEG, GIF or WebP, or an SVG that needs nothing from outside, of at most 8192"
              + " pixels to a side and 16 megapixels; one that moves with at most 1000 frames of"
              + " 1280x720 pixels. Or a font: TTF, OTF or WOFF2.");
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** What layouts show as an image must not become a font under them, or the other way round. */
  private void checkKind(StoredAsset asset) {
    StoredAsset before = store.assets().get(asset.name()).orElse(null);
    if (before != null && before.font() != asset.font()) {
      throw Problem.conflict(
          null,
          "The asset of this name is " + (before.font() ? "a font." : "an image."),
          "Use another name, or delete it first.");
    }
  }

  private AssetInspector.Found inspect(Path file) throws AssetInspector.BadAssetException {
    try {
      return inspector.inspect(file);
    } catch (IOException e) {
      throw Problem.unavailable(
          "The file could not be looked at: " + e.getMessage() + ".", "Try again.", 5);
    }
  }

  private Answer get(Request request) throws IOException {
    StoredAsset asset = asset(request);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(store.assets().file(asset.hash()));
    } catch (java.nio.file.NoSuchFileException e) {
      throw Problem.notFound("The asset's file is gone.", "Upload it again.");
    }
    request
        .context()
        .contentType(asset.type())
        .header("Cache-Control", "private, no-cache")
        .header("ETag", '"' + asset.hash() + '"')
        // An SVG is a document: one that is opened from here must not act in the node's name.
        .header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
        .header("X-Content-Type-Options", "nosniff")
        .result(bytes);
    return new Answer.Written();
  }

  private Answer delete(Request request) throws IOException {
    StoredAsset asset = asset(request);
    store.assets().delete(asset.name());
    changed(asset.name());
    return new Answer.Empty();
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String after = page.after();
    return page.answer(
        store.assets().list(after == null ? "" : after, page.fetch()),
        AssetRoutes::json,
        StoredAsset::name);
  }

  /** Compositions that show it get the new file, or none. */
  private void changed(String name) {
    for (String call : store.calls().openCalls()) {
      boolean shown =
          store.calls().open(call).stream()
              .flatMap(stored -> stored.document().compositions().stream())
              .filter(composition -> !composition.stopped())
              .flatMap(composition -> CallStates.layouts(composition.spec()).stream())
              .anyMatch(layout -> store.states().shows(layout, name));
      if (shown) {
        gateway.changed(call);
      }
    }
  }

  private StoredAsset asset(Request request) {
    return store
        .assets()
        .get(name(request))
        .orElseThrow(() ->
            Problem.notFound("There is no asset of this name.", "GET /v1/assets lists them."));
  }

  private static String name(Request request) {
    String name = request.path("asset");
    if (!Ids.valid(name)) {
      throw Problem.notFound(
          "That cannot be an asset's name.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ - (and not only \".\" or \"..\").");
    }
    return name;
  }

  private static ObjectNode json(StoredAsset asset) {
    ObjectNode json =
        ProtocolJson.MAPPER.createObjectNode().put("name", asset.name()).put("type", asset.type());
    if (!asset.font()) {
      json.put("width", asset.width()).put("height", asset.height());
    }
    return json.put("bytes", asset.bytes()).put("updatedAt", asset.updatedAt());
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
