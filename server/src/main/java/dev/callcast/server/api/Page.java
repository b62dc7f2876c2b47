package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A page of a list: the query's {@code limit} and {@code after}, and its answer.
 *
 * @param after where the page before ended, or null
 */
record Page(int limit, @Nullable String after) {
  static Page of(Request request) {
    return new Page(request.query("limit", 1, 200, 50), request.query("after"));
  }

  /** The answer of a list that is at hand as a whole; the cursor is the name of the last. */
  <T> Answer of(List<T> all, Function<T, ObjectNode> json, Function<T, String> name) {
    List<T> rest = all;
    if (after != null) {
      List<String> names = all.stream().map(name).toList();
      rest = all.subList(names.indexOf(after) + 1, all.size());
    }
    return answer(rest.subList(0, Math.min(rest.size(), fetch())), json, name);
  }

  /** How many to read, to know whether there are more. */
  int fetch() {
    return limit + 1;
  }

  /** The answer; {@code items} has up to {@link #fetch} of them. */
  <T> Answer answer(List<T> items, Function<T, ObjectNode> json, Function<T, String> cursor) {
    List<T> shown = items.size() > limit ? items.subList(0, limit) : items;
    ObjectNode answer = ProtocolJson.MAPPER.createObjectNode();
    ArrayNode array = answer.putArray("items");
    shown.forEach(item -> array.add(json.apply(item)));
    if (items.size() > limit) {
      answer.put("next", cursor.apply(shown.getLast()));
    }
    return Answer.ok(answer);
  }
}
