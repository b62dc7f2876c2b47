package dev.callcast.server.recordings;

import dev.callcast.server.recordings.storage.S3Storage;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageException;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody waits for: recordings past their retention are deleted; multipart uploads of this
 * installation that no recording needs any more are aborted, as S3 keeps (and charges for) their
 * parts for ever. Of this installation is what the journal knows: an upload is noted there before
 * S3 is asked for it, so what it does not know is somebody else's and is left alone. Side objects
 * of what is done are deleted a second time. One thread; owned by the node.
 */
public final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int BATCH = 100;

  /** A wall clock further off than this from where the monotonic one expects it has jumped. */
  private static final Duration JUMP = Duration.ofHours(1);

  private final Store store;
  private final Storages storages;
  private final RecordingRemover remover;
  private final Uploads uploads;
  private final Duration interval;
  private final Duration grace;
  private final InstantSource clock;
  private final Instant startedAt;
  private final long started = System.nanoTime();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("housekeeping").daemon().factory());

  /**
   * Makes it.
   *
   * @param interval between two rounds
   * @param grace uploads younger than that are left alone
   * @param clock the wall's
   */
  public Housekeeping(
      Store store,
      Storages storages,
      RecordingRemover remover,
      Uploads uploads,
      Duration interval,
      Duration grace,
      InstantSource clock) {
    this.store = store;
    this.storages = storages;
    this.remover = remover;
    this.uploads = uploads;
    this.clock = clock;
    this.startedAt = clock.instant();
    this.interval = interval;
    this.grace = grace;
  }

  /** Begins soon, and goes on until {@link #close}. */
  public void start() {
    long millis = interval.toMillis();
    var _ =
        thread.scheduleWithFixedDelay(
            this::round, Math.min(millis, 5_000), millis, TimeUnit.MILLISECONDS);
  }

  private void round() {
    if (hasJumped()) {
      return;
    }
    for (StorageConfig config : storages.all()) {
      try {
        retain(config);
        S3Storage s3 = storages.s3(config.name());
        if (s3 != null) {
          abortOrphans(s3);
          removeTails(s3);
        }
      } catch (IOException e) {
        LOG.warn("storage {} cannot be tidied now: {}", config.name(), e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("storage {} cannot be tidied; tried again", config.name(), e);
      }
    }
  }

  private boolean hasJumped() {
    Instant now = clock.instant();
    Duration off = Duration.between(startedAt.plusNanos(System.nanoTime() - started), now).abs();
    if (off.compareTo(JUMP) > 0) {
      LOG.warn(
          "the clock has jumped by {}: nothing is tidied for its age until the next start", off);
      return true;
    }
    return false;
  }

  private void retain(StorageConfig config) throws IOException {
    if (config.retention() == 0) {
      return;
    }
    String limit = Ids.time(clock.instant().minus(Duration.ofDays(config.retention())));
    for (StoredRecording recording : store.recordings().endedBefore(config.name(), limit, BATCH)) {
      remover.remove(recording, "retention");
      LOG.info(
          "recording {} of {} is deleted after {} days",
          recording.id(),
          recording.endedAt(),
          config.retention());
    }
  }

  private void abortOrphans(S3Storage storage) throws StorageException {
    Instant limit = clock.instant().minus(grace);
    for (S3Storage.OpenUpload open : storage.openUploads()) {
      if (open.initiated() != null && open.initiated().isAfter(limit)) {
        continue;
      }
      List<StoredUpload> known = store.uploads().ofKey(storage.config().name(), open.key());
      if (known.isEmpty() || known.stream().anyMatch(upload -> needs(upload, open))) {
        continue;
      }
      storage.abort(open.key(), open.uploadId());
      StoredUpload upload = known.getFirst();
      LOG.info(
          "an upload of {} that nothing needs was aborted at {}",
          open.key(),
          storage.config().name());
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("recording", upload.recording());
      data.put("storage", upload.storage());
      data.put("key", upload.key());
      store.calls().appendEvent(upload.instance(), upload.call(), "recording.uploadAborted", data);
    }
    for (StoredUpload upload : store.uploads().in(StoredUpload.State.INTENDED)) {
      boolean old = Instant.parse(upload.createdAt()).isBefore(limit);
      if (old && upload.storage().equals(storage.config().name())) {
        store.uploads().delete(upload.id());
      }
    }
  }

  private void removeTails(S3Storage storage) throws StorageException {
    String limit = Ids.time(clock.instant().minus(grace));
    for (StoredUpload upload : store.uploads().withTail(storage.config().name(), limit, BATCH)) {
      uploads.removeTail(upload);
    }
  }

  private static boolean needs(StoredUpload upload, S3Storage.OpenUpload open) {
    return switch (upload.state()) {
      case INTENDED, VERIFIED, DONE -> false;
      case ACTIVE, COMPLETING -> open.uploadId().equals(upload.uploadId());
      case FAILED -> upload.finalLength() != null && open.uploadId().equals(upload.uploadId());
    };
  }

  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("a storage is still being tidied");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
