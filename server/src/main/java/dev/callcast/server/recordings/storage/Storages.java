package dev.callcast.server.recordings.storage;

import dev.callcast.server.store.RecordingPlaces;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The storages of a node by name. S3 clients are made at their first use. Safe for any thread;
 * owned and closed by the node.
 */
public final class Storages implements RecordingPlaces, AutoCloseable {
  private final Map<String, StorageConfig> configs = new LinkedHashMap<>();
  private final Map<String, S3Storage> clients = new HashMap<>(); // guarded by itself
  private final String standard;
  private final Path spool;

  /**
   * Puts them together.
   *
   * @param standard the name of the one that is taken where none is named
   * @param spool where files grow that are uploaded
   */
  public Storages(List<StorageConfig> configs, String standard, Path spool) {
    configs.forEach(config -> this.configs.put(config.name(), config));
    this.standard = standard;
    this.spool = spool.toAbsolutePath().normalize();
    if (!this.configs.containsKey(standard)) {
      throw new IllegalArgumentException(
          "there is no storage " + standard + "; there are " + this.configs.keySet());
    }
  }

  public List<StorageConfig> all() {
    return List.copyOf(configs.values());
  }

  /** The configuration of a storage, or null when there is none of that name. */
  public @Nullable StorageConfig config(String name) {
    return configs.get(name);
  }

  /**
   * A storage to upload to.
   *
   * @return null when there is none of that name, or files stay where they are
   */
  public @Nullable S3Storage s3(String name) {
    if (!(configs.get(name) instanceof StorageConfig.S3 config)) {
      return null;
    }
    synchronized (clients) {
      return clients.computeIfAbsent(name, n -> new S3Storage(config));
    }
  }

  @Override
  public String standard() {
    return standard;
  }

  @Override
  public Place place(String storage, String name, String file) {
    return switch (configs.get(storage)) {
      case StorageConfig.Directory directory ->
          new Place(within(directory.path().toAbsolutePath().normalize(), name), name, 0);
      case StorageConfig.S3 s3 ->
          new Place(spooled(storage, file), s3.prefix() + name, s3.timing().partSize());
      case null -> throw new IllegalArgumentException("there is no storage " + storage);
    };
  }

  /** Where a file of that name grows on this node, on its way to a storage. */
  public Path spooled(String storage, String file) {
    return within(spool.resolve(storage), file);
  }

  private static Path within(Path directory, String name) {
    Path file = directory.resolve(name).normalize();
    if (!file.startsWith(directory) || file.equals(directory)) {
      throw new IllegalArgumentException("a recording outside of its directory");
    }
    return file;
  }

  @Override
  public void close() {
    synchronized (clients) {
      clients.values().forEach(S3Storage::close);
      clients.clear();
    }
  }
}
