package dev.callcast.app;

import dev.callcast.server.api.TlsConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The file's {@code tls}; null where nothing was said. */
record TlsSettings(@Nullable String certificate, @Nullable String key) {
  static final TlsSettings EMPTY = new TlsSettings(null, null);

  /**
   * Null without both.
   *
   * @throws IllegalArgumentException when one is there without the other
   */
  @Nullable TlsConfig toConfig() {
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw new IllegalArgumentException("tls needs both certificate and key, two PEM files");
    }
    return new TlsConfig(Path.of(certificate), Path.of(key));
  }
}
