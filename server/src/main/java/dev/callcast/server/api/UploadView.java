package dev.callcast.server.api;

import dev.callcast.server.recordings.PartHashes;
import dev.callcast.server.recordings.upload.UploadProgress;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredUpload;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Uploads of recordings as they are shown. */
final class UploadView {
  private final Store store;
  private final Uploads uploads;

  UploadView(Store store, Uploads uploads) {
    this.store = store;
    this.uploads = uploads;
  }

  /** How the upload of a recording gets on: as it is now where this node is at it. */
  @Nullable ObjectNode progress(String recording) {
    StoredUpload upload = store.uploads().get(recording).orElse(null);
    if (upload == null) {
      return null;
    }
    UploadProgress progress = uploads.progress(recording).orElseGet(() -> journalled(upload));
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("state", upload.state().name().toLowerCase(Locale.ROOT))
            .put("uploadedBytes", progress.uploaded())
            .put("lag", progress.lag())
            .put("parts", progress.parts())
            .put("retries", progress.retries());
    if (progress.error() != null) {
      json.put("error", progress.error());
    }
    return json;
  }

  private UploadProgress journalled(StoredUpload upload) {
    List<StoredUpload.Part> parts = store.uploads().parts(upload.id());
    long sent = parts.stream().mapToLong(StoredUpload.Part::size).sum();
    StoredUpload.Tail tail = upload.tail();
    if (tail != null && upload.finalLength() == null) {
      sent = Math.max(sent, tail.offset() + tail.length());
    }
    Long length = upload.finalLength();
    return new UploadProgress(
        sent, length == null ? 0 : Math.max(0, length - sent), parts.size(), 0, upload.error());
  }

  /** SHA-256 of each part as it was sent, and one over them; null where nothing was uploaded. */
  @Nullable ObjectNode hashes(String recording) {
    StoredUpload upload = store.uploads().get(recording).orElse(null);
    List<StoredUpload.Part> parts = store.uploads().parts(recording);
    if (upload == null || parts.isEmpty()) {
      return null;
    }
    return PartHashes.of(upload.partSize(), parts);
  }
}
