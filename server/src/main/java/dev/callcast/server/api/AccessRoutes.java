package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.KeyStore;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** API keys, and tokens that are bound to one call. Safe for any thread. */
final class AccessRoutes {
  private static final int LONGEST = 30 * 24 * 3600;
  private static final int MOST_CALLS = 100;
  private static final List<String> TOKEN_SCOPES = List.of(Scope.READ.json(), Scope.CONTROL.json());

  private final Store store;
  private final CallAccess calls;
  private final TokenSigner signer;

  AccessRoutes(Store store, CallAccess calls, TokenSigner signer) {
    this.store = store;
    this.calls = calls;
    this.signer = signer;
  }

  List<Route> routes() {
    return List.of(
        // HANDLER: whoever may ask at all may know who they are.
        Route.of("GET", "/v1/access", Scope.READ, this::access).tokens(Route.Tokens.HANDLER),
        Route.of("POST", "/v1/tokens", Scope.CONTROL, this::token).tokens(Route.Tokens.KEYS),
        Route.of("POST", "/v1/keys", Scope.ADMIN, this::create),
        Route.of("GET", "/v1/keys", Scope.ADMIN, this::list),
        Route.of("DELETE", "/v1/keys/{key}", Scope.ADMIN, this::revoke));
  }

  private Answer access(Request request) {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode();
    switch (request.principal()) {
      case Principal.Anyone anyone -> json.put("kind", "anyone");
      case Principal.Key key -> {
        json.put("kind", "key");
        if (key.bound()) {
          key.calls().forEach(json.putArray("calls")::add);
        }
      }
      case Principal.Token token -> {
        json.put("kind", "token").put("call", token.call());
        if (token.participant() != null) {
          json.put("participant", token.participant());
        }
      }
    }
    put(json, request.principal().scopes());
    return Answer.ok(json);
  }

  private Answer token(Request request) {
    Fields fields = request.fields();
    String id = fields.requiredId("call");
    String participant = fields.optionalId("participant");
    List<String> scopes = scopes(fields, TOKEN_SCOPES, List.of(Scope.READ.json()));
    long expiresIn = fields.integer("expiresIn", 1, LONGEST, 3600);
    fields.end();
    Authenticator.checkId(request.principal(), id);
    StoredCall call = calls.open(id);
    Instant expires = Instant.ofEpochSecond(Instant.now().getEpochSecond() + expiresIn);
    String token =
        signer.sign(
            new Principal.Token(
                Ids.random("t"), id, call.instance(), participant, scopes, expires));
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode().put("token", token).put("call", id);
    if (participant != null) {
      json.put("participant", participant);
    }
    put(json, scopes);
    json.put("expiresAt", Ids.time(expires));
    return new Answer.Json(201, json, null);
  }

  private Answer create(Request request) {
    Fields fields = request.fields();
    String name = fields.string("name", 200, "");
    List<String> scopes = scopes(fields, Scope.NAMES, null);
    List<String> calls = fields.optionalStrings("calls", MOST_CALLS, AccessRoutes::checkPattern);
    List<String> only = calls == null ? List.of() : calls;
    if (!only.isEmpty() && scopes.contains(Scope.ADMIN.json())) {
      throw Problem.field(
          fields.at("calls"),
          "A key with the scope admin is not for some calls only.",
          "Leave calls out, or use the scope control.");
    }
    fields.end();
    KeyStore.NewKey made = store.keys().create(name, scopes, only);
    ObjectNode json = show(made.key());
    json.put("key", made.secret());
    return Answer.created("/v1/keys/" + made.key().id(), json);
  }

  private static void checkPattern(String pattern, String at) {
    if (!KeyRules.isCallPattern(pattern)) {
      throw Problem.field(
          at, "It is no pattern of calls.", "Use an id, or the beginning of ids with * behind it.");
    }
  }

  private Answer list(Request request) {
    Page page = Page.of(request);
    return page.answer(
        store.keys().list(page.after(), page.fetch()), AccessRoutes::show, KeyStore.StoredKey::id);
  }

  private Answer revoke(Request request) {
    String id = request.path("key");
    return store
        .database()
        .write(handle -> {
          if (!store.keys().revoke(id)) {
            throw Problem.notFound(
                "There is no active key of this id.", "GET /v1/keys lists them.");
          }
          if (!store.keys().hasAdmin() && request.principal() instanceof Principal.Key) {
            throw Problem.conflict(
                null,
                "It is the last key with the scope admin.",
                "Make another one first: POST /v1/keys.");
          }
          return new Answer.Empty();
        });
  }

  private static List<String> scopes(
      Fields fields, List<String> allowed, @Nullable List<String> otherwise) {
    List<String> scopes =
        fields.optionalStrings(
            "scopes",
            Scope.NAMES.size(),
            (scope, at) -> {
              if (!allowed.contains(scope)) {
                throw Problem.field(
                    at,
                    "That scope cannot be given here.",
                    "Use of " + String.join(", ", allowed) + ".");
              }
            });
    if (scopes == null && otherwise != null) {
      return otherwise;
    }
    if (scopes == null || scopes.isEmpty()) {
      throw Problem.field(
          fields.at("scopes"), "It is required.", "Use of " + String.join(", ", allowed) + ".");
    }
    return scopes.stream().distinct().toList();
  }

  private static ObjectNode show(KeyStore.StoredKey key) {
    ObjectNode json =
        ProtocolJson.MAPPER.createObjectNode().put("id", key.id()).put("name", key.name());
    put(json, key.scopes());
    if (!key.calls().isEmpty()) {
      key.calls().forEach(json.putArray("calls")::add);
    }
    json.put("createdAt", key.createdAt());
    if (key.revokedAt() != null) {
      json.put("revokedAt", key.revokedAt());
    }
    return json;
  }

  private static void put(ObjectNode json, List<String> scopes) {
    ArrayNode array = json.putArray("scopes");
    scopes.forEach(array::add);
  }
}
