package dev.callcast.app;

import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.server.api.WebFrameConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file's {@code webFrame}; null where nothing was said. */
record WebFrameSettings(@Nullable List<String> hosts, @Nullable String browser) {
  static final WebFrameSettings EMPTY = new WebFrameSettings(null, null);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  WebFrameConfig toConfig() {
    return new WebFrameConfig(
        hosts == null ? List.of() : hosts, browser == null ? WebFramePolicy.BROWSER : browser);
  }
}
