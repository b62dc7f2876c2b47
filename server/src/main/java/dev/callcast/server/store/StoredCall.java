package dev.callcast.server.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the calls.
 *
 * @param instance one run of the id; ids of closed calls may be used again, instances never
 * @param epoch of the last start of a worker for this id; 0 before the first
 * @param createdAt RFC 3339
 */
public record StoredCall(
    String instance,
    String id,
    boolean open,
    long revision,
    long epoch,
    String createdAt,
    @Nullable String closedAt,
    CallDocument document) {}
