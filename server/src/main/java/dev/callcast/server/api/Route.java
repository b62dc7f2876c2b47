package dev.callcast.server.api;

import org.jspecify.annotations.Nullable;

/**
 * One operation of the API, as {@code openapi.yaml} has it; a test holds the two lists together.
 *
 * @param method as in HTTP
 * @param path with names in braces
 * @param scope what the caller needs; null for everyone
 * @param tokens how far tokens, which are bound to a call, may use it
 * @param bodyLimit bytes
 * @param open pages of every origin may read the answer
 */
record Route(
    String method,
    String path,
    @Nullable Scope scope,
    Tokens tokens,
    Handler handler,
    long bodyLimit,
    boolean open) {
  /** How far those may use a route who are bound to calls: tokens, and some keys. */
  enum Tokens {
    /** The path's {@code {call}} has to be theirs. */
    PATH,
    /** As PATH; whether the participant is theirs the handler looks for itself. */
    PARTICIPANT,
    /** The query's {@code call} has to be theirs. */
    QUERY,
    /** The handler looks for itself. */
    HANDLER,
    /** Keys, for which the handler looks for itself; tokens not at all. */
    KEYS,
    /** Not at all. */
    NEVER
  }

  /** Carries out a request. */
  @FunctionalInterface
  interface Handler {
    Answer handle(Request request) throws Exception;
  }

  static Route of(String method, String path, @Nullable Scope scope, Handler handler) {
    return new Route(
        method,
        path,
        scope,
        path.contains("{call}") ? Tokens.PATH : Tokens.NEVER,
        handler,
        Dispatcher.BODY_LIMIT,
        false);
  }

  /** The same with another limit for the body, in bytes. */
  Route takes(long bytes) {
    return new Route(method, path, scope, tokens, handler, bytes, open);
  }

  /** The same with another rule for tokens. */
  Route tokens(Tokens tokens) {
    return new Route(method, path, scope, tokens, handler, bodyLimit, open);
  }

  /** The same for pages of every origin. */
  Route anyOrigin() {
    return new Route(method, path, scope, tokens, handler, bodyLimit, true);
  }
}
