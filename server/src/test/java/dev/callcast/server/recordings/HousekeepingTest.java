package dev.callcast.server.recordings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.recordings.storage.FileSlice;
import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.UploadListener;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.NodeKey;
import dev.callcast.server.store.RecordingFiles;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredEvent;
import dev.callcast.server.store.StoredUpload;
import dev.callcast.testkit.fault.S3Server;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is tidied on a real S3 server, and what is left alone. */
@Tag("peer")
class HousekeepingTest {
  @TempDir Path data;
  private S3Server s3;
  private Storages storages;
  private Store store;
  private Uploads uploads;
  private S3Storage bucket;

  /** How far the wall clock is off. */
  private volatile Duration offset = Duration.ZERO;

  @BeforeEach
  void open() throws Exception {
    s3 = S3Server.start("recordings");
    Path credentials = S3Server.credentials(data.resolve("credentials"));
    storages =
        new Storages(
            List.of(
                new StorageConfig.S3(
                    "s3",
                    URI.create("http://127.0.0.1:" + s3.port()),
                    "us-east-1",
                    "recordings",
                    "calls/",
                    true,
                    new StorageConfig.Credentials.File(credentials, "default"),
                    StorageConfig.Encryption.NONE,
                    null,
                    Map.of(),
                    null,
                    false,
                    2,
                    StorageConfig.Timing.DEFAULT)),
            "s3",
            data.resolve("spool"));
    store =
        Store.open(
            "jdbc:sqlite:" + data.resolve("callcast.db"),
            NodeKey.open(data.resolve("node.key")),
            storages,
            "n1",
            data.resolve("assets"),
            NetworkPolicy.LOOPBACK,
            null);
    uploads = new Uploads(store, storages, "n1", Duration.ofMinutes(1), new Nobody());
    bucket = storages.s3("s3");
  }

  @AfterEach
  void close() throws Exception {
    uploads.close();
    storages.close();
    store.close();
    s3.close();
  }

  private Housekeeping housekeeping(Duration grace) {
    return new Housekeeping(
        store,
        storages,
        new RecordingRemover(store, storages, uploads),
        uploads,
        Duration.ofMillis(200),
        grace,
        () -> Instant.now().plus(offset));
  }

  @Test
  void orphansOfThisInstallationAreAborted() throws Exception {
    StoredCall call = store.calls().create("c");
    RecordingFiles.Wanted mp4 = RecordingFiles.Wanted.mp4(null, null);
    // Its recording never came.
    StoredUpload orphan = store.files().intend(call, "main", mp4);
    uploads.prepare(orphan);
    // Its recording is made; and an upload of before it started from scratch.
    StoredUpload active = store.files().intend(call, "main", mp4);
    uploads.prepare(active);
    store.database().write(handle -> store.files().add(call, "main", "rec", mp4, active));
    String older = bucket.createUpload(active.key(), "video/mp4", Map.of());
    // Somebody else's.
    String foreign = bucket.createUpload("calls/other.mp4", "video/mp4", Map.of());
    assertThat(bucket.openUploads()).hasSize(4);

    String wanted = store.uploads().get(active.id()).orElseThrow().uploadId();
    try (Housekeeping tidy = housekeeping(Duration.ZERO)) {
      tidy.start();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            assertThat(bucket.openUploads())
                .extracting(S3Storage.OpenUpload::uploadId)
                .containsExactlyInAnyOrder(wanted, foreign)
                .doesNotContain(older);
            assertThat(store.uploads().get(orphan.id())).isEmpty();
          });
    }
    assertThat(store.events().after(0, "c", null, 100))
        .extracting(StoredEvent::type)
        .filteredOn(type -> type.equals("recording.uploadAborted"))
        .hasSize(2);
  }

  @Test
  void whatIsYoungIsLeftAlone() throws Exception {
    StoredCall call = store.calls().create("c");
    StoredUpload begun = store.files().intend(call, "main", RecordingFiles.Wanted.mp4(null, null));
    uploads.prepare(begun);
    try (Housekeeping tidy = housekeeping(Duration.ofHours(1))) {
      tidy.start();
      Awaitility.await()
          .during(Duration.ofSeconds(1))
          .until(() -> bucket.openUploads().size() == 1);
    }
  }

  @Test
  void recordingsPastTheirRetentionAreDeleted() throws Exception {
    StoredCall call = store.calls().create("c");
    String old = recording(call);
    String young = recording(call);
    age(old);
    try (Housekeeping tidy = housekeeping(Duration.ofHours(1))) {
      tidy.start();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> store.recordings().get(old).isEmpty());
    }
    assertThat(s3.bucket("recordings").resolve("calls/c/main-" + old + ".mp4")).doesNotExist();
    assertThat(s3.bucket("recordings").resolve("calls/c/main-" + young + ".mp4")).exists();
    StoredEvent event = store.events().after(0, "c", null, 100).getLast();
    assertThat(event.type()).isEqualTo("recording.deleted");
    assertThat(event.data()).containsEntry("reason", "retention").containsEntry("recording", old);
  }

  /** A clock that jumps a year ahead makes nothing old. */
  @Test
  void aJumpOfTheClockDeletesNothing() throws Exception {
    String young = recording(store.calls().create("c"));
    try (Housekeeping tidy = housekeeping(Duration.ofHours(1))) {
      tidy.start();
      offset = Duration.ofDays(365);
      Awaitility.await()
          .during(Duration.ofSeconds(1))
          .until(() -> store.recordings().get(young).isPresent());
      // Back in time: what is old goes.
      offset = Duration.ZERO;
      age(young);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> store.recordings().get(young).isEmpty());
    }
  }

  /** What a killed node had sent may arrive after its successor deleted it. */
  @Test
  void aTailThatComesLateIsDeleted() throws Exception {
    StoredCall call = store.calls().create("c");
    String id = recording(call);
    StoredUpload upload = store.uploads().get(id).orElseThrow();
    Path tail = s3.bucket("recordings").resolve(upload.key() + ".tail");
    store.uploads().tail(id, upload.epoch(), new StoredUpload.Tail(0, 7, "etag", Ids.now()));
    store.uploads().done(id);
    Path file = Files.write(data.resolve("tail"), new byte[7]);
    try (FileChannel open = FileChannel.open(file)) {
      FileSlice slice = new FileSlice(open, 0, 7);
      bucket.put(upload.key() + ".tail", "application/octet-stream", Map.of(), slice, slice.md5());
    }
    assertThat(tail).exists();
    try (Housekeeping tidy = housekeeping(Duration.ZERO)) {
      tidy.start();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> store.uploads().get(id).orElseThrow().tail() == null);
    }
    assertThat(tail).doesNotExist();
    assertThat(s3.bucket("recordings").resolve(upload.key())).exists();
  }

  private void age(String recording) {
    store
        .database()
        .write(handle ->
            handle
                .createUpdate(
                    "update recordings set ended_at = '2026-01-01T00:00:00.000Z' where id = :id")
                .bind("id", recording)
                .execute());
  }

  private String recording(StoredCall call) throws Exception {
    String id =
        store
            .database()
            .write(handle ->
                store.files().add(call, "main", "rec", RecordingFiles.Wanted.mp4(null, null), null))
            .recording();
    StoredUpload upload = store.uploads().get(id).orElseThrow();
    Path file = Files.write(data.resolve(id), new byte[100]);
    try (FileChannel open = FileChannel.open(file)) {
      FileSlice slice = new FileSlice(open, 0, 100);
      bucket.put(upload.key(), "video/mp4", Map.of(), slice, slice.digests().md5());
    }
    store.recordings().ready(id, 100, 1, List.of());
    store.uploads().done(id);
    return id;
  }

  private record Nobody() implements UploadListener {
    @Override
    public void uploaded(StoredUpload upload, long bytes) {}

    @Override
    public void failed(StoredUpload upload, String reason) {}

    @Override
    public boolean lost(StoredUpload upload) {
      return false;
    }

    @Override
    public void rebuilt(StoredUpload upload) {}
  }
}
