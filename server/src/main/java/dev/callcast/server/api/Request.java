package dev.callcast.server.api;

import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One request: its parameters, its body and who asks. One thread. */
final class Request {
  private final Context context;
  private final Principal principal;
  private final byte[] body;

  Request(Context context, Principal principal, byte[] body) {
    this.context = context;
    this.principal = principal;
    this.body = body;
  }

  Context context() {
    return context;
  }

  Principal principal() {
    return principal;
  }

  /** A part of the path. */
  String path(String name) {
    return context.pathParam(name);
  }

  /** The body as it is. */
  ObjectNode json() {
    return Fields.parse(body);
  }

  /** The body's fields. */
  Fields fields() {
    return Fields.of(json());
  }

  byte[] body() {
    return body;
  }

  @Nullable String query(String name) {
    List<String> values = context.queryParams(name);
    if (values.size() > 1) {
      throw Problem.parameter(name, "is there twice.", "Send it once.");
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  int query(String name, int least, int most, int otherwise) {
    String value = query(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw Problem.parameter(
        name, "is not valid.", "Use an integer from " + least + " to " + most + ".");
  }
}
