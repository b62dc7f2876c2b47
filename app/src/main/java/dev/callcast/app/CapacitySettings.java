package dev.callcast.app;

import dev.callcast.server.api.CapacityConfig;
import org.jspecify.annotations.Nullable;

/** How much work the node takes on, as the configuration says it. */
record CapacitySettings(@Nullable Double cores, @Nullable Boolean degrade) {
  static final CapacitySettings EMPTY = new CapacitySettings(null, null);

  /** Fills in the defaults. */
  CapacityConfig toConfig() {
    return new CapacityConfig(
        cores == null ? CapacityConfig.wholeMachine() : cores, degrade == null || degrade);
  }
}
