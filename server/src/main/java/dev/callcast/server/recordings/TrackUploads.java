package dev.callcast.server.recordings;

import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The uploads of recordings of tracks: one for each file, and one for the manifest while it grows,
 * which exists from the beginning. A file's upload is noted as soon as the file is seen, so it is
 * sent while it grows; that of the final manifest when all are finished. The recording is with its
 * storage when all of them are. Keeps no state; any thread.
 */
final class TrackUploads {
  private static final Logger LOG = LoggerFactory.getLogger(TrackUploads.class);

  private final Store store;
  private final Storages storages;
  private final Uploads uploads;
  private final Reports reports;

  TrackUploads(Store store, Storages storages, Uploads uploads, Reports reports) {
    this.store = store;
    this.storages = storages;
    this.uploads = uploads;
    this.reports = reports;
  }

  /** Whether a recording's files are uploaded. */
  boolean concerns(StoredRecording recording) {
    return recording.ofTracks() && storages.config(recording.storage()) instanceof StorageConfig.S3;
  }

  /** Begins the uploads of files that are new. */
  void begin(StoredRecording recording) throws IOException {
    Path directory = TrackFiles.directory(recording);
    Set<String> known = new HashSet<>();
    store.uploads().of(recording.id()).forEach(upload -> known.add(upload.id()));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.{webm,mka,mp4}")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!known.contains(StoredUpload.idOf(recording.id(), name))) {
          add(recording, name);
        }
      }
    } catch (NoSuchFileException e) {
      // It was lost, or deleted.
    }
  }

  private void add(StoredRecording recording, String name) {
    if (!(storages.config(recording.storage()) instanceof StorageConfig.S3 s3)) {
      return;
    }
    Path file = TrackFiles.directory(recording).resolve(name);
    String id = StoredUpload.idOf(recording.id(), name);
    String format =
        name.endsWith(".mp4") ? "track" : name.endsWith(".json") ? "append" : "matroska";
    store
        .uploads()
        .add(
            new StoredUpload(
                id,
                recording.id(),
                recording.instance(),
                recording.call(),
                recording.node(),
                1,
                StoredUpload.State.ACTIVE,
                file.toString(),
                format,
                TrackFiles.type(recording, file),
                recording.storage(),
                key(recording, name),
                s3.timing().partSize(),
                null,
                null,
                0,
                null,
                null,
                null,
                Ids.now()));
    uploads.wake(id);
  }

  /** The object's name of one of a recording's files. */
  private static String key(StoredRecording recording, String name) {
    String manifest = recording.key();
    return manifest.substring(0, manifest.length() - TracksManifest.NAME.length()) + name;
  }

  /**
   * Has those made again of what was uploaded that are missing here: the recording is finished of
   * all of its files.
   *
   * @return whether there are any
   */
  boolean recover(StoredRecording recording) {
    boolean missing = false;
    for (StoredUpload upload : store.uploads().of(recording.id())) {
      boolean sent =
          switch (upload.state()) {
            case INTENDED, FAILED -> false;
            case VERIFIED, DONE -> true;
            case ACTIVE, COMPLETING ->
                upload.tail() != null || !store.uploads().parts(upload.id()).isEmpty();
          };
      if (!sent || Files.exists(Path.of(upload.file()))) {
        continue;
      }
      if (upload.id().equals(StoredUpload.idOf(recording.id(), TracksManifest.NAME))) {
        continue; // made anew
      }
      missing = true;
      if (upload.state() == StoredUpload.State.DONE
          || upload.state() == StoredUpload.State.VERIFIED) {
        store.uploads().revive(upload.id(), upload.epoch());
      }
      uploads.wake(upload.id());
    }
    return missing;
  }

  /** All of its files are final: what is missing of them can be sent. */
  void finished(StoredRecording recording, TracksManifest.Result.Finished finished)
      throws IOException {
    begin(recording);
    Path directory = TrackFiles.directory(recording);
    String manifest = StoredUpload.idOf(recording.id(), TracksManifest.NAME);
    long manifestBytes = Files.size(directory.resolve(TracksManifest.NAME));
    long journalBytes = Files.size(directory.resolve(TracksManifest.JOURNAL));
    Set<String> kept = new HashSet<>(Set.of(recording.id(), manifest));
    ObjectNode report = Reports.draft(recording);
    store
        .database()
        .write(handle -> {
          if (store.uploads().get(manifest).isEmpty()) {
            add(recording, TracksManifest.NAME);
          } else {
            store
                .uploads()
                .get(manifest)
                .ifPresent(row -> store.uploads().revive(manifest, row.epoch()));
          }
          store.uploads().ended(recording.id(), journalBytes, 0);
          store.uploads().ended(manifest, manifestBytes, 0);
          for (TracksManifest.TrackFileEntry file : finished.files()) {
            String id = StoredUpload.idOf(recording.id(), file.name());
            store.uploads().ended(id, file.bytes(), file.rewritten());
            kept.add(id);
          }
          store.recordings().files(recording.id(), TrackFiles.of(finished.files()));
          reports.keep(recording, report);
          store
              .recordings()
              .uploading(recording.id(), finished.bytes(), finished.duration(), List.of());
          return null;
        });
    for (StoredUpload upload : store.uploads().of(recording.id())) {
      if (kept.contains(upload.id())) {
        uploads.wake(upload.id());
      } else {
        Thread.ofVirtual().start(() -> uploads.abandon(upload)); // nothing in it was whole
      }
    }
  }

  /** Whether its storage has all of a recording that is being uploaded. */
  boolean isDone(StoredRecording recording) {
    List<StoredUpload> ended =
        store.uploads().of(recording.id()).stream()
            .filter(upload -> upload.finalLength() != null)
            .toList();
    return !ended.isEmpty()
        && ended.stream().allMatch(upload -> upload.state() == StoredUpload.State.DONE);
  }

  /** Its storage has all: nothing of it is needed here. */
  static void discard(StoredRecording recording) {
    try {
      TrackFiles.delete(recording);
    } catch (IOException e) {
      LOG.warn("recording {}: what was uploaded of it stays: {}", recording.id(), e.getMessage());
    }
  }
}
