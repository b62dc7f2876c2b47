package dev.callcast.app;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.api.NodeConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file's {@code network}; null where nothing was said. */
record NetworkSettings(@Nullable List<String> allow) {
  static final NetworkSettings EMPTY = new NetworkSettings(null);

  /**
   * Fills in the default.
   *
   * @param listenHost where the API listens
   * @throws IllegalArgumentException naming what is no range of addresses
   */
  NetworkPolicy toPolicy(String listenHost) {
    if (allow == null) {
      return NodeConfig.standardNetwork(listenHost);
    }
    try {
      return new NetworkPolicy(allow);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("network.allow: " + e.getMessage(), e);
    }
  }
}
