package dev.callcast.server.recordings;

import dev.callcast.media.output.RecordingFormatException;
import dev.callcast.media.output.recording.FinishedFile;
import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files in this node's spool whose uploads another node took while this one was silent. The other
 * has ended the recording with what was uploaded by then; the file here has that and what its
 * worker recorded since. Where the other came to nothing, the recording is taken back. Where it
 * came to an end, what is here becomes a recording of its own, or is deleted when there is nothing
 * more in it. Belongs to the finisher's thread.
 */
final class LeftBehind {
  private static final Logger LOG = LoggerFactory.getLogger(LeftBehind.class);
  private static final double NANOS = 1e9;

  /** Less than this is not worth another recording, s: a fragment. */
  private static final double MORE = 0.5;

  private final Store store;
  private final Storages storages;
  private final String node;

  LeftBehind(Store store, Storages storages, String node) {
    this.store = store;
    this.storages = storages;
    this.node = node;
  }

  /** Looks through the spool. */
  void look() {
    for (StorageConfig config : storages.all()) {
      Path directory = storages.spooled(config.name(), "x").getParent();
      if (!(config instanceof StorageConfig.S3) || directory == null) {
        continue;
      }
      for (Path file : files(directory)) {
        try {
          lookAt(file);
        } catch (IOException e) {
          LOG.warn("{} is looked at again later: {}", file, e.getMessage());
        }
      }
      for (Path tracks : directories(directory)) {
        try {
          lookAtTracks(tracks);
        } catch (IOException e) {
          LOG.warn("{} is looked at again later: {}", tracks, e.getMessage());
        }
      }
    }
  }

  private static List<Path> files(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    return list(directory, "r*.{mp4,m4a,ogg}");
  }

  /** Those of recordings of tracks. */
  private static List<Path> directories(Path directory) {
    return list(directory, "r*").stream()
        .filter(one -> Files.exists(one.resolve(TracksManifest.JOURNAL)))
        .toList();
  }

  private static List<Path> list(Path directory, String glob) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      List<Path> all = new ArrayList<>();
      files.forEach(all::add);
      return all;
    } catch (IOException e) {
      LOG.warn("{} cannot be listed: {}", directory, e.toString());
      return List.of();
    }
  }

  private void lookAt(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    StoredUpload upload =
        store.uploads().get(name.substring(0, name.lastIndexOf('.'))).orElse(null);
    if (upload == null || upload.node().equals(node)) {
      return;
    }
    StoredRecording recording = store.recordings().get(upload.recording()).orElse(null);
    if (recording == null) {
      return;
    }
    switch (upload.state()) {
      case DONE -> settle(recording, file);
      case FAILED -> takeBack(upload, file);
      case INTENDED, ACTIVE, COMPLETING, VERIFIED -> {
        // The other one is at it.
      }
    }
  }

  private void lookAtTracks(Path directory) throws IOException {
    String id = String.valueOf(directory.getFileName());
    StoredRecording recording = store.recordings().get(id).orElse(null);
    if (recording == null || !recording.ofTracks() || recording.node().equals(node)) {
      return;
    }
    switch (recording.state()) {
      case "ready" -> settleTracks(recording, directory);
      case "failed" -> {
        for (StoredUpload upload : store.uploads().of(id)) {
          Path name = Path.of(upload.file()).getFileName();
          takeBack(upload, directory.resolve(String.valueOf(name)));
        }
      }
      default -> {
        // The other one is at it.
      }
    }
  }

  private void settleTracks(StoredRecording recording, Path directory) throws IOException {
    if (!(TracksManifest.finish(directory) instanceof TracksManifest.Result.Finished here)) {
      return; // its worker still writes, and will have more
    }
    if (here.duration() - recording.duration() > MORE) {
      deliverTracks(recording, directory);
      return;
    }
    TrackFiles.delete(directory);
    LOG.info("{} is deleted: another node has uploaded all that is in it", directory);
  }

  /** They go on as another recording, with all that is there. */
  private void deliverTracks(StoredRecording recording, Path directory) throws IOException {
    RecordingFiles.Place place =
        begin(
            recording,
            directory,
            Map.of("kind", recording.kind()),
            call -> store.files().addTracks(call, recording.storage(), null));
    if (place != null) {
      Path target = Path.of(place.file()).toAbsolutePath().resolveSibling(".").normalize();
      // A directory is replaced by another where it is empty, as that of a new recording is.
      Files.move(directory, target, StandardCopyOption.ATOMIC_MOVE);
      TracksManifest.rename(target, place.recording());
    }
  }

  private void settle(StoredRecording recording, Path file) throws IOException {
    Optional<FinishedFile> held;
    try {
      held = FinishedFile.look(file, recording.options().format());
    } catch (RecordingFormatException e) {
      LOG.warn("{} is no recording, and stays: {}", file, e.getMessage());
      return;
    }
    double more = held.map(here -> here.duration() / NANOS - recording.duration()).orElse(0.0);
    if (more > MORE) {
      deliver(recording, file);
      return;
    }
    // Not under a worker that still writes: that one will have more.
    if (FinishedFile.finish(file, recording.options(), "", List.of(), true)
        instanceof FinishedFile.Result.InUse) {
      return;
    }
    Files.delete(file);
    Reports.discardNotes(file);
    LOG.info("{} is deleted: another node has uploaded all that is in it", file);
  }

  /** It goes on as another recording, with all that is in the file. */
  private void deliver(StoredRecording recording, Path file) throws IOException {
    RecordingFiles.Wanted wanted =
        RecordingFiles.Wanted.of(recording.storage(), null, recording.options());
    RecordingFiles.Place place =
        begin(
            recording,
            file,
            Map.of("composition", recording.composition(), "output", recording.output()),
            call ->
                store.files().add(call, recording.composition(), recording.output(), wanted, null));
    if (place == null) {
      return;
    }
    Path target = Path.of(place.file());
    Path notes = ReportJournal.fileFor(file);
    if (Files.exists(notes)) {
      Files.move(notes, ReportJournal.fileFor(target), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Makes place for a recording that has ended, and says so.
   *
   * @return null where its call is forgotten
   */
  private RecordingFiles.@Nullable Place begin(
      StoredRecording recording,
      Path here,
      Map<String, Object> what,
      Function<StoredCall, RecordingFiles.Place> add) {
    StoredCall call = store.calls().run(recording.instance()).orElse(null);
    if (call == null) {
      return null;
    }
    RecordingFiles.Place place =
        store
            .database()
            .write(handle -> {
              RecordingFiles.Place made = add.apply(call);
              store.recordings().ending(made.recording());
              Map<String, Object> data = new LinkedHashMap<>(what);
              data.put("recording", made.recording());
              data.put("of", recording.id());
              store
                  .calls()
                  .appendEvent(recording.instance(), recording.call(), "recording.returned", data);
              return made;
            });
    LOG.warn(
        "{} has more than another node uploaded of recording {}: it becomes recording {}",
        here,
        recording.id(),
        place.recording());
    return place;
  }

  private void takeBack(StoredUpload upload, Path file) {
    boolean taken =
        store
            .database()
            .write(handle -> {
              long epoch = store.uploads().take(upload, node);
              if (epoch == 0
                  || !store.uploads().moved(upload.id(), epoch, file.toString())
                  || !store.uploads().revive(upload.id(), epoch)
                  || !store.uploads().grows(upload.id(), epoch)) {
                return false;
              }
              String recordingFile = store.uploads().get(upload.id()).orElseThrow().recordingFile();
              store.recordings().take(upload.recording(), node, recordingFile);
              return true;
            });
    if (taken) {
      LOG.warn("another node came to nothing with upload {}: it is taken back", upload.id());
    }
  }
}
