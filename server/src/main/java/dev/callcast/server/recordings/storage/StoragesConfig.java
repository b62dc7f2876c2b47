package dev.callcast.server.recordings.storage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The storages of a node.
 *
 * @param standard the name of the one that is taken where none is named
 * @param recoverAfter how long another node on the same store may be silent before this one
 *     finishes its recordings from what was uploaded
 */
public record StoragesConfig(List<StorageConfig> all, String standard, Duration recoverAfter) {
  /** Ten minutes: an upgrade of a node, whose workers record on, is no loss of its machine. */
  public static final Duration RECOVER_AFTER = Duration.ofMinutes(10);

  public StoragesConfig {
    all = List.copyOf(all);
    if (recoverAfter.isNegative() || recoverAfter.isZero()) {
      throw new IllegalArgumentException("recoverAfter has to be positive");
    }
    if (all.stream().noneMatch(config -> config.name().equals(standard))) {
      throw new IllegalArgumentException(
          "there is no storage "
              + standard
              + "; there are "
              + all.stream().map(StorageConfig::name).toList());
    }
  }

  /** One directory, {@code local}, below the node's data. */
  public static StoragesConfig local(Path data) {
    return new StoragesConfig(List.of(local("local", data)), "local", RECOVER_AFTER);
  }

  /** The directory below the node's data, by another name. */
  public static StorageConfig local(String name, Path data) {
    return new StorageConfig.Directory(name, data.resolve("recordings"), 0);
  }
}
