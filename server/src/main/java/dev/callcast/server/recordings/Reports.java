package dev.callcast.server.recordings;

import dev.callcast.media.output.recording.FinishedFile;
import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the reports of recordings: at the finish what their notes and their file tell, later the
 * hashes, and then a copy as JSON beside the file. Safe for any thread; nothing to close.
 */
final class Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
  static final String HASHES = "hashes";
  private static final long PART = StorageConfig.Timing.DEFAULT.partSize();

  private final Store store;
  private final Storages storages;

  Reports(Store store, Storages storages) {
    this.store = store;
    this.storages = storages;
  }

  /** The name of a report by that of its recording: a file's, or a key. */
  static String nameFor(String recording) {
    return recording.endsWith(TracksManifest.NAME)
        ? recording.substring(0, recording.length() - TracksManifest.NAME.length()) + "report.json"
        : recording + ".report.json";
  }

  private static Path fileFor(Path recording) {
    return recording.resolveSibling(nameFor(String.valueOf(recording.getFileName())));
  }

  /** What is known at the finish. */
  static ObjectNode draft(StoredRecording recording, FinishedFile finished) {
    return RecordingReport.of(recording, finished, ReportJournal.read(Path.of(recording.file())));
  }

  /** The same of a recording of tracks, whose manifest is there. */
  static ObjectNode draft(StoredRecording recording) throws IOException {
    Path manifest = TrackFiles.directory(recording).resolve(TracksManifest.NAME);
    return TracksReport.of(recording, ProtocolJson.MAPPER.readTree(Files.readAllBytes(manifest)));
  }

  /** Keeps it. In the transaction that says that the recording is finished. */
  void keep(StoredRecording recording, ObjectNode draft) {
    store.recordings().report(recording.id(), draft.toString());
  }

  /** Deletes what lies beside a file that grows, and means nothing once it is finished. */
  static void discardNotes(Path file) {
    for (Path beside :
        List.of(
            ReportJournal.fileFor(file), file.resolveSibling(file.getFileName() + ".timeline"))) {
      try {
        Files.deleteIfExists(beside);
      } catch (IOException e) {
        LOG.warn("{} stays: {}", beside, e.toString());
      }
    }
  }

  /** Goes on with reports that a node's end kept from getting their hashes. */
  void resume() {
    for (StoredRecording recording : store.recordings().withoutHashes()) {
      if (storages.s3(recording.storage()) == null && Files.exists(Path.of(recording.file()))) {
        completeLater(recording);
      }
    }
  }

  /** Reads all of a file that stays where it is, beside whatever goes on. */
  void completeLater(StoredRecording recording) {
    Thread.ofVirtual()
        .name("report-" + recording.id())
        .start(() -> {
          Path file = Path.of(recording.file());
          try {
            ObjectNode report = stored(recording);
            if (report != null) {
              if (recording.ofTracks()) {
                TracksReport.hash(report, hashes(recording));
              } else {
                report.set(HASHES, PartHashes.of(file, PART));
              }
              write(fileFor(file), report);
              store.recordings().report(recording.id(), report.toString());
            }
          } catch (NoSuchFileException e) {
            LOG.debug("recording {} was deleted meanwhile", recording.id(), e);
          } catch (IOException | RuntimeException e) {
            LOG.warn("the report of recording {} gets no hashes now", recording.id(), e);
          }
        });
  }

  private static Map<String, ObjectNode> hashes(StoredRecording recording) throws IOException {
    Map<String, ObjectNode> hashes = new HashMap<>();
    for (StoredRecording.TrackFile file : recording.files()) {
      Path path = TrackFiles.directory(recording).resolve(file.name());
      hashes.put(file.name(), PartHashes.of(path, PART));
    }
    return hashes;
  }

  /** A recording of tracks is in its storage with all of its files. */
  void uploaded(StoredRecording recording) {
    ObjectNode report = stored(recording);
    S3Storage storage = storages.s3(recording.storage());
    if (report == null || storage == null) {
      return;
    }
    Map<String, ObjectNode> hashes = new HashMap<>();
    for (StoredUpload upload : store.uploads().of(recording.id())) {
      hashesOf(upload)
          .ifPresent(found ->
              hashes.put(upload.key().substring(upload.key().lastIndexOf('/') + 1), found));
    }
    TracksReport.hash(report, hashes);
    publish(recording, report, storage, recording.key());
  }

  private Optional<ObjectNode> hashesOf(StoredUpload upload) {
    List<StoredUpload.Part> parts = store.uploads().parts(upload.id());
    return parts.isEmpty() || parts.stream().anyMatch(part -> part.sha256().isEmpty())
        ? Optional.empty()
        : Optional.of(PartHashes.of(upload.partSize(), parts));
  }

  /** The recording is in its storage: the hashes are those of the parts that were sent. */
  void uploaded(StoredRecording recording, StoredUpload upload) {
    ObjectNode report = stored(recording);
    S3Storage storage = storages.s3(upload.storage());
    if (report == null || storage == null) {
      return;
    }
    hashesOf(upload).ifPresent(found -> report.set(HASHES, found));
    publish(recording, report, storage, upload.key());
  }

  /** In the API, and as an object beside the recording's. */
  private void publish(
      StoredRecording recording, ObjectNode report, S3Storage storage, String key) {
    store.recordings().report(recording.id(), report.toString());
    Path scratch = fileFor(Path.of(recording.file()));
    try {
      write(scratch, report);
      try (FileChannel open = FileChannel.open(scratch, StandardOpenOption.READ)) {
        FileSlice slice = new FileSlice(open, 0, open.size());
        storage.put(nameFor(key), "application/json", Map.of(), slice, slice.md5());
      }
      Files.deleteIfExists(scratch);
    } catch (IOException e) {
      LOG.warn("the report of recording {} is in the API only: {}", recording.id(), e.getMessage());
    }
  }

  /** Deletes what is beside a file of this machine. */
  static void delete(StoredRecording recording) throws IOException {
    Path file = Path.of(recording.file());
    Files.deleteIfExists(fileFor(file));
    discardNotes(file);
  }

  private @Nullable ObjectNode stored(StoredRecording recording) {
    return store
        .recordings()
        .report(recording.id())
        .map(json -> (ObjectNode) ProtocolJson.MAPPER.readTree(json))
        .orElse(null);
  }

  private static void write(Path file, ObjectNode report) throws IOException {
    Path half = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(half);
    byte[] text =
        (ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    try (var out =
        Files.newByteChannel(
            half,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      out.write(ByteBuffer.wrap(text));
    }
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
