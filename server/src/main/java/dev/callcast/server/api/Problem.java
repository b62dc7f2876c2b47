package dev.callcast.server.api;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that is answered with {@code application/problem+json} (RFC 9457): what is wrong,
 * where, and what to do. Its text never holds a secret that the caller sent.
 */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String type;
  private final String title;
  private final int status;
  private final @Nullable String field;
  private final String fix;
  private final int retryAfter;

  private Problem(
      String type,
      String title,
      int status,
      String detail,
      @Nullable String field,
      String fix,
      int retryAfter) {
    super(detail, null, false, false);
    this.type = type;
    this.title = title;
    this.status = status;
    this.field = field;
    this.fix = fix;
    this.retryAfter = retryAfter;
  }

  /** The body is not JSON, or not an object. */
  static Problem malformed(String detail) {
    return new Problem(
        "malformed-json",
        "The body is not the JSON that was expected",
        400,
        detail,
        "",
        "Send one JSON object, UTF-8, with no duplicate names.",
        0);
  }

  /** A value does not fit; {@code field} is a JSON pointer (RFC 6901) into the body. */
  static Problem field(String field, String detail, String fix) {
    return new Problem("invalid-field", "A field is not valid", 400, detail, field, fix, 0);
  }

  /** A query parameter does not fit. */
  static Problem parameter(String name, String detail, String fix) {
    return new Problem(
        "invalid-parameter",
        "A query parameter is not valid",
        400,
        "The query parameter " + name + " " + detail,
        null,
        fix,
        0);
  }

  static Problem unknownField(String field, String known) {
    return new Problem(
        "unknown-field",
        "A field is unknown",
        400,
        "There is no field here of that name.",
        field,
        "Leave it out, or correct its name; known here: " + known + ".",
        0);
  }

  static Problem notFound(String detail, String fix) {
    return new Problem("not-found", "Not found", 404, detail, null, fix, 0);
  }

  static Problem method(String detail) {
    return new Problem(
        "method-not-allowed",
        "Method not allowed",
        405,
        detail,
        null,
        "See /v1/openapi.yaml for what this path takes.",
        0);
  }

  /** The body is of another type. */
  static Problem unsupported(String detail, String fix) {
    return new Problem(
        "unsupported-media-type", "The body is of another type", 415, detail, null, fix, 0);
  }

  /** The request is right, but what it meets does not allow it. */
  static Problem conflict(@Nullable String field, String detail, String fix) {
    return new Problem("conflict", "Conflict", 409, detail, field, fix, 0);
  }

  static Problem tooLarge(long limit) {
    return new Problem(
        "too-large",
        "The body is too large",
        413,
        "A body may have " + limit + " bytes.",
        null,
        "Send less at once.",
        0);
  }

  /** A storage does not take a recording; the detail has its own words. */
  static Problem storage(@Nullable String field, String detail) {
    return new Problem(
        "storage",
        "The storage refuses",
        502,
        detail,
        field,
        "Correct the storage in the node's configuration, its credentials or the bucket's policy.",
        0);
  }

  static Problem keyReused() {
    return new Problem(
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        422,
        "This Idempotency-Key was sent before with another method, path or body.",
        null,
        "Use a new key for each new request; keys are kept for 24 hours.",
        0);
  }

  /** More requests than the key may send; {@code retryAfter} in s. */
  static Problem tooMany(int retryAfter) {
    return new Problem(
        "too-many-requests",
        "Too many requests",
        429,
        "This key or token has sent more requests than the node's configuration allows it.",
        null,
        "Wait for as many seconds as Retry-After says; the operator may raise api.rate.",
        retryAfter);
  }

  /** The body comes too slowly. */
  static Problem tooSlow(double seconds) {
    return new Problem(
        "request-timeout",
        "The request took too long",
        408,
        "The body was not complete within " + seconds + " s.",
        null,
        "Send it again, and faster.",
        0);
  }

  static Problem unauthorized(String detail) {
    return new Problem(
        "unauthorized",
        "Not authorized",
        401,
        detail,
        null,
        "Send Authorization: Bearer with an API key or a token.",
        0);
  }

  static Problem forbidden(String detail, String fix) {
    return new Problem("forbidden", "Forbidden", 403, detail, null, fix, 0);
  }

  static Problem gone(String detail, String fix) {
    return new Problem("gone", "No longer valid", 410, detail, null, fix, 0);
  }

  static Problem unsatisfiableRange(long size) {
    return new Problem(
        "range",
        "The range is outside of the file",
        416,
        "The file has " + size + " bytes.",
        null,
        "Ask for a range inside of it.",
        0);
  }

  /** For now; {@code retryAfter} in s. */
  static Problem unavailable(String detail, String fix, int retryAfter) {
    return new Problem(
        "unavailable", "Not available at this moment", 503, detail, null, fix, retryAfter);
  }

  /** The node has enough to do; {@code retryAfter} in s. */
  static Problem noRoom(String detail, String fix, int retryAfter) {
    return new Problem(
        "no-room", "No room for it on this node", 503, detail, null, fix, retryAfter);
  }

  static Problem internal() {
    return new Problem(
        "internal",
        "An error of the server",
        500,
        "The request could not be carried out for a fault of the server.",
        null,
        "Try again; if it stays, report it with the server's log of this moment.",
        0);
  }

  int status() {
    return status;
  }

  /** In s; 0 for none. */
  int retryAfter() {
    return retryAfter;
  }

  /** The problem as JSON, with the request's id. */
  ObjectNode json(String request) {
    return json().put("requestId", request);
  }

  private ObjectNode json() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", "urn:callcast:problem:" + type)
            .put("title", title)
            .put("status", status)
            .put("detail", getMessage());
    if (field != null) {
      json.put("field", field);
    }
    return json.put("fix", fix);
  }
}
