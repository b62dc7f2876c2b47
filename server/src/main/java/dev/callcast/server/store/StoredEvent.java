package dev.callcast.server.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event of the log.
 *
 * @param id grows over the whole store, with gaps
 * @param instance which run of the call
 * @param sequence +1 each within the run, from 1
 * @param at RFC 3339
 * @param mediaTime s on the composition's timeline, or null
 */
public record StoredEvent(
    long id,
    String instance,
    String call,
    long sequence,
    String type,
    String at,
    @Nullable Double mediaTime,
    Map<String, Object> data) {}
