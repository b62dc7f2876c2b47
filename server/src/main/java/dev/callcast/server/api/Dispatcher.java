package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Database;
import dev.callcast.server.store.DuplicateIdException;
import dev.callcast.server.store.IdempotencyStore;
import dev.callcast.server.store.Store;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes a request through authentication, its route's handler and, for POST with an {@code
 * Idempotency-Key}, the kept answers; turns every exception into a problem. Safe for any thread.
 */
final class Dispatcher {
  /** So many bytes of a body that is too large are taken before the client is cut off. */
  private static final long MOST_PASSED_OVER = 16 << 20;

  static final long BODY_LIMIT = 1 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int KEY_LIMIT = 255;

  private final Store store;
  private final Authenticator authenticator;

  Dispatcher(Store store, Authenticator authenticator) {
    this.store = store;
    this.authenticator = authenticator;
  }

  void handle(Route route, Context context) {
    try {
      authenticator.checkOrigin(context);
      Principal principal =
          route.scope() == null
              ? new Principal.Anyone()
              : authenticator.authenticate(context.header("Authorization"));
      authenticator.authorize(principal, route, context);
      Request request = new Request(context, principal, body(context, route.bodyLimit()));
      String key = route.method().equals("POST") ? context.header("Idempotency-Key") : null;
      write(context, key == null ? route.handler().handle(request) : once(route, request, key));
    } catch (Exception e) {
      write(context, problem(context, e));
    }
  }

  /** Answers with a problem. */
  static void write(Context context, Problem problem) {
    if (context.res().isCommitted()) {
      return; // Too late to say it: the client sees a cut answer.
    }
    context.res().resetBuffer();
    if (problem.status() == 401) {
      context.header("WWW-Authenticate", "Bearer realm=\"callcast\"");
    }
    if (problem.retryAfter() > 0) {
      context.header("Retry-After", Integer.toString(problem.retryAfter()));
    }
    context.status(problem.status());
    context.contentType("application/problem+json");
    context.result(ProtocolJson.MAPPER.writeValueAsBytes(problem.json()));
  }

  private static Problem problem(Context context, Exception e) {
    return switch (e) {
      case Problem problem -> problem;
      case DuplicateIdException duplicate ->
          Problem.conflict("/id", sentence(duplicate), "Use another id, or none.");
      case NoSuchElementException missing ->
          Problem.notFound(sentence(missing), "Look at GET /v1/calls for what there is.");
      case EofException gone -> {
        LOG.debug("{} {}: the client went away", context.method(), context.path());
        yield Problem.internal();
      }
      case RuntimeException full when Database.isOutOfRoom(full) -> {
        LOG.error("{} {}: the database's disk is full", context.method(), context.path());
        yield Problem.unavailable(
            "There is no room on the disk of the node's database; nothing was changed.",
            "Make room on it, then try again. Calls go on meanwhile.",
            10);
      }
      default -> {
        LOG.error("{} {} failed", context.method(), context.path(), e);
        yield Problem.internal();
      }
    };
  }

  private static String sentence(Exception e) {
    String message = String.valueOf(e.getMessage());
    return Character.toUpperCase(message.charAt(0)) + message.substring(1) + ".";
  }

  private Answer once(Route route, Request request, String key) {
    if (key.isBlank() || key.length() > KEY_LIMIT) {
      throw Problem.field(
          "", "The Idempotency-Key is empty or longer than " + KEY_LIMIT + ".", "Use a UUID.");
    }
    String principal = request.principal().name();
    String hash = hash(request);
    return store
        .database()
        .write(handle -> {
          Optional<IdempotencyStore.Answer> kept = store.idempotency().find(principal, key);
          if (kept.isPresent()) {
            return replay(request.context(), kept.get(), hash);
          }
          Answer answer = carryOut(route, request);
          if (answer instanceof Answer.Json json) {
            store
                .idempotency()
                .save(
                    principal,
                    key,
                    new IdempotencyStore.Answer(
                        hash, json.status(), json.location(), json.body().toString()));
          }
          return answer;
        });
  }

  private static Answer carryOut(Route route, Request request) {
    try {
      return route.handler().handle(request);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Answer replay(Context context, IdempotencyStore.Answer kept, String hash) {
    if (!kept.requestHash().equals(hash)) {
      throw Problem.keyReused();
    }
    context.header("Idempotent-Replayed", "true");
    ObjectNode body = (ObjectNode) ProtocolJson.MAPPER.readTree(kept.body());
    return new Answer.Json(kept.status(), body, kept.location());
  }

  private static String hash(Request request) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(request.context().method().name().getBytes(UTF_8));
      digest.update((byte) ' ');
      digest.update(request.context().path().getBytes(UTF_8));
      digest.update((byte) '\n');
      return HexFormat.of().formatHex(digest.digest(request.body()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Reads the body up to the limit, whatever its declared length. */
  private static byte[] body(Context context, long limit) throws IOException {
    InputStream in = context.req().getInputStream();
    boolean tooLarge = context.req().getContentLengthLong() > limit;
    byte[] body = tooLarge ? new byte[0] : in.readNBytes((int) limit + 1);
    if (tooLarge || body.length > limit) {
      // Most clients send all before they read; one that is cut off would not see why.
      in.skip(MOST_PASSED_OVER);
      throw Problem.tooLarge(limit);
    }
    return body;
  }

  private static void write(Context context, Answer answer) {
    switch (answer) {
      case Answer.Json json -> {
        context.status(json.status());
        if (json.location() != null) {
          context.header("Location", json.location());
        }
        context.contentType("application/json");
        context.result(ProtocolJson.MAPPER.writeValueAsBytes(json.body()));
      }
      case Answer.Empty empty -> context.status(204);
      case Answer.Written written -> {
        // Nothing is left to do.
      }
    }
  }

  /** The problem of a path that is not there, or not with this method. */
  static void unknownPath(Context context, @Nullable String allowed) {
    if (allowed == null) {
      write(
          context,
          Problem.notFound(
              "There is nothing at this path.", "See /v1/openapi.yaml for what there is."));
    } else {
      context.header("Allow", allowed);
      write(context, Problem.method("This path takes " + allowed + "."));
    }
  }
}
