package dev.callcast.server.api;

import dev.callcast.server.store.KeyStore;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out who asks, and whether they may. Safe for any thread. */
final class Authenticator {
  private static final String OTHER_CALL =
      "Use an API key, or a token that POST /v1/tokens makes for this call.";

  private final Store store;
  private final TokenSigner signer;
  private final boolean required;
  private final Cors cors;

  Authenticator(Store store, TokenSigner signer, boolean required, Cors cors) {
    this.store = store;
    this.signer = signer;
    this.required = required;
    this.cors = cors;
  }

  /**
   * Who sent this header.
   *
   * @param header {@code Authorization}, or null
   */
  Principal authenticate(@Nullable String header) {
    if (!required) {
      return new Principal.Anyone();
    }
    if (header == null) {
      throw Problem.unauthorized("There is no Authorization header.");
    }
    if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw Problem.unauthorized("The Authorization header is not of the Bearer scheme.");
    }
    String text = header.substring(7).strip();
    Optional<KeyStore.StoredKey> key = store.keys().find(text);
    if (key.isPresent()) {
      return new Principal.Key(key.get().id(), key.get().scopes(), key.get().calls());
    }
    return signer
        .verify(text)
        .<Principal>map(token -> token)
        .orElseThrow(() ->
            Problem.unauthorized("The key or token is unknown, was revoked, or has expired."));
  }

  /** Whether that header is still taken: its key may have been revoked, its token expired. */
  boolean takes(@Nullable String header) {
    try {
      authenticate(header);
      return true;
    } catch (Problem e) {
      return false;
    }
  }

  /**
   * Without authentication, refuses what a web page in the user's browser may have sent: by another
   * origin, or through a name that was made to point here (DNS rebinding).
   */
  void checkOrigin(Context context) {
    if (required) {
      return;
    }
    String host = String.valueOf(context.host());
    String origin = context.header("Origin");
    if (!NodeConfig.loopback(host.replaceFirst(":\\d+$", "").replaceAll("^\\[|\\]$", ""))
        || (origin != null
            && !origin.equals(context.scheme() + "://" + host)
            && !cors.names(origin))) {
      throw Problem.forbidden(
          "Without authentication requests are taken from this machine's own address only.",
          "Use the address that the node printed, or start it with authentication.");
    }
  }

  /** Refuses what the principal may not do. */
  void authorize(Principal principal, Route route, Context context) {
    Scope scope = route.scope();
    if (scope != null && !scope.in(principal.scopes())) {
      throw Problem.forbidden(
          "This needs the scope " + scope.json() + ".", "Use a key that has it.");
    }
    if (!principal.bound() || scope == null) {
      return;
    }
    switch (route.tokens()) {
      case PATH, PARTICIPANT -> checkCall(principal, context.pathParam("call"));
      case QUERY -> {
        String call = context.queryParam("call");
        if (call == null) {
          throw Problem.forbidden(
              "Who is bound to calls may ask for those only.", "Send the query parameter call.");
        }
        checkCall(principal, call);
      }
      case HANDLER -> {
        // The handler finds the call itself, then asks checkRun.
      }
      case KEYS -> {
        if (principal instanceof Principal.Token) {
          throw never();
        }
        // The handler finds the call itself, then asks checkId.
      }
      case NEVER -> throw never();
    }
    if (principal instanceof Principal.Token token
        && token.participant() != null
        && scope != Scope.READ) {
      boolean own =
          route.tokens() == Route.Tokens.PARTICIPANT
              || (route.path().contains("/participants/{participant}")
                  && token.participant().equals(context.pathParam("participant")));
      if (!own) {
        throw otherParticipant();
      }
    }
  }

  /** Refuses who is bound to another participant. */
  static void checkParticipant(Principal principal, String participant) {
    if (principal instanceof Principal.Token token
        && token.participant() != null
        && !token.participant().equals(participant)) {
      throw otherParticipant();
    }
  }

  private static Problem otherParticipant() {
    return Problem.forbidden(
        "This token is bound to one participant and may change only that one.",
        "Use a token without a participant, or an API key.");
  }

  private static Problem never() {
    return Problem.forbidden(
        "Who is bound to calls, by a token or a key, may not do this.",
        "Use an API key that is for all calls.");
  }

  /** Refuses who is bound to other calls, or as a token to another run of this one. */
  static void checkRun(Principal principal, String call, String instance) {
    checkId(principal, call);
    if (principal instanceof Principal.Token token && !token.instance().equals(instance)) {
      throw Problem.forbidden("This token belongs to another call.", OTHER_CALL);
    }
  }

  /** Refuses who is bound to calls of other ids. */
  static void checkId(Principal principal, String call) {
    if (!principal.isFor(call)) {
      throw Problem.forbidden(
          principal instanceof Principal.Token
              ? "This token belongs to another call."
              : "This key is for other calls.",
          OTHER_CALL);
    }
  }

  private void checkCall(Principal principal, String call) {
    checkId(principal, call);
    if (principal instanceof Principal.Token token
        && store
            .calls()
            .newest(call)
            .map(StoredCall::instance)
            .filter(token.instance()::equals)
            .isEmpty()) {
      throw Problem.forbidden("This token belongs to another call.", OTHER_CALL);
    }
  }
}
