package dev.callcast.app;

import dev.callcast.server.api.HttpConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file's {@code api}; null where nothing was said. */
record ApiSettings(
    @Nullable List<String> cors,
    @Nullable Double rate,
    @Nullable Integer burst,
    @Nullable Double patience,
    @Nullable List<String> proxies) {
  static final ApiSettings EMPTY = new ApiSettings(null, null, null, null, null);

  /** Fills in the defaults. */
  HttpConfig toConfig() {
    HttpConfig standard = HttpConfig.DEFAULT;
    return new HttpConfig(
        cors == null ? standard.cors() : cors,
        rate == null ? standard.rate() : rate,
        burst == null ? standard.burst() : burst,
        patience == null ? standard.patience() : Duration.ofMillis(Math.round(patience * 1000)),
        proxies == null ? standard.proxies() : proxies);
  }
}
