package dev.callcast.server.api;

import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets pages of configured origins use the API (the Fetch standard's CORS protocol). Credentials
 * are never part of it: who asks says so in {@code Authorization}, which no browser adds by itself.
 */
final class Cors {
  private static final String EXPOSED =
      "Location, Retry-After, X-Request-Id, Idempotent-Replayed, Content-Range";
  private static final String TAKEN =
      "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id, Range";
  private static final String A_DAY = "86400";

  private final List<String> origins;

  Cors(List<String> origins) {
    this.origins = origins;
  }

  /** Of what is open to pages of every origin. */
  static Cors any() {
    return new Cors(List.of("*"));
  }

  /** Whether an origin is named, and not only one of all. */
  boolean names(String origin) {
    return origins.contains(origin);
  }

  /** Says to the browser whether the page may read the answer. */
  void apply(Context context) {
    if (origins.isEmpty()) {
      return;
    }
    context.header("Vary", "Origin");
    String origin = allowed(context.header("Origin"));
    if (origin != null) {
      context.header("Access-Control-Allow-Origin", origin);
      context.header("Access-Control-Expose-Headers", EXPOSED);
    }
  }

  /** Answers what a browser asks before it sends a request of another origin. */
  void preflight(Context context, String methods) {
    apply(context);
    if (allowed(context.header("Origin")) != null) {
      context.header("Access-Control-Allow-Methods", methods);
      context.header("Access-Control-Allow-Headers", TAKEN);
      context.header("Access-Control-Max-Age", A_DAY);
    }
    context.header("Allow", methods + ", OPTIONS");
    context.status(204);
  }

  private @Nullable String allowed(@Nullable String origin) {
    if (origin == null) {
      return null;
    }
    return origins.contains("*") ? "*" : origins.contains(origin) ? origin : null;
  }
}
