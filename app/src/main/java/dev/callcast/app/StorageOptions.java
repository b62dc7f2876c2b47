package dev.callcast.app;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where {@code demo} and {@code record} keep what they record. */
final class StorageOptions {
  @Option(
      names = "--storage",
      paramLabel = "NAME",
      description = "Record to this storage of --config, uploading while the call goes on.")
  private @Nullable String storage;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file with storages; see docs/callcast.yaml.")
  private @Nullable Path config;

  /** Whether recordings stay in a storage of the user's, and are not fetched from there. */
  boolean isNamed() {
    return storage != null;
  }

  /**
   * The settings of the file with the standard storage that was named.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  NodeSettings settings() throws IOException {
    NodeSettings file = config == null ? NodeSettings.EMPTY : NodeSettings.read(config);
    return storage == null ? file.withStorage("local") : file.withStorage(storage);
  }
}
