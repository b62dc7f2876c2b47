package dev.callcast.media.worker;

import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.output.FlvMuxer;
import dev.callcast.media.output.OutputTimers;
import dev.callcast.media.output.RtmpOutput;
import dev.callcast.media.output.SrtOutput;
import dev.callcast.media.output.hls.HlsOutput;
import dev.callcast.media.output.mp4.FragmentedMp4Writer;
import dev.callcast.media.output.mp4.Mp4Faststart;
import dev.callcast.media.output.ogg.OpusFile;
import dev.callcast.media.output.recording.RecordingEnd;
import dev.callcast.media.output.recording.RecordingListener;
import dev.callcast.media.output.recording.RecordingOutput;
import dev.callcast.media.output.recording.RecordingProgress;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.whep.WhepOutput;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallStats.OutputStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import dev.callcast.protocol.RecordingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

    /** {@code mediaTime} in ns: of the first picture that is left out, or taken again. */
    void paused(boolean paused, long mediaTime);

    void close();
  }

  private static final Logger log = LoggerFactory.getLogger(OutputSet.class);
  private static final long KEY_FRAMES = TimeUnit.SECONDS.toNanos(1);

  private final String composition;
  private final PacketFanout fanout;
  private final PacketFanout pcm;
  private final WorkerEvents events;
  private final Timeline timeline;
  private final long firstSrtcpIndex;
  private final Runnable keyFrame;
  private final Consumer<Path> beforeEnd;

  /** When a viewer got its last key frame, ns. */
  private final AtomicLong lastKeyFrame = new AtomicLong(System.nanoTime() - KEY_FRAMES);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("outputs").unstarted(task));
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  /** Guards {@code paused}, and that each recording learns of each change of it. */
  private final Object pauseLock = new Object();

  private boolean paused;

  /** Recordings that another goes on for, until they have ended. */
  private final Set<RunningRecording> leaving = ConcurrentHashMap.newKeySet();

  // Owned by the outputs' thread.
  private final Map<String, OutputSpec> opened = new HashMap<>();
  private @Nullable FlvMuxer flv;
  private @Nullable StreamFormat format;
  private @Nullable CompositionSpec waiting;

  /**
   * Makes it, with no output yet.
   *
   * @param pcm mixed sound, for outputs that encode it themselves
   * @param firstSrtcpIndex for viewers whose keys an earlier worker made
   * @param keyFrame asks for a key frame as soon as there can be one
   * @param beforeEnd is told of a recording that has ended, before anybody else is
   */
  OutputSet(
      String composition,
      PacketFanout fanout,
      PacketFanout pcm,
      WorkerEvents events,
      Timeline timeline,
      long firstSrtcpIndex,
      Runnable keyFrame,
      Consumer<Path> beforeEnd) {
    this.composition = composition;
    this.fanout = fanout;
    this.pcm = pcm;
    this.events = events;
    this.timeline = timeline;
    this.firstSrtcpIndex = firstSrtcpIndex;
    this.keyFrame = keyFrame;
    this.beforeEnd = beforeEnd;
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

  /**
   * Pauses the recordings, or lets them go on; any thread. Those that are opened later come to the
   * same state.
   *
   * @param mediaTime ns of the first picture that is left out, or taken again; it may lie ahead
   */
  void paused(boolean now, long mediaTime) {
    synchronized (pauseLock) {
      paused = now;
      running.values().forEach(output -> output.paused(now, mediaTime));
      leaving.forEach(output -> output.paused(now, mediaTime));
    }
  }

  /**
   * Where what is recorded now goes to, with the media time of its first sample, ns. Any thread.
   */
  Map<Path, Long> recordings() {
    Map<Path, Long> files = new HashMap<>();
    for (Running output : running.values()) {
      if (output instanceof RunningRecording recording) {
        recording.addTo(files);
      }
    }
    leaving.forEach(recording -> recording.addTo(files));
    return files;
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
      Map<String, Running> all = new HashMap<>(running);
      // First those that a hand-over never came to: nothing must begin in their place.
      leaving.forEach(RunningRecording::close);
      List<Thread> ends =
          all.entrySet().stream()
              .map(one ->
                  Thread.ofPlatform().name("end-" + one.getKey()).start(one.getValue()::close))
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
      if (!same(opened.get(id), wanted.get(id))
          && !(known != null && split(id, wanted.get(id), spec, known))) {
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
          open(output, spec, known);
        } catch (RuntimeException e) {
          log.error("output {} does not open", output.id(), e);
          failed(output, String.valueOf(e.getMessage()));
        }
      }
    }
  }

  /** What a viewer's session has come to, this worker has told itself. */
  private static boolean same(@Nullable OutputSpec before, @Nullable OutputSpec after) {
    if (before instanceof OutputSpec.Whep old && after instanceof OutputSpec.Whep next) {
      return old.endpoint().port() == next.endpoint().port()
          && Objects.equals(old.endpoint().whep(), next.endpoint().whep());
    }
    return Objects.equals(before, after);
  }

  private void open(OutputSpec output, CompositionSpec spec, StreamFormat known) {
    switch (output) {
      case OutputSpec.Recording recording -> {
        RunningRecording made = recording(recording, spec, known);
        synchronized (pauseLock) {
          if (paused) {
            made.output.startPaused();
          }
          running.put(recording.id(), made);
        }
        made.output.start();
        made.source.add(made.output);
      }
      case OutputSpec.Rtmp rtmp -> {
        if (!known.hasVideo()) {
          throw new IllegalStateException("the composition has no picture: its video is off");
        }
        running.put(rtmp.id(), openRtmp(rtmp, spec, known));
      }
      case OutputSpec.Srt srt -> {
        if (!known.hasVideo()) {
          throw new IllegalStateException("the composition has no picture: its video is off");
        }
        SrtOutput made = new SrtOutput(srt, known, fanout, OutputTimers.DEFAULT, this::changed);
        running.put(srt.id(), live(made::stats, made::close));
      }
      case OutputSpec.Hls hls -> {
        HlsOutput made =
            new HlsOutput(
                hls,
                known,
                TimeUnit.SECONDS.toNanos(spec.video().keyframeInterval()),
                fanout,
                timeline::wallMillis,
                OutputTimers.DEFAULT,
                this::changed);
        running.put(hls.id(), live(made::stats, made::close));
      }
      case OutputSpec.Whep whep -> {
        WhepOutput made =
            new WhepOutput(
                whep,
                known,
                spec.audio().bitrate(),
                timeline.origin(),
                firstSrtcpIndex,
                fanout,
                pcm,
                new Viewer(whep.id()),
                OutputTimers.DEFAULT,
                this::changed);
        running.put(whep.id(), live(made::stats, made::close));
      }
    }
  }

  /**
   * Lets a recording go on in another file, if that is what the change says.
   *
   * @return false where it is another change
   */
  private boolean split(
      String id, @Nullable OutputSpec wanted, CompositionSpec spec, StreamFormat known) {
    if (!(running.get(id) instanceof RunningRecording old)
        || !(wanted instanceof OutputSpec.Recording next)
        || !old.spec.recording().equals(next.previous())) {
      return false;
    }
    RunningRecording made;
    try {
      made = recording(next, spec, known);
    } catch (RuntimeException e) {
      log.error("output {} is not split", id, e);
      return false;
    }
    old.next = next.recording();
    synchronized (pauseLock) {
      if (paused) {
        made.output.startPaused();
      }
      leaving.add(old);
      running.put(id, made);
    }
    opened.put(id, next);
    made.output.start();
    old.source.handOver(
        old.output,
        made.output,
        mediaTime -> {
          made.output.startAt(mediaTime);
          old.output.splitAt(mediaTime);
        });
    keyFrame.run();
    return true;
  }

  private RunningRecording recording(
      OutputSpec.Recording spec, CompositionSpec composed, StreamFormat known) {
    Path file = Path.of(spec.file());
    try {
      timeline.store(file);
    } catch (IOException e) {
      // A recording without it is whole as well; only after a crash its timeline would start anew.
      log.warn("the timeline of {} can't be kept", file, e);
    }
    FragmentedMp4Writer.Options mp4 =
        FragmentedMp4Writer.Options.defaults().withQuota(spec.quota());
    RecordingOptions options = spec.options();
    int maxDuration = composed.limits().maxDuration();
    return switch (options.format()) {
      case MP4 -> {
        if (!known.hasVideo()) {
          throw new IllegalStateException("the composition has no picture: its video is off");
        }
        int reserve = options.faststart() ? Mp4Faststart.reserve(known.fps(), maxDuration) : 0;
        yield new RunningRecording(
            spec, fanout, true, RecordingOutput.mp4(known, mp4.withReserve(reserve)));
      }
      case M4A -> {
        int reserve = options.faststart() ? Mp4Faststart.reserve(0, maxDuration) : 0;
        yield new RunningRecording(
            spec,
            fanout,
            false,
            RecordingOutput.mp4(known.withoutVideo(), mp4.withReserve(reserve)));
      }
      case OGG -> {
        OpusFile.Options opus =
            OpusFile.Options.of(known.channels(), composed.audio().bitrate())
                .withQuota(spec.quota())
                .withCutGaps(options.gaps() == RecordingOptions.Gaps.CUT);
        yield new RunningRecording(spec, pcm, false, path -> OpusFile.open(path, opus));
      }
    };
  }

  /** A recording, on the outputs' thread but for {@link #paused} and {@link #stats}. */
  private final class RunningRecording implements Running {
    private final OutputSpec.Recording spec;
    private final PacketFanout source;
    private final RecordingOutput output;

    /** The recording that goes on for this one. */
    private volatile @Nullable String next;

    /** Media time of its first sample, ns; null while there is none, and after its end. */
    private volatile @Nullable Long since;

    RunningRecording(
        OutputSpec.Recording spec,
        PacketFanout source,
        boolean pictures,
        RecordingOutput.Opener opener) {
      this.spec = spec;
      this.source = source;
      this.output = new RecordingOutput(spec, pictures, opener, new RecordingEvents(this));
    }

    void addTo(Map<Path, Long> files) {
      Long start = since;
      if (start != null) {
        files.put(Path.of(spec.file()), start);
      }
    }

    @Override
    public OutputStats stats() {
      return output.stats();
    }

    @Override
    public void paused(boolean now, long mediaTime) {
      if (now) {
        output.pause(mediaTime);
      } else {
        output.resume(mediaTime);
      }
    }

    @Override
    public void close() {
      source.remove(output);
      output.close();
    }
  }

  private Running openRtmp(OutputSpec.Rtmp spec, CompositionSpec composed, StreamFormat known) {
    FlvMuxer muxer = flv;
    if (muxer == null) {
      muxer = new FlvMuxer(known, composed.video().bitrate(), composed.audio().bitrate());
      flv = muxer;
      fanout.add(muxer);
    }
    RtmpOutput output = new RtmpOutput(spec, muxer, OutputTimers.DEFAULT, this::changed);
    return live(output::stats, output::close);
  }

  /** One that goes to viewers, with its state and what ends it. */
  private static Running live(Supplier<OutputStats> state, Runnable closing) {
    return new Running() {
      @Override
      public OutputStats stats() {
        return state.get();
      }

      @Override
      public void paused(boolean now, long mediaTime) {
        // A live stream goes on while the recordings pause.
      }

      @Override
      public void close() {
        closing.run();
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
            switch (output) {
              case OutputSpec.Recording _ -> "recording";
              case OutputSpec.Rtmp _ -> "rtmp";
              case OutputSpec.Srt _ -> "srt";
              case OutputSpec.Hls _ -> "hls";
              case OutputSpec.Whep _ -> "whep";
            },
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
          public void paused(boolean now, long mediaTime) {
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
    private final RunningRecording recording;
    private final OutputSpec.Recording spec;

    RecordingEvents(RunningRecording recording) {
      this.recording = recording;
      this.spec = recording.spec;
    }

    @Override
    public void started(boolean resumed, long mediaTime) {
      recording.since = mediaTime;
      Map<String, Object> data = new HashMap<>();
      data.put("resumed", resumed);
      if (spec.previous() != null && !resumed) {
        data.put("previous", spec.previous());
      }
      happened("recording.started", mediaTime, data);
      state(OutputStatus.LIVE, null);
    }

    @Override
    public void progress(RecordingProgress progress) {
      // Stats tell it to whoever asks.
    }

    @Override
    public void ended(RecordingEnd end, String detail, RecordingProgress progress) {
      beforeEnd.accept(Path.of(spec.file())); // it is among them still
      recording.since = null;
      Map<String, Object> data = new HashMap<>();
      data.put("bytes", progress.bytes());
      data.put("duration", progress.mediaTime() / 1e9);
      data.put("reason", end.json());
      String next = recording.next;
      if (end == RecordingEnd.SPLIT && next != null) {
        data.put("next", next);
      } else if (end != RecordingEnd.STOPPED) {
        data.put("detail", detail);
      }
      happened("recording.ended", progress.mediaTime(), data);
      leaving.remove(recording);
      switch (end) {
        case STOPPED -> state(OutputStatus.STOPPED, null);
        case SPLIT -> {
          // The output lives on with the next recording.
        }
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

  /** Passes on what becomes of a viewer. */
  private final class Viewer implements WhepOutput.Session {
    private final String id;

    Viewer(String id) {
      this.id = id;
    }

    @Override
    public void keyed(SrtpKeys keys) {
      events.keyed(id, keys.remote(), keys.local());
    }

    @Override
    public void sent(long ssrc, long block) {
      events.rolledOver(id, ssrc, block);
    }

    @Override
    public void ended(String reason) {
      events.happened(
          "endpoint.ended",
          null,
          Map.of("endpoint", id, "composition", composition, "reason", reason));
    }

    /** One for all viewers in a second at most: everybody's bitrate goes into it. */
    @Override
    public boolean keyFrame() {
      long now = System.nanoTime();
      long last = lastKeyFrame.get();
      if (now - last < KEY_FRAMES || !lastKeyFrame.compareAndSet(last, now)) {
        return false;
      }
      keyFrame.run();
      return true;
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
