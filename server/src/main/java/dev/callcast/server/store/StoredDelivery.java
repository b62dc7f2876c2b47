package dev.callcast.server.store;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way to a webhook, or arrived, or given up.
 *
 * @param lane those of one lane go out one after the other
 * @param state {@code pending}, {@code delivered} or {@code failed}
 * @param attempts so far
 * @param nextAt when it is tried next, RFC 3339; null unless it is pending
 * @param lastAt when it was tried last, or null
 * @param status of the last answer, or null
 * @param millis that the last attempt took, or null
 * @param error what was wrong with the last attempt, or null
 * @param answer how the last answer's body began, or null
 */
public record StoredDelivery(
    long id,
    String webhook,
    String lane,
    StoredEvent event,
    String state,
    int attempts,
    String createdAt,
    @Nullable String nextAt,
    @Nullable String lastAt,
    @Nullable Integer status,
    @Nullable Long millis,
    @Nullable String error,
    @Nullable String answer) {
  public static final String PENDING = "pending";
  public static final String DELIVERED = "delivered";
  public static final String FAILED = "failed";
}
