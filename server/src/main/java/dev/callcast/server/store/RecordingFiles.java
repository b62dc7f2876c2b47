package dev.callcast.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where recordings lie: {@code <data>/recordings/<call>/<composition>-<recording>.mp4}, in
 * directories that only the node's user may read. The recording's id, unique for ever, is always in
 * the name: no recording can overwrite another. Safe for any thread.
 */
public final class RecordingFiles {
  private final Path directory;
  private final RecordingStore recordings;

  RecordingFiles(Path directory, RecordingStore recordings) {
    this.directory = directory.toAbsolutePath().normalize();
    this.recordings = recordings;
  }

  /** A recording's id and its file's absolute path. */
  public record Place(String recording, String file) {}

  /** Adds a recording's row and makes its directory. In a write transaction. */
  public Place add(StoredCall call, String composition, String output) {
    String id = Ids.sortable("r");
    String key = call.id() + "/" + composition + "-" + id + ".mp4";
    Path file = directory.resolve(key).normalize();
    if (!file.startsWith(directory)) {
      throw new IllegalStateException("a recording outside of its directory");
    }
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    recordings.add(id, call, composition, output, file.toString(), "local", key);
    return new Place(id, file.toString());
  }
}
