package dev.callcast.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The last known state of a composition ({@code output} empty) or of one of its outputs, as its
 * worker told.
 *
 * @param since RFC 3339
 */
public record KnownState(
    String composition, String output, String state, @Nullable String reason, String since) {}
