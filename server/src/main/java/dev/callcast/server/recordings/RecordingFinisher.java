package dev.callcast.server.recordings;

import dev.callcast.media.output.mp4.Gap;
import dev.callcast.media.output.mp4.Mp4Finisher;
import dev.callcast.media.output.mp4.Mp4FormatException;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ordinary MP4s of recordings that have ended. Owned by the node; works on one thread of its
 * own: at once when it is told of an end, and every few seconds on whatever is left, be it from
 * before the node's last start. That a worker still writes is seen from the file's lock, so a file
 * is never finished under its writer.
 */
public final class RecordingFinisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingFinisher.class);
  private static final Duration SWEEP = Duration.ofSeconds(3);

  /** A worker that was given a recording has made its file by then. */
  private static final Duration OPENING = Duration.ofSeconds(15);

  private static final double NANOS = 1e9;

  private final Store store;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("recording-finisher").daemon().factory());

  public RecordingFinisher(Store store) {
    this.store = store;
  }

  /** Begins with what was left, and goes on until {@link #close}. */
  public void start() {
    var _ = thread.scheduleWithFixedDelay(this::sweep, 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Nothing is appended to this recording any more. Returns at once. */
  public void ending(String recording) {
    try {
      thread.execute(() -> store.recordings().get(recording).ifPresent(this::finishOrLog));
    } catch (RejectedExecutionException e) {
      LOG.debug("recording {} is finished at the next start", recording, e);
    }
  }

  /** Waits for the file at hand; what is left is finished at the next start. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("a recording is still being finished");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sweep() {
    try {
      for (StoredRecording recording : store.recordings().unfinished()) {
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
    return Files.exists(Path.of(recording.file()));
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
    if (!recording.state().equals("recording")) {
      return;
    }
    if (!exists(recording)) {
      failed(recording, "nothing was recorded: the worker made no file");
      return;
    }
    Mp4Finisher.Result result;
    try {
      result =
          Mp4Finisher.finish(
              Path.of(recording.file()),
              Mp4Finisher.Options.of(recording.call() + " " + recording.composition()));
    } catch (Mp4FormatException e) {
      failed(recording, "the file is no recording: " + e.getMessage());
      return;
    }
    switch (result) {
      case Mp4Finisher.Result.Finished finished -> ready(recording, finished.summary());
      case Mp4Finisher.Result.Empty empty ->
          failed(recording, "nothing was recorded: the file holds no complete fragment");
      case Mp4Finisher.Result.InUse inUse ->
          LOG.debug("recording {} is still being written", recording.id());
    }
  }

  private void ready(StoredRecording recording, Mp4Summary summary) {
    double duration = summary.duration() / NANOS;
    Map<String, Object> data = data(recording);
    data.put("bytes", summary.fileSize());
    data.put("duration", duration);
    store
        .database()
        .write(handle -> {
          store.recordings().ready(recording.id(), summary.fileSize(), duration, segments(summary));
          store
              .calls()
              .appendEvent(recording.instance(), recording.call(), "recording.ready", data);
          return null;
        });
    LOG.info(
        "recording {} of call {} is ready: {} s, {} bytes",
        recording.id(),
        recording.call(),
        "%.3f".formatted(duration),
        summary.fileSize());
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

  private static Map<String, Object> data(StoredRecording recording) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("composition", recording.composition());
    data.put("output", recording.output());
    data.put("recording", recording.id());
    return data;
  }

  /** The recorded spans between pauses, on the composition's timeline. */
  private static List<StoredRecording.Segment> segments(Mp4Summary summary) {
    List<Gap> cuts = summary.cuts().stream().sorted(Comparator.comparingLong(Gap::from)).toList();
    List<StoredRecording.Segment> segments = new ArrayList<>();
    long from = summary.start();
    for (Gap cut : cuts) {
      add(segments, summary, from, Math.min(cut.from(), summary.end()));
      from = Math.max(from, Math.min(cut.to(), summary.end()));
    }
    add(segments, summary, from, summary.end());
    return segments;
  }

  private static void add(
      List<StoredRecording.Segment> segments, Mp4Summary summary, long from, long to) {
    if (to > from) {
      segments.add(
          new StoredRecording.Segment(
              (summary.origin() + from) / NANOS, (summary.origin() + to) / NANOS));
    }
  }
}
