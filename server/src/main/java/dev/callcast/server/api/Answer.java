package dev.callcast.server.api;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What a handler answers. */
sealed interface Answer {
  /** JSON; {@code location} is the path of what was made, or null. */
  record Json(int status, ObjectNode body, @Nullable String location) implements Answer {}

  /** A description of a session; {@code location} is the session's path. */
  record Sdp(int status, String body, String location) implements Answer {}

  /** 204. */
  record Empty() implements Answer {}

  /** The handler has written the response itself. */
  record Written() implements Answer {}

  static Answer ok(ObjectNode body) {
    return new Json(200, body, null);
  }

  static Answer created(String location, ObjectNode body) {
    return new Json(201, body, location);
  }
}
