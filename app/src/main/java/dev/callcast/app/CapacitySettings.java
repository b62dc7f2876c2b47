package dev.callcast.app;

import dev.callcast.server.api.CapacityConfig;
import org.jspecify.annotations.Nullable;

/** How much work the node takes on, as the configuration says it. */
record CapacitySettings(@Nullable Double cores) {
  static final CapacitySettings EMPTY = new CapacitySettings(null);

  /** Fills in the default, which is the whole machine. */
  CapacityConfig toConfig() {
    return cores == null ? CapacityConfig.wholeMachine() : new CapacityConfig(cores);
  }
}
