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
    List<StoredUpload> all = store.uploads().of(recording);
    if (all.isEmpty()) {
      return null;
    }
    // Those of tracks are many: their sum, in the state of the one that is least far.
    StoredUpload.State state =
        all.stream().map(StoredUpload::state).reduce(StoredUpload.State.DONE, UploadView::worse);
    UploadProgress sum = new UploadProgress(0, 0, 0, 0, null);
    for (StoredUpload upload : all) {
      UploadProgress one = uploads.progress(upload.id()).orElseGet(() -> journalled(upload));
      sum =
          new UploadProgress(
              sum.uploaded() + one.uploaded(),
              sum.lag() + one.lag(),
              sum.parts() + one.parts(),
              sum.retries() + one.retries(),
              sum.error() == null ? one.error() : sum.error());
    }
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("state", state.name().toLowerCase(Locale.ROOT))
            .put("uploadedBytes", sum.uploaded())
            .put("lag", sum.lag())
            .put("parts", sum.parts())
            .put("retries", sum.retries());
    if (sum.error() != null) {
      json.put("error", sum.error());
    }
    return json;
  }

  private static StoredUpload.State worse(StoredUpload.State one, StoredUpload.State other) {
    if (one == StoredUpload.State.FAILED || other == StoredUpload.State.FAILED) {
      return StoredUpload.State.FAILED;
    }
    return one.compareTo(other) < 0 ? one : other;
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
  @Nullable ObjectNode hashes(String id) {
    StoredUpload upload = store.uploads().get(id).orElse(null);
    List<StoredUpload.Part> parts = store.uploads().parts(id);
    if (upload == null || parts.isEmpty()) {
      return null;
    }
    return PartHashes.of(upload.partSize(), parts);
  }
}
