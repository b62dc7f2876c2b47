package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.CallStates;
import dev.callcast.server.store.CompositionDocument;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.LayoutStore.StoredLayout;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.workers.WorkerGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Layouts in JavaScript: stored, replaced and deleted at any time. What is no layout is refused
 * here, with the line; what fails later on is an event. Safe for any thread.
 */
final class CustomLayoutRoutes {
  private static final int MOST = 1000;
  private static final int MOST_BYTES = 64 << 10;
  private static final String PATH = "/v1/layouts/{layout}";

  private final Store store;
  private final WorkerGateway gateway;
  private final LayoutInspector inspector;

  CustomLayoutRoutes(Store store, WorkerGateway gateway, LayoutInspector inspector) {
    this.store = store;
    this.gateway = gateway;
    this.inspector = inspector;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/layouts", Scope.READ, this::list),
        Route.of("PUT", PATH, Scope.CONTROL, this::put).takes(MOST_BYTES),
        Route.of("GET", PATH, Scope.READ, this::get),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete));
  }

  private Answer put(Request request) throws IOException {
    String name = request.path("layout");
    if (!Ids.valid(name)) {
      throw Problem.notFound(
          "That cannot be a layout's name.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ - (and not only \".\" or \"..\").");
    }
    if (request.body().length == 0) {
      throw Problem.field("", "The body is empty.", "Send the module itself as the body.");
    }
    if (store.layouts().get(name).isEmpty() && store.layouts().count() >= MOST) {
      throw Problem.conflict(
          null, "There are " + MOST + " layouts.", "Delete one that is not needed.");
    }
    LayoutInspector.Layout found = inspect(request.body());
    StoredLayout layout =
        new StoredLayout(
            name,
            new String(request.body(), StandardCharsets.UTF_8),
            found.rate(),
            found.assets(),
            Ids.now());
    boolean fresh = store.layouts().put(layout);
    uses(name, (call, composition) -> gateway.changed(call));
    return fresh ? Answer.created("/v1/layouts/" + name, json(layout)) : Answer.ok(json(layout));
  }

  private LayoutInspector.Layout inspect(byte[] source) throws IOException {
    Path file = Files.createTempFile("callcast-layout-", ".js");
    try {
      Files.write(file, source);
      return inspector.inspect(file);
    } catch (LayoutInspector.BadLayoutException e) {
      throw Problem.field(
          "",
          (e.line() > 0 ? "Line " + e.line() + ": " : "") + e.getMessage() + ".",
          "Try it with: callcast layout try FILE.js. docs/layouts has examples.");
    } catch (IOException e) {
      throw Problem.unavailable(
          "The layout could not be looked at: " + e.getMessage() + ".", "Try again.", 5);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private Answer get(Request request) {
    StoredLayout layout = layout(request.path("layout"));
    request
        .context()
        .contentType("text/javascript; charset=utf-8")
        .header("Cache-Control", "private, no-cache")
        .header("Content-Security-Policy", "sandbox; default-src 'none'")
        .header("X-Content-Type-Options", "nosniff")
        .result(layout.source().getBytes(StandardCharsets.UTF_8));
    return new Answer.Written();
  }

  private Answer delete(Request request) {
    StoredLayout layout = layout(request.path("layout"));
    return store
        .database()
        .write(handle -> {
          uses(
              layout.name(),
              (call, composition) -> {
                throw Problem.conflict(
                    null,
                    "Composition " + composition + " of call " + call + " uses it.",
                    "Switch that to another layout first.");
              });
          store.layouts().delete(layout.name());
          return new Answer.Empty();
        });
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String after = page.after();
    return page.answer(
        store.layouts().list(after == null ? "" : after, page.fetch()),
        CustomLayoutRoutes::json,
        StoredLayout::name);
  }

  private StoredLayout layout(String name) {
    return store
        .layouts()
        .get(name)
        .orElseThrow(() ->
            Problem.notFound("There is no layout of this name.", "GET /v1/layouts lists them."));
  }

  /** Tells the call and the id of each composition that uses it. */
  private void uses(String name, BiConsumer<String, String> use) {
    for (String id : store.calls().openCalls()) {
      StoredCall call = store.calls().open(id).orElse(null);
      if (call == null) {
        continue;
      }
      for (CompositionDocument composition : call.document().compositions()) {
        boolean used =
            CallStates.layouts(composition.spec()).stream()
                .anyMatch(layout -> name.equals(CallStates.customLayout(layout)));
        if (!composition.stopped() && used) {
          use.accept(id, composition.id());
        }
      }
    }
  }

  private static ObjectNode json(StoredLayout layout) {
    ObjectNode json =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("name", layout.name())
            .put("bytes", layout.source().getBytes(StandardCharsets.UTF_8).length)
            .put("rate", layout.rate());
    var assets = json.putArray("assets");
    layout.assets().forEach(assets::add);
    return json.put("updatedAt", layout.updatedAt());
  }
}
