package dev.callcast.server.recordings.upload;

import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.ObjectInfo;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.store.StoredUpload;
import dev.callcast.server.store.StoredUpload.Part;
import dev.callcast.server.store.UploadStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a file again of what a storage has of one whose spool was lost with its machine: the parts
 * without a gap from the first, by the journal and by the storage's own list, and the tail's side
 * object behind them. They are put together at once, so that from then on the object plays whatever
 * happens; then it is read back into this node's spool, where it is finished and uploaded as any
 * other. May be repeated at any point.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final UploadStore journal;
  private final S3Storage storage;
  private final NotesCopy notes;

  Recovery(UploadStore journal, S3Storage storage, NotesCopy notes) {
    this.journal = journal;
    this.storage = storage;
    this.notes = notes;
  }

  /** The storage has nothing to make a file of. */
  static final class NothingException extends IOException {
    private static final long serialVersionUID = 1L;

    NothingException(String message) {
      super(message);
    }
  }

  /**
   * Makes the file.
   *
   * @param known the journal's parts by number
   */
  void rebuild(StoredUpload upload, Map<Integer, Part> known) throws IOException {
    Path file = Path.of(upload.file());
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path partial = file.resolveSibling(file.getFileName() + ".recovered");
    Files.deleteIfExists(partial);
    Optional<ObjectInfo> object = storage.head(upload.key());
    boolean together =
        object.isPresent()
            && upload.recording().equals(object.get().metadata().get(Upload.RECORDING));
    if (!together) {
      putTogether(upload, known, partial);
    }
    download(upload.key(), partial);
    if (upload.format().equals("mp4")) {
      Mp4Finisher.reopen(partial);
    }
    notes.fetch(upload);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    if (journal.restart(upload.id(), upload.epoch()) == 0) {
      throw new IOException("another node has taken it");
    }
    LOG.warn(
        "upload {}: its spool was lost; {} bytes were read back from {}",
        upload.id(),
        Files.size(file),
        upload.key());
  }

  private void putTogether(StoredUpload upload, Map<Integer, Part> known, Path scratch)
      throws IOException {
    List<Part> parts = prefix(upload, known);
    long end = parts.stream().mapToLong(Part::size).sum();
    FileSlice rest = null;
    try (FileChannel side = tail(upload, scratch)) {
      long offset = side == null ? 0 : tailOffset;
      if (side != null && offset <= end && offset + side.size() > end) {
        rest = new FileSlice(side, end - offset, offset + side.size() - end);
      }
      if (parts.isEmpty() && rest == null) {
        throw new NothingException("nothing was uploaded before the file of the spool was lost");
      }
      String uploadId = upload.uploadId();
      if (uploadId == null || parts.isEmpty()) {
        uploadId = Upload.create(storage, upload);
        journal.began(upload.id(), upload.epoch(), uploadId);
      }
      List<S3Storage.PartTag> tags = new ArrayList<>();
      parts.forEach(part -> tags.add(new S3Storage.PartTag(part.number(), part.etag())));
      if (rest != null) {
        int number = parts.size() + 1;
        String etag = storage.uploadPart(upload.key(), uploadId, number, rest, rest.md5());
        tags.add(new S3Storage.PartTag(number, etag));
      }
      storage.complete(upload.key(), uploadId, tags);
    } finally {
      Files.deleteIfExists(scratch);
    }
  }

  /**
   * The parts without a gap from the first; what the storage lists counts more than the journal.
   */
  private List<Part> prefix(StoredUpload upload, Map<Integer, Part> known) throws StorageException {
    String uploadId = upload.uploadId();
    if (uploadId == null) {
      return List.of();
    }
    Map<Integer, S3Storage.ListedPart> listed;
    try {
      listed =
          storage.listParts(upload.key(), uploadId).stream()
              .collect(Collectors.toMap(S3Storage.ListedPart::number, Function.identity()));
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.UNKNOWN) {
        return List.of();
      }
      throw e;
    }
    List<Part> prefix = new ArrayList<>();
    for (int number = 1; listed.containsKey(number); number++) {
      S3Storage.ListedPart part = listed.get(number);
      Part noted = known.get(number);
      String sha256 = noted != null && noted.etag().equals(part.etag()) ? noted.sha256() : "";
      prefix.add(new Part(number, part.size(), part.etag(), sha256));
      if (part.size() != upload.partSize()) {
        break; // the last one
      }
    }
    return prefix;
  }

  private long tailOffset;

  /** The side object as a scratch file, or null where there is none. */
  private @Nullable FileChannel tail(StoredUpload upload, Path scratch) throws IOException {
    String key = Upload.tailKey(upload.key());
    if (storage.head(key).isEmpty()) {
      return null;
    }
    storage.read(
        key,
        (in, length, metadata) -> {
          tailOffset = Long.parseLong(metadata.getOrDefault(Upload.OFFSET, "0"));
          Files.copy(in, scratch, StandardCopyOption.REPLACE_EXISTING);
        });
    return FileChannel.open(scratch, StandardOpenOption.READ);
  }

  private void download(String key, Path to) throws IOException {
    storage.read(
        key,
        (in, length, metadata) -> {
          if (Files.getFileStore(to.getParent()).getUsableSpace() < length + length / 16) {
            throw new IOException("the spool has no room for the " + length + " bytes of " + key);
          }
          try (FileChannel out =
                  FileChannel.open(
                      to,
                      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                      PosixFilePermissions.asFileAttribute(
                          PosixFilePermissions.fromString("rw-------")));
              var stream = java.nio.channels.Channels.newOutputStream(out)) {
            long copied = in.transferTo(stream);
            if (copied != length) {
              throw new IOException(key + " ended after " + copied + " of " + length + " bytes");
            }
            out.force(true);
          }
        });
  }
}
