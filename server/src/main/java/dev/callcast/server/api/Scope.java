package dev.callcast.server.api;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What a key or a token may do; each includes those before it. */
enum Scope {
  READ,
  CONTROL,
  ADMIN;

  /** The names in JSON. */
  static final List<String> NAMES = List.of("read", "control", "admin");

  String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether one of the named scopes includes this one. */
  boolean in(Collection<String> names) {
    for (Scope scope : values()) {
      if (scope.compareTo(this) >= 0 && names.contains(scope.json())) {
        return true;
      }
    }
    return false;
  }
}
