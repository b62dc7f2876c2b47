package dev.callcast.server.recordings.upload;

import dev.callcast.media.output.report.ReportJournal;
import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notes for a recording's report, which lie beside its growing file, as another side object: so
 * a machine that is lost takes only the newest of them along. They are sent whole, compressed, and
 * the more seldom the longer they are. Nothing of a recording ever waits for them, and what fails
 * is sent the next time. Belongs to its {@link Upload}'s thread.
 */
final class NotesCopy {
  private static final Logger LOG = LoggerFactory.getLogger(NotesCopy.class);
  private static final long LEAST = Duration.ofSeconds(10).toNanos();

  /** What it may take on average, bytes/s: an hour of a call of nine is sent every half minute. */
  private static final long RATE = 10_000;

  private final S3Storage storage;
  private long next = System.nanoTime();

  NotesCopy(S3Storage storage) {
    this.storage = storage;
  }

  static String keyFor(String key) {
    return key + ".notes";
  }

  /** Sends them, if that is due. */
  void send(StoredUpload upload) {
    Path notes = ReportJournal.fileFor(Path.of(upload.file()));
    if (upload.ofTracks() || System.nanoTime() - next < 0 || !Files.exists(notes)) {
      return;
    }
    next = System.nanoTime() + LEAST;
    Path packed = notes.resolveSibling(notes.getFileName() + ".gz");
    try {
      try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
        Files.copy(notes, out);
      }
      try (FileChannel open = FileChannel.open(packed, StandardOpenOption.READ)) {
        FileSlice slice = new FileSlice(open, 0, open.size());
        Map<String, String> metadata = Map.of(Upload.RECORDING, upload.recording());
        storage.put(keyFor(upload.key()), "application/gzip", metadata, slice, slice.md5());
        next += slice.length() * 1_000_000_000L / RATE;
      }
    } catch (IOException e) {
      LOG.debug("the notes of upload {} are sent later", upload.id(), e);
    } finally {
      packed.toFile().delete();
    }
  }

  /** Puts what the storage has of them where they were. */
  void fetch(StoredUpload upload) throws IOException {
    String key = keyFor(upload.key());
    if (upload.ofTracks() || storage.head(key).isEmpty()) {
      return;
    }
    Path notes = ReportJournal.fileFor(Path.of(upload.file()));
    storage.read(
        key,
        (in, length, metadata) -> {
          try (GZIPInputStream unpacked = new GZIPInputStream(in)) {
            Files.copy(unpacked, notes, StandardCopyOption.REPLACE_EXISTING);
          }
        });
  }

  /** Deletes the side object: its recording has a report, or nobody wants it. */
  void delete(StoredUpload upload) throws IOException {
    if (!upload.ofTracks()) {
      storage.delete(keyFor(upload.key()));
    }
  }
}
