package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Database;
import dev.callcast.server.store.DuplicateIdException;
import dev.callcast.server.store.IdempotencyStore;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
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

  /** What clients may name their requests. */
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private static final String REQUEST_ID_HEADER = "X-Request-Id";

  private static final int BODY_BYTES_PER_SECOND = 64 << 10;

  private final Store store;
  private final Authenticator authenticator;
  private final RateLimiter limiter;
  private final Cors cors;
  private final Duration patience;

  Dispatcher(
      Store store, Authenticator authenticator, RateLimiter limiter, Cors cors, Duration patience) {
    this.store = store;
    this.authenticator = authenticator;
    this.limiter = limiter;
    this.cors = cors;
    this.patience = patience;
  }

  /** Carries a request out; what is logged meanwhile has its id, and its call's. */
  void handle(Route route, Context context) {
    String call = route.path().contains("{call}") ? context.pathParam("call") : null;
    try (var _ = MDC.putCloseable("request", begin(context));
        var _ = MDC.putCloseable("call", call)) {
      (route.open() ? Cors.any() : cors).apply(context);
      carryOut(route, context);
    }
  }

  /** Gives a request its id: the client's own, or a new one. */
  static String begin(Context context) {
    String given = context.header(REQUEST_ID_HEADER);
    String id = given != null && REQUEST_ID.matcher(given).matches() ? given : Ids.random("req-");
    context.header(REQUEST_ID_HEADER, id);
    return id;
  }

  private void carryOut(Route route, Context context) {
    try {
      if (!route.open()) {
        authenticator.checkOrigin(context);
      }
      Principal principal =
          route.scope() == null
              ? new Principal.Anyone()
              : authenticator.authenticate(context.header("Authorization"));
      if (route.scope() != null) {
        int wait = limiter.take(principal.name(), System.nanoTime());
        if (wait > 0) {
          throw Problem.tooMany(wait);
        }
      }
      authenticator.authorize(principal, route, context);
      Request request = new Request(context, principal, body(context, route.bodyLimit()));
      String key = route.method().equals("POST") ? context.header("Idempotency-Key") : null;
      write(context, key == null ? route.handler().handle(request) : once(route, request, key));
    } catch (Exception e) {
      Problem problem = problem(context, e);
      if (problem.status() == 401) {
        // For who looks for those that try keys, such as fail2ban.
        LOG.warn("{} {} refused (401) from {}", context.method(), context.path(), context.ip());
      }
      write(context, problem);
    }
  }

  /** Answers with a problem. */
  static void write(Context context, Problem problem) {
    if (context.res().isCommitted()) {
      return; // Too late to say it: the client sees a cut answer.
    }
    context.res().resetBuffer();
    if (problem.status() == 408) {
      context.header("Connection", "close"); // The rest of the body would be read as a request.
    }
    if (problem.status() == 401) {
      context.header("WWW-Authenticate", "Bearer realm=\"callcast\"");
    }
    if (problem.retryAfter() > 0) {
      context.header("Retry-After", Integer.toString(problem.retryAfter()));
    }
    context.status(problem.status());
    context.contentType("application/problem+json");
    String id = String.valueOf(context.res().getHeader(REQUEST_ID_HEADER));
    context.result(ProtocolJson.MAPPER.writeValueAsBytes(problem.json(id)));
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
          IdempotencyStore.Answer keep =
              switch (answer) {
                case Answer.Json json ->
                    new IdempotencyStore.Answer(
                        hash, json.status(), json.location(), json.body().toString());
                case Answer.Sdp sdp ->
                    new IdempotencyStore.Answer(hash, sdp.status(), sdp.location(), sdp.body());
                case Answer.Empty empty -> null;
                case Answer.Written written -> null;
              };
          if (keep != null) {
            store.idempotency().save(principal, key, keep);
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
    if (kept.location() != null && kept.body().startsWith("v=")) {
      return new Answer.Sdp(kept.status(), kept.body(), kept.location());
    }
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
  private byte[] body(Context context, long limit) throws IOException {
    InputStream in = context.req().getInputStream();
    boolean tooLarge = context.req().getContentLengthLong() > limit;
    byte[] body = tooLarge ? new byte[0] : inTime(in, (int) limit + 1);
    if (tooLarge || body.length > limit) {
      // Most clients send all before they read; one that is cut off would not see why.
      in.skip(MOST_PASSED_OVER);
      throw Problem.tooLarge(limit);
    }
    return body;
  }

  /**
   * Reads up to {@code most} bytes, unless they drip: the server's own timeout begins anew with
   * each byte.
   */
  private byte[] inTime(InputStream in, int most) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] block = new byte[8192];
    long began = System.nanoTime();
    while (body.size() < most) {
      int read = in.read(block, 0, Math.min(block.length, most - body.size()));
      if (read < 0) {
        break;
      }
      body.write(block, 0, read);
      Duration limit = patience.plusSeconds(body.size() / BODY_BYTES_PER_SECOND);
      if (System.nanoTime() - began > limit.toNanos()) {
        throw Problem.tooSlow(limit.toMillis() / 1000.0);
      }
    }
    return body.toByteArray();
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
      case Answer.Sdp sdp -> {
        context.status(sdp.status());
        context.header("Location", sdp.location());
        context.contentType(WebRtcSessions.SDP);
        context.result(sdp.body());
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
