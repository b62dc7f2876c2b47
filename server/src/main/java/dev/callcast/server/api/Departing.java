package dev.callcast.server.api;

import dev.callcast.server.store.CallDocument;
import java.time.Duration;
import java.time.Instant;

/** Keeps ids of what was deleted from being used again while it still finishes. */
final class Departing {
  /** No worker takes longer; if it does, or is gone, the id is free all the same. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private Departing() {}

  static void check(CallDocument document, String name, String pointer) {
    String since = document.departing().get(name);
    if (since != null
        && Duration.between(Instant.parse(since), Instant.now()).compareTo(LONGEST) < 0) {
      throw Problem.conflict(
          pointer,
          "What had this id was deleted a moment ago and is still finishing.",
          "Use another id, or wait for its event (stopped), or for ten seconds.");
    }
  }
}
