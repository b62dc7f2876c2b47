package dev.callcast.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who is told of events by HTTP.
 *
 * @param events patterns of types: {@code *}, {@code recording.*} or {@code recording.ready}
 * @param calls patterns of ids of calls: {@code *}, {@code standup-*} or {@code standup}
 * @param reason why it was disabled, or null
 * @param previousUntil until when the secret before signs as well, or null
 */
public record StoredWebhook(
    String id,
    String url,
    List<String> events,
    List<String> calls,
    boolean active,
    @Nullable String reason,
    @Nullable String previousUntil,
    String createdAt) {
  public StoredWebhook {
    events = List.copyOf(events);
    calls = List.copyOf(calls);
  }

  /** Whether it wants this event. */
  public boolean wants(StoredEvent event) {
    return Patterns.match(events, event.type()) && Patterns.match(calls, event.call());
  }
}
