package dev.callcast.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The uploaded images and fonts: a row each, and a file named after its content, so that a worker
 * sees by the path whether it is another one. A file that no row names any more is removed ten
 * minutes later, when every worker has long got the new path. Safe for any thread.
 */
public final class AssetStore {
  private static final String SELECT =
      "select name, type, width, height, bytes, hash, updated_at from assets";
  private static final Duration KEPT_UNUSED = Duration.ofMinutes(10);

  private final Database database;
  private final Path directory;

  AssetStore(Database database, Path directory) {
    this.database = database;
    this.directory = directory.toAbsolutePath().normalize();
  }

  /** A file for an upload, not yet an asset; whoever asks moves or deletes it. */
  public Path newFile() throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return Files.createTempFile(
        directory,
        "upload-",
        null,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Makes an uploaded file an asset, in place of the one of its name. Says whether it is new. */
  public boolean put(StoredAsset asset, Path uploaded) throws IOException {
    try (FileChannel channel = FileChannel.open(uploaded, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        uploaded,
        file(asset.hash()),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    boolean fresh =
        database.write(handle -> {
          boolean isNew = get(asset.name()).isEmpty();
          handle
              .createUpdate(
                  "insert into assets (name, type, width, height, bytes, hash, updated_at) values"
                      + " (:name, :type, :width, :height, :bytes, :hash, :now)"
                      + " on conflict (name) do update set type = excluded.type,"
                      + " width = excluded.width, height = excluded.height,"
                      + " bytes = excluded.bytes, hash = excluded.hash,"
                      + " updated_at = excluded.updated_at")
              .bind("name", asset.name())
              .bind("type", asset.type())
              .bind("width", asset.width())
              .bind("height", asset.height())
              .bind("bytes", asset.bytes())
              .bind("hash", asset.hash())
              .bind("now", asset.updatedAt())
              .execute();
          return isNew;
        });
    sweep();
    return fresh;
  }

  /** Forgets an asset; says whether there was one. */
  public boolean delete(String name) throws IOException {
    boolean gone =
        database.write(handle ->
            handle
                    .createUpdate("delete from assets where name = :name")
                    .bind("name", name)
                    .execute()
                > 0);
    sweep();
    return gone;
  }

  public Optional<StoredAsset> get(String name) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where name = :name")
            .bind("name", name)
            .map((row, context) -> asset(row))
            .findOne());
  }

  /** Assets by name, from after {@code after} on. */
  public List<StoredAsset> list(String after, int limit) {
    return database.read(handle ->
        handle
            .createQuery(SELECT + " where name > :after order by name limit :limit")
            .bind("after", after)
            .bind("limit", limit)
            .map((row, context) -> asset(row))
            .list());
  }

  private static StoredAsset asset(ResultSet row) throws SQLException {
    return new StoredAsset(
        row.getString("name"),
        row.getString("type"),
        row.getInt("width"),
        row.getInt("height"),
        row.getLong("bytes"),
        row.getString("hash"),
        row.getString("updated_at"));
  }

  /** How many there are. */
  public long count() {
    return database.read(
        handle -> handle.createQuery("select count(*) from assets").mapTo(Long.class).one());
  }

  /** The file of a content. */
  public Path file(String hash) {
    return directory.resolve(hash);
  }

  /** The absolute paths of those of these names that are images. */
  public Map<String, String> images(Collection<String> names) {
    return files(names, false);
  }

  /** The absolute paths of those of these names that are fonts. */
  public Map<String, String> fonts(Collection<String> names) {
    return files(names, true);
  }

  private Map<String, String> files(Collection<String> names, boolean fonts) {
    Map<String, String> files = new TreeMap<>();
    for (String name : names) {
      get(name)
          .filter(asset -> asset.font() == fonts)
          .ifPresent(asset -> files.put(name, file(asset.hash()).toString()));
    }
    return files;
  }

  private void sweep() throws IOException {
    Set<String> used =
        new HashSet<>(
            database.read(handle ->
                handle.createQuery("select hash from assets").mapTo(String.class).list()));
    FileTime old = FileTime.from(Instant.now().minus(KEPT_UNUSED));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!used.contains(file.getFileName().toString())
            && Files.getLastModifiedTime(file).compareTo(old) < 0) {
          Files.deleteIfExists(file);
        }
      }
    } catch (java.nio.file.NoSuchFileException none) {
      return; // Nothing was ever uploaded, or another upload swept at the same time.
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw new UncheckedIOException(e.getCause());
    }
  }
}
