package dev.callcast.server.recordings;

import dev.callcast.media.output.RecordingFormatException;
import dev.callcast.media.output.mp4.Mp4Faststart;
import dev.callcast.media.output.recording.FinishedFile;
import dev.callcast.media.output.tracks.TracksManifest;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.Storages;
import dev.callcast.server.recordings.upload.UploadListener;
import dev.callcast.server.recordings.upload.Uploads;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredRecording;
import dev.callcast.server.store.StoredUpload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes ordinary MP4s of recordings that have ended. Owned by the node; works on one thread of its
 * own: at once when it is told of an end, and every few seconds on whatever is left, be it from
 * before the node's last start. That a worker still writes is seen from the file's lock, so a file
 * is never finished under its writer.
 */
public final class RecordingFinisher implements UploadListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingFinisher.class);
  private static final Duration SWEEP = Duration.ofSeconds(3);

  /** How often new files of tracks are looked for: part of what the loss of a machine costs. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A worker that was given a recording has made its file by then. */
  private static final Duration OPENING = Duration.ofSeconds(15);

  private static final double NANOS = 1e9;

  private final Store store;
  private final Storages storages;
  private final String node;
  private final Uploads uploads;
  private final Reports reports;
  private final LeftBehind leftBehind;
  private final TrackUploads tracks;
  private final ScheduledExecutorService looker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("track-files").daemon().factory());
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("recording-finisher").daemon().factory());

  /**
   * Makes it.
   *
   * @param node this node's name: it finishes what is in its own spool
   * @param recoverAfter how long another node may be silent before its uploads are taken over
   */
  public RecordingFinisher(Store store, Storages storages, String node, Duration recoverAfter) {
    this.store = store;
    this.storages = storages;
    this.node = node;
    this.uploads = new Uploads(store, storages, node, recoverAfter, this);
    this.reports = new Reports(store, storages);
    this.leftBehind = new LeftBehind(store, storages, node);
    this.tracks = new TrackUploads(store, storages, uploads, reports);
  }

  /**
   * Ends the recordings whose files are gone with another machine, or were removed, though a part
   * of them was uploaded; what is to come goes into others. Before any worker is started: it would
   * begin a file in their place.
   */
  public void endLost() {
    for (StoredRecording recording : store.recordings().unfinished()) {
      if (isMine(recording)
          && recording.ending() == null
          && !exists(recording)
          && wasSent(recording)) {
        store
            .database()
            .write(handle -> {
              store.recordings().ending(recording.id());
              store
                  .calls()
                  .replaceRecording(recording.instance(), recording.call(), recording.id());
              return null;
            });
        LOG.warn(
            "recording {}: {} is gone; it is made again of what was uploaded",
            recording.id(),
            recording.file());
      }
    }
  }

  private boolean wasSent(StoredRecording recording) {
    return store
        .uploads()
        .get(recording.id())
        .filter(upload -> upload.tail() != null || !store.uploads().parts(upload.id()).isEmpty())
        .isPresent();
  }

  /** Begins with what was left, and goes on until {@link #close}. */
  public void start() {
    uploads.start();
    reports.resume();
    var _ = thread.scheduleWithFixedDelay(this::sweep, 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    if (storages.all().stream().anyMatch(StorageConfig.S3.class::isInstance)) {
      long look = LOOK.toMillis();
      var _ = looker.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
    }
  }

  /** Nothing is appended to this recording any more. Returns at once. */
  public void ending(String recording) {
    soon(() -> store.recordings().get(recording).ifPresent(this::finishOrLog), recording);
  }

  private void soon(Runnable task, String recording) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("recording {} is finished at the next start", recording, e);
    }
  }

  /** The uploads of what is finished here, and of what still grows. */
  public Uploads uploads() {
    return uploads;
  }

  /** This recording has a row: its file will come. Returns at once. */
  public void began(String recording) {
    uploads.wake(recording);
  }

  /** Waits for the file at hand; what is left is finished at the next start. */
  @Override
  public void close() {
    looker.shutdownNow();
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("a recording is still being finished");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    uploads.close();
  }

  /** Files of tracks appear while they are recorded. */
  private void look() {
    try {
      for (StoredRecording recording : store.recordings().unfinished()) {
        if (recording.state().equals("recording")
            && isMine(recording)
            && tracks.concerns(recording)) {
          tracks.begin(recording);
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("cannot look for new files of tracks; tried again soon", e);
    }
  }

  private void sweep() {
    try {
      if (store.nodes().shared()) {
        leftBehind.look();
      }
      for (StoredRecording recording : store.recordings().unfinished()) {
        if (recording.state().equals("uploading") && recording.ofTracks()) {
          tracksUploaded(recording.id());
        }
        if (recording.state().equals("uploading") || !isMine(recording)) {
          continue;
        }
        if (recording.ending() != null) {
          finishOrLog(recording);
        } else if (!wanted(recording) && (exists(recording) || old(recording))) {
          // Its worker died, or was never reached, and nobody told.
          finishOrLog(recording);
        }
      }
    } catch (RuntimeException e) {
      LOG.error("cannot look for recordings to finish; tried again soon", e);
    }
  }

  private boolean isMine(StoredRecording recording) {
    return !store.nodes().shared() || recording.node().isEmpty() || recording.node().equals(node);
  }

  private boolean wanted(StoredRecording recording) {
    return store
        .calls()
        .open(recording.call())
        .filter(call -> call.instance().equals(recording.instance()))
        .map(StoredCall::document)
        .filter(document -> document.wantedRecordings().contains(recording.id()))
        .isPresent();
  }

  private static boolean exists(StoredRecording recording) {
    return Files.exists(
        recording.ofTracks() ? TrackFiles.journal(recording) : Path.of(recording.file()));
  }

  private static boolean old(StoredRecording recording) {
    Instant created = Instant.parse(recording.createdAt());
    return Duration.between(created, Instant.now()).compareTo(OPENING) > 0;
  }

  private void finishOrLog(StoredRecording recording) {
    try {
      finish(recording);
    } catch (IOException e) {
      LOG.warn(
          "recording {} cannot be finished now ({}); it stays playable and is tried again",
          recording.id(),
          e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("recording {} cannot be finished; tried again", recording.id(), e);
    }
  }

  private void finish(StoredRecording recording) throws IOException {
    boolean open = recording.state().equals("recording") || recording.state().equals("finishing");
    if (!open || !isMine(recording)) {
      return;
    }
    StoredUpload upload = store.uploads().get(recording.id()).orElse(null);
    if (!exists(recording)) {
      if (upload != null && wasSent(recording)) {
        uploads.wake(upload.id()); // its spool was lost: it comes back from the storage
        return;
      }
      abandon(recording, "nothing was recorded: " + whyNoFile(recording.reason()));
      return;
    }
    if (recording.ofTracks()) {
      finishTracks(recording);
      return;
    }
    boolean fragmented =
        upload != null
            && storages.config(upload.storage()) instanceof StorageConfig.S3 s3
            && s3.fragmented();
    Path file = Path.of(recording.file());
    FinishedFile.Result result;
    try {
      result =
          FinishedFile.finish(
              file,
              recording.options(),
              recording.call() + " " + recording.composition(),
              chapters(recording),
              fragmented);
    } catch (RecordingFormatException e) {
      abandon(recording, "the file is no recording: " + e.getMessage());
      return;
    }
    switch (result) {
      case FinishedFile.Result.Finished(var finished) -> {
        if (upload == null) {
          ready(
              recording, finished.wantsRewriting() ? indexInFront(recording, finished) : finished);
        } else {
          uploading(recording, finished);
        }
      }
      case FinishedFile.Result.Empty empty ->
          abandon(
              recording,
              "diskFull".equals(recording.reason())
                  ? "nothing was recorded: no room on the disk of " + recording.file()
                  : "nothing was recorded: the file holds no media");
      case FinishedFile.Result.InUse inUse ->
          LOG.debug("recording {} is still being written", recording.id());
    }
  }

  private static String whyNoFile(@Nullable String reason) {
    return reason == null ? "the worker made no file" : reason;
  }

  private void finishTracks(StoredRecording recording) throws IOException {
    if (tracks.concerns(recording) && tracks.recover(recording)) {
      return; // each that comes back asks again
    }
    switch (TracksManifest.finish(TrackFiles.directory(recording))) {
      case TracksManifest.Result.Finished finished -> {
        if (tracks.concerns(recording)) {
          tracks.finished(recording, finished);
        } else {
          tracksReady(recording, finished);
          TrackFiles.discardJournal(recording);
          store.recordings().get(recording.id()).ifPresent(reports::completeLater);
        }
      }
      case TracksManifest.Result.Empty empty ->
          abandon(recording, "nothing was recorded: the worker never began");
      case TracksManifest.Result.InUse inUse ->
          LOG.debug("recording {} is still being written", recording.id());
    }
  }

  private void tracksReady(StoredRecording recording, TracksManifest.Result.Finished finished)
      throws IOException {
    ObjectNode report = Reports.draft(recording);
    List<StoredRecording.TrackFile> files = TrackFiles.of(finished.files());
    Map<String, Object> data = data(recording);
    data.put("bytes", finished.bytes());
    data.put("duration", finished.duration());
    data.put("files", files.size());
    store
        .database()
        .write(handle -> {
          store.recordings().files(recording.id(), files);
          reports.keep(recording, report);
          store
              .recordings()
              .ready(recording.id(), finished.bytes(), finished.duration(), List.of());
          store
              .calls()
              .appendEvent(recording.instance(), recording.call(), "recording.ready", data);
          return null;
        });
    LOG.info(
        "recording {} of the tracks of call {} is ready: {} files, {} bytes",
        recording.id(),
        recording.call(),
        files.size(),
        finished.bytes());
  }

  /** The markers that are in this file, and not in the one before or behind it. */
  private List<FinishedFile.Chapter> chapters(StoredRecording recording) throws IOException {
    List<FinishedFile.Chapter> chapters = new ArrayList<>();
    List<StoredRecording.Marker> markers = store.recordings().markers(recording.id());
    if (markers.isEmpty()) {
      return chapters;
    }
    FinishedFile held =
        FinishedFile.look(Path.of(recording.file()), recording.options().format()).orElse(null);
    for (StoredRecording.Marker marker : markers) {
      long time = Math.round(marker.mediaTime() * NANOS);
      boolean before = held != null && recording.previous() != null && time < held.start();
      boolean behind = held != null && recording.next() != null && time >= held.end();
      if (before || behind) {
        store.recordings().unmark(recording.id(), marker.id());
      } else {
        chapters.add(new FinishedFile.Chapter(time, marker.label()));
      }
    }
    return chapters;
  }

  private void place(StoredRecording recording, FinishedFile finished) {
    for (StoredRecording.Marker marker : store.recordings().markers(recording.id())) {
      double place = finished.shown(Math.round(marker.mediaTime() * NANOS)) / NANOS;
      store.recordings().placed(recording.id(), marker.id(), place);
    }
  }

  /**
   * Writes the file anew with its index in front, because there was no room for it; announced,
   * because it takes the time of a copy. Where the disk has no room for that the index stays where
   * it is.
   */
  private FinishedFile indexInFront(StoredRecording recording, FinishedFile finished)
      throws IOException {
    Map<String, Object> data = data(recording);
    data.put("step", "faststart");
    store
        .database()
        .write(handle -> {
          store.recordings().finishing(recording.id());
          event(recording, "recording.finishing", data);
          return null;
        });
    Path file = Path.of(recording.file());
    Path target = file.resolveSibling(file.getFileName() + ".faststart");
    try {
      Mp4Faststart.Plan plan = Mp4Faststart.plan(file).orElseThrow();
      Files.deleteIfExists(target);
      Files.createFile(
          target,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Mp4Faststart.rewrite(file, plan, target);
      Files.move(target, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return finished.withBytes(plan.size());
    } catch (IOException e) {
      LOG.warn("recording {}: its index stays at its end ({})", recording.id(), e.getMessage());
      Files.deleteIfExists(target);
      return finished;
    }
  }

  private void ready(StoredRecording recording, FinishedFile finished) {
    double duration = finished.duration() / NANOS;
    Map<String, Object> data = data(recording);
    data.put("bytes", finished.bytes());
    data.put("duration", duration);
    ObjectNode report = Reports.draft(recording, finished);
    store
        .database()
        .write(handle -> {
          store.recordings().ready(recording.id(), finished.bytes(), duration, segments(finished));
          place(recording, finished);
          reports.keep(recording, report);
          store
              .calls()
              .appendEvent(recording.instance(), recording.call(), "recording.ready", data);
          return null;
        });
    Reports.discardNotes(Path.of(recording.file()));
    reports.completeLater(recording);
    LOG.info(
        "recording {} of call {} is ready: {} s, {} bytes",
        recording.id(),
        recording.call(),
        "%.3f".formatted(duration),
        finished.bytes());
  }

  /** The file is final: what is missing of it can be sent. */
  private void uploading(StoredRecording recording, FinishedFile finished) {
    double duration = finished.duration() / NANOS;
    ObjectNode report = Reports.draft(recording, finished);
    store
        .database()
        .write(handle -> {
          reports.keep(recording, report);
          store
              .recordings()
              .uploading(recording.id(), finished.bytes(), duration, segments(finished));
          place(recording, finished);
          store.uploads().ended(recording.id(), finished.bytes(), finished.rewritten());
          return null;
        });
    Reports.discardNotes(Path.of(recording.file()));
    uploads.wake(recording.id());
  }

  @Override
  public void uploaded(StoredUpload upload, long bytes) {
    StoredRecording recording = store.recordings().get(upload.recording()).orElse(null);
    if (recording == null) {
      return; // deleted meanwhile
    }
    if (recording.ofTracks()) {
      store.uploads().done(upload.id());
      soon(() -> tracksUploaded(recording.id()), recording.id());
      return;
    }
    reports.uploaded(recording, upload);
    Map<String, Object> data = data(recording);
    data.put("bytes", bytes);
    data.put("storage", upload.storage());
    data.put("key", upload.key());
    Map<String, Object> ready = data(recording);
    ready.put("bytes", bytes);
    ready.put("duration", recording.duration());
    store
        .database()
        .write(handle -> {
          store.uploads().done(upload.id());
          store.recordings().uploaded(recording.id(), bytes);
          event(recording, "recording.uploaded", data);
          event(recording, "recording.ready", ready);
          return null;
        });
    LOG.info(
        "recording {} of call {} is ready: {} s, {} bytes at {}: {}",
        recording.id(),
        recording.call(),
        "%.3f".formatted(recording.duration()),
        bytes,
        upload.storage(),
        upload.key());
  }

  /** Tells it where all of its files are with the storage. On the finisher's thread. */
  private void tracksUploaded(String id) {
    StoredRecording recording = store.recordings().get(id).orElse(null);
    if (recording == null
        || !recording.state().equals("uploading")
        || !isMine(recording)
        || !tracks.isDone(recording)) {
      return;
    }
    reports.uploaded(recording);
    TrackUploads.discard(recording);
    Map<String, Object> data = data(recording);
    data.put("bytes", recording.bytes());
    data.put("storage", recording.storage());
    data.put("key", recording.key());
    Map<String, Object> ready = data(recording);
    ready.put("bytes", recording.bytes());
    ready.put("duration", recording.duration());
    ready.put("files", recording.files().size());
    store
        .database()
        .write(handle -> {
          store.recordings().uploaded(recording.id(), recording.bytes());
          event(recording, "recording.uploaded", data);
          event(recording, "recording.ready", ready);
          return null;
        });
    LOG.info(
        "recording {} of the tracks of call {} is ready: {} files, {} bytes at {}: {}",
        recording.id(),
        recording.call(),
        recording.files().size(),
        recording.bytes(),
        recording.storage(),
        recording.key());
  }

  @Override
  public void failed(StoredUpload upload, String reason) {
    store
        .recordings()
        .get(upload.recording())
        .ifPresent(recording -> failed(recording, reason + "; the file is kept"));
  }

  @Override
  public boolean lost(StoredUpload upload) {
    return store
        .database()
        .write(handle -> {
          store.recordings().take(upload.recording(), node, upload.recordingFile());
          store.calls().replaceRecording(upload.instance(), upload.call(), upload.recording());
          return store.uploads().grows(upload.id(), upload.epoch());
        });
  }

  @Override
  public void rebuilt(StoredUpload upload) {
    store
        .recordings()
        .get(upload.recording())
        .ifPresent(recording -> {
          Map<String, Object> data = data(recording);
          data.put("bytes", Path.of(upload.file()).toFile().length());
          event(recording, "recording.recovered", data);
          ending(recording.id());
        });
  }

  private void event(StoredRecording recording, String type, Map<String, Object> data) {
    store.calls().appendEvent(recording.instance(), recording.call(), type, data);
  }

  private void failed(StoredRecording recording, String reason) {
    Map<String, Object> data = data(recording);
    data.put("reason", reason);
    store
        .database()
        .write(handle -> {
          store.recordings().failed(recording.id(), reason);
          store
              .calls()
              .appendEvent(recording.instance(), recording.call(), "recording.failed", data);
          return null;
        });
    LOG.warn("recording {} of call {} failed: {}", recording.id(), recording.call(), reason);
  }

  /** Nothing came of it: its storage need not keep what was begun. */
  private void abandon(StoredRecording recording, String reason) {
    failed(recording, reason);
    for (StoredUpload upload : store.uploads().of(recording.id())) {
      Thread.ofVirtual().start(() -> uploads.abandon(upload));
    }
  }

  private static Map<String, Object> data(StoredRecording recording) {
    Map<String, Object> data = new LinkedHashMap<>();
    if (recording.ofTracks()) {
      data.put("kind", recording.kind());
    } else {
      data.put("composition", recording.composition());
      data.put("output", recording.output());
    }
    data.put("recording", recording.id());
    return data;
  }

  /** The recorded spans between pauses, on the composition's timeline. */
  private static List<StoredRecording.Segment> segments(FinishedFile finished) {
    return finished.kept().stream()
        .map(span ->
            new StoredRecording.Segment(
                (finished.origin() + span.from()) / NANOS, (finished.origin() + span.to()) / NANOS))
        .toList();
  }
}
