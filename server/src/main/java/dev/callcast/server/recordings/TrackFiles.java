package dev.callcast.server.recordings;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.server.store.StoredRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of recordings of tracks, in a directory each. Stateless. */
public final class TrackFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TrackFiles.class);

  private TrackFiles() {}

  /** Where a recording's files are. */
  static Path directory(StoredRecording recording) {
    return Path.of(recording.file()).toAbsolutePath().resolveSibling(".").normalize();
  }

  /** Its manifest while it grows. */
  static Path journal(StoredRecording recording) {
    return directory(recording).resolve(TracksManifest.JOURNAL);
  }

  /**
   * One of its files by name; the manifest, as far as it is, for null.
   *
   * @return null when it has none of that name
   */
  public static @Nullable Path file(StoredRecording recording, @Nullable String name) {
    if (name == null || name.equals(TracksManifest.NAME)) {
      Path manifest = directory(recording).resolve(TracksManifest.NAME);
      return recording.state().equals("ready") || Files.exists(manifest)
          ? manifest
          : journal(recording);
    }
    List<StoredRecording.TrackFile> files =
        recording.files().isEmpty() ? growing(recording) : recording.files();
    return files.stream().anyMatch(file -> file.name().equals(name))
        ? directory(recording).resolve(name)
        : null;
  }

  /** The media type of one of its files. */
  public static String type(StoredRecording recording, Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".webm")) {
      List<StoredRecording.TrackFile> files =
          recording.files().isEmpty() ? growing(recording) : recording.files();
      boolean sound =
          files.stream().anyMatch(one -> one.name().equals(name) && one.kind().equals("audio"));
      return sound ? "audio/webm" : "video/webm";
    }
    return name.endsWith(".mp4")
        ? "video/mp4"
        : name.endsWith(".mka") ? "audio/x-matroska" : "application/json";
  }

  /** Those of a recording that grows, as far as they are; none where it has not begun. */
  public static List<StoredRecording.TrackFile> growing(StoredRecording recording) {
    try {
      return of(TracksManifest.files(directory(recording)));
    } catch (IOException e) {
      LOG.warn("recording {}: its files can't be looked at: {}", recording.id(), e.getMessage());
      return List.of();
    }
  }

  static List<StoredRecording.TrackFile> of(List<TracksManifest.TrackFileEntry> entries) {
    return entries.stream()
        .map(file ->
            new StoredRecording.TrackFile(
                file.name(),
                file.participant(),
                file.track(),
                file.kind(),
                file.source(),
                file.codec(),
                file.offset(),
                file.duration(),
                file.bytes()))
        .toList();
  }

  /** The manifest has taken its place. */
  static void discardJournal(StoredRecording recording) throws IOException {
    Path journal = journal(recording);
    Files.deleteIfExists(journal);
    Files.deleteIfExists(journal.resolveSibling(journal.getFileName() + ".timeline"));
  }

  /** Deletes a recording's directory with all that is in it. */
  public static void delete(StoredRecording recording) throws IOException {
    delete(directory(recording));
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
