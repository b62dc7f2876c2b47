package dev.callcast.server.recordings;

import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Deletes recordings, wherever they are. Safe for any thread; nothing to close. */
public final class RecordingRemover {
  private final Store store;
  private final Storages storages;
  private final Uploads uploads;

  public RecordingRemover(Store store, Storages storages, Uploads uploads) {
    this.store = store;
    this.storages = storages;
    this.uploads = uploads;
  }

  /** The storage is configured no more, so its object cannot be deleted. */
  public static final class UnknownStorageException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownStorageException(String storage) {
      super("no storage " + storage + " is configured");
    }
  }

  /**
   * Deletes a recording that is not being made: its objects, its file and its rows, in this order.
   *
   * @param reason for the event
   * @throws StorageException where its storage does not: nothing is forgotten then
   */
  public void remove(StoredRecording recording, String reason) throws IOException {
    for (StoredUpload upload : store.uploads().of(recording.id())) {
      S3Storage s3 = storages.s3(upload.storage());
      if (s3 == null) {
        throw new UnknownStorageException(upload.storage());
      }
      uploads.remove(upload);
    }
    S3Storage s3 = storages.s3(recording.storage());
    if (s3 != null) {
      s3.delete(Reports.nameFor(recording.key()));
    }
    if (recording.ofTracks()) {
      TrackFiles.delete(recording);
    } else {
      Files.deleteIfExists(Path.of(recording.file()));
      Reports.delete(recording);
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("composition", recording.composition());
    data.put("output", recording.output());
    data.put("recording", recording.id());
    data.put("reason", reason);
    store
        .database()
        .write(handle -> {
          store.recordings().delete(recording.id());
          store
              .calls()
              .appendEvent(recording.instance(), recording.call(), "recording.deleted", data);
          return null;
        });
  }
}
