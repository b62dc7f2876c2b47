package dev.callcast.media.worker;

import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.FlvMuxer;
import dev.callcast.media.output.RtmpOutput;
import dev.callcast.media.output.RtmpTimers;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.recording.RecordingListener;
import dev.callcast.media.output.recording.RecordingOutput;
import dev.callcast.media.output.recording.RecordingProgress;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outputs of one composition: makes what is declared into what runs. Opening and closing
 * happens on a thread of this class, one after the other, so that neither the encoder nor the
 * session ever waits for a disk or a server. Closed by the {@link CompositionRunner}, after the
 * encoder has been drained.
 */
final class OutputSet implements AutoCloseable {
  /** One output that runs. */
  private interface Running {
    OutputStats stats();

    void paused(boolean paused);

    void close();
  }

  private static final Logger log = LoggerFactory.getLogger(OutputSet.class);

  private final String composition;
  private final PacketFanout fanout;
  private final WorkerEvents events;
  private final Timeline timeline;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("outputs").unstarted(task));
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  // Owned by the outputs' thread.
  private final Map<String, OutputSpec> opened = new HashMap<>();
  private @Nullable FlvMuxer flv;
  private @Nullable StreamFormat format;
  private @Nullable CompositionSpec waiting;

  OutputSet(String composition, PacketFanout fanout, WorkerEvents events, Timeline timeline) {
    this.composition = composition;
    this.fanout = fanout;
    this.events = events;
    this.timeline = timeline;
    fanout.whenStarted(known -> thread.execute(() -> started(known)));
  }

  /** The timeline that an earlier worker left beside one of the recordings, or null. */
  static @Nullable Timeline timelineOf(List<OutputSpec> outputs) {
    for (OutputSpec output : outputs) {
      if (output instanceof OutputSpec.Recording recording) {
        Timeline timeline = Timeline.load(Path.of(recording.file()));
        if (timeline != null) {
          return timeline;
        }
      }
    }
    return null;
  }

  /** Opens what is new, closes what is gone; returns at once. */
  void apply(CompositionSpec spec) {
    thread.execute(() -> reconcile(spec));
  }

  List<OutputStats> stats() {
    return running.values().stream().map(Running::stats).toList();
  }

  /**
   * Ends every output in its own proper way, all at once: several servers that hang take no longer
   * than one, and no recording waits for them. Bounded by the outputs' own bounds.
   */
  @Override
  public void close() {
    thread.execute(() -> {
      List<Thread> ends =
          List.copyOf(opened.keySet()).stream()
              .map(id -> Thread.ofPlatform().name("end-" + id).start(() -> end(running.get(id))))
              .toList();
      ends.forEach(OutputSet::join);
      opened.clear();
      running.clear();
      if (flv != null) {
        fanout.remove(flv);
        flv.close();
        flv = null;
      }
    });
    thread.shutdown();
    try {
      if (!thread.awaitTermination(20, TimeUnit.SECONDS)) {
        log.error("the outputs of composition {} do not end", composition);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void started(StreamFormat known) {
    format = known;
    if (waiting != null) {
      reconcile(waiting);
    }
  }

  private void reconcile(CompositionSpec spec) {
    waiting = spec;
    StreamFormat known = format;
    Map<String, OutputSpec> wanted = new HashMap<>();
    spec.outputs().forEach(output -> wanted.put(output.id(), output));
    for (String id : List.copyOf(opened.keySet())) {
      if (!Objects.equals(opened.get(id), wanted.get(id))) {
        end(id);
      }
    }
    if (known == null) {
      return; // the encoder has not said yet what it makes
    }
    for (OutputSpec output : spec.outputs()) {
      if (!opened.containsKey(output.id())) {
        opened.put(output.id(), output);
        try {
          running.put(output.id(), open(output, known));
        } catch (RuntimeException e) {
          log.error("output {} does not open", output.id(), e);
          failed(output, String.valueOf(e.getMessage()));
        }
      }
      Running now = running.get(output.id());
      if (now != null) {
        now.paused(spec.paused());
      }
    }
  }

  private Running open(OutputSpec output, StreamFormat known) {
    return switch (output) {
      case OutputSpec.Recording recording -> openRecording(recording, known);
      case OutputSpec.Rtmp rtmp -> openRtmp(rtmp, known);
    };
  }

  private Running openRecording(OutputSpec.Recording spec, StreamFormat known) {
    Path file = Path.of(spec.file());
    try {
      timeline.store(file);
    } catch (IOException e) {
      // A recording without it is whole as well; only after a crash its timeline would start anew.
      log.warn("the timeline of {} can't be kept", file, e);
    }
    RecordingOutput output = new RecordingOutput(spec, known, new RecordingEvents(spec));
    output.start();
    fanout.add(output);
    return new Running() {
      private boolean pausing;

      @Override
      public OutputStats stats() {
        return output.stats();
      }

      @Override
      public void paused(boolean paused) {
        if (paused != pausing) {
          pausing = paused;
          long mediaTime = System.nanoTime() - timeline.origin();
          if (paused) {
            output.pause(mediaTime);
          } else {
            output.resume(mediaTime);
          }
        }
      }

      @Override
      public void close() {
        fanout.remove(output);
        output.close();
      }
    };
  }

  private Running openRtmp(OutputSpec.Rtmp spec, StreamFormat known) {
    FlvMuxer muxer = flv;
    if (muxer == null) {
      muxer = new FlvMuxer(known);
      flv = muxer;
      fanout.add(muxer);
    }
    RtmpOutput output = new RtmpOutput(spec, muxer, RtmpTimers.DEFAULT, this::changed);
    return new Running() {
      @Override
      public OutputStats stats() {
        return output.stats();
      }

      @Override
      public void paused(boolean paused) {
        // A live stream goes on while the recordings pause.
      }

      @Override
      public void close() {
        output.close();
      }
    };
  }

  private void end(String id) {
    opened.remove(id);
    end(running.remove(id));
  }

  private static void end(@Nullable Running output) {
    if (output != null) {
      output.close();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(OutputSpec output, String reason) {
    OutputStats stats =
        new OutputStats(
            output.id(),
            output instanceof OutputSpec.Recording ? "recording" : "rtmp",
            OutputStatus.FAILED,
            reason,
            Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
            0,
            0,
            0,
            0);
    running.put(
        output.id(),
        new Running() {
          @Override
          public OutputStats stats() {
            return stats;
          }

          @Override
          public void paused(boolean paused) {
            // It does nothing anyway.
          }

          @Override
          public void close() {
            // There is nothing to close.
          }
        });
    changed(stats);
  }

  /** Passes on what a recording tells. */
  private final class RecordingEvents implements RecordingListener {
    private final OutputSpec.Recording spec;

    RecordingEvents(OutputSpec.Recording spec) {
      this.spec = spec;
    }

    @Override
    public void started(boolean resumed, long mediaTime) {
      happened("recording.started", mediaTime, Map.of("resumed", resumed));
      state(OutputStatus.LIVE, null);
    }

    @Override
    public void progress(RecordingProgress progress) {
      // Stats tell it to whoever asks.
    }

    @Override
    public void ended(RecordingEnd end, String detail, RecordingProgress progress) {
      Map<String, Object> data = new HashMap<>();
      data.put("bytes", progress.bytes());
      data.put("duration", progress.mediaTime() / 1e9);
      data.put("reason", end.json());
      if (end != RecordingEnd.STOPPED) {
        data.put("detail", detail);
      }
      happened("recording.ended", progress.mediaTime(), data);
      switch (end) {
        case STOPPED -> state(OutputStatus.STOPPED, null);
        case QUOTA ->
            state(OutputStatus.STOPPED, "the quota of " + spec.quota() + " bytes is reached");
        case DISK_FULL, FORMAT_CHANGED, ERROR -> state(OutputStatus.FAILED, detail);
      }
    }

    private void happened(String type, long mediaTime, Map<String, Object> more) {
      Map<String, Object> data = new HashMap<>(more);
      data.put("composition", composition);
      data.put("output", spec.id());
      data.put("recording", spec.recording());
      events.happened(type, mediaTime / 1e9, data);
    }

    private void state(OutputStatus status, @Nullable String reason) {
      tellState(spec.id(), "recording", status, reason);
    }
  }

  /** Any output's thread. */
  private void changed(OutputStats stats) {
    tellState(stats.id(), stats.type(), stats.state(), stats.reason());
  }

  private void tellState(String output, String type, OutputStatus status, @Nullable String reason) {
    Map<String, Object> data = new HashMap<>();
    data.put("composition", composition);
    data.put("output", output);
    data.put("type", type);
    data.put("state", status.json());
    data.put("reason", reason);
    events.happened("output.state", null, data);
  }
}
