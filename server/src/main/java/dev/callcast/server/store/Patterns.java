package dev.callcast.server.store;

import java.util.List;

/** Patterns of ids and types: exact, or the beginning with {@code *} behind it. */
public final class Patterns {
  private Patterns() {}

  /** Whether one of the patterns matches. */
  public static boolean match(List<String> patterns, String text) {
    return patterns.stream()
        .anyMatch(pattern ->
            pattern.endsWith("*")
                ? text.startsWith(pattern.substring(0, pattern.length() - 1))
                : text.equals(pattern));
  }
}
