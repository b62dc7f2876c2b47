package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.SceneStore.StoredScene;
import dev.callcast.server.store.Store;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Layouts under a name, for switching to with one call. Safe for any thread. */
final class SceneRoutes {
  private static final String PATH = "/v1/scenes/{scene}";

  private final Store store;

  SceneRoutes(Store store) {
    this.store = store;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/scenes", Scope.READ, this::list),
        Route.of("PUT", PATH, Scope.CONTROL, this::put),
        Route.of("GET", PATH, Scope.READ, this::get),
        Route.of("DELETE", PATH, Scope.CONTROL, this::delete));
  }

  private Answer put(Request request) {
    String name = request.path("scene");
    if (!Ids.valid(name)) {
      throw Problem.notFound(
          "That cannot be a scene's name.",
          "Use 1 to 64 of the characters A-Z a-z 0-9 . _ - (and not only \".\" or \"..\").");
    }
    Fields fields = request.fields();
    Fields transition = fields.optionalObject("transition");
    CompositionSpec.Layout layout =
        CompositionJson.layout(fields.object("layout"))
            .by(transition == null ? null : CompositionJson.transition(transition, 0));
    fields.end();
    List<String> warnings = CompositionJson.checkLayout(layout);
    StoredScene scene = new StoredScene(name, layout, Ids.now());
    boolean fresh = store.scenes().put(scene);
    ObjectNode json = json(scene);
    ArrayNode array = json.putArray("warnings");
    warnings.forEach(array::add);
    return fresh ? Answer.created("/v1/scenes/" + name, json) : Answer.ok(json);
  }

  private Answer get(Request request) {
    return Answer.ok(json(scene(store, request.path("scene"), null)));
  }

  private Answer delete(Request request) {
    StoredScene scene = scene(store, request.path("scene"), null);
    store.scenes().delete(scene.name());
    return new Answer.Empty();
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    String after = page.after();
    return page.answer(
        store.scenes().list(after == null ? "" : after, page.fetch()),
        SceneRoutes::json,
        StoredScene::name);
  }

  /** The scene of a name that a path has, or the field of a body. */
  static StoredScene scene(
      Store store, String name, @org.jspecify.annotations.Nullable String field) {
    String fix = "GET /v1/scenes lists them.";
    return store
        .scenes()
        .get(name)
        .orElseThrow(() ->
            field == null
                ? Problem.notFound("There is no scene of this name.", fix)
                : Problem.field(field, "There is no scene of this name.", fix));
  }

  private static ObjectNode json(StoredScene scene) {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode().put("name", scene.name());
    ObjectNode layout = json.putObject("layout").put("preset", scene.layout().preset());
    layout.set("params", ProtocolJson.MAPPER.valueToTree(scene.layout().params()));
    CompositionSpec.Transition transition = scene.layout().transition();
    if (transition != null) {
      json.set("transition", CompositionJson.transition(transition));
    }
    return json.put("updatedAt", scene.updatedAt());
  }
}
