package dev.callcast.media.worker;

import dev.callcast.gst.Pipeline;
import dev.callcast.media.ingest.CallIngest;
import dev.callcast.media.ingest.IngestException;
import dev.callcast.media.ingest.IngestListener;
import dev.callcast.media.ingest.ShownSize;
import dev.callcast.media.mix.AudioSelector;
import dev.callcast.media.webrtc.SrtpKeys;
import dev.callcast.media.worker.control.WorkerCommands;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.protocol.CallStats.TrackStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionStatus;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ThreadDump;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TracksSpec;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.scene.Rect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call in its worker: receives everything once, and runs any number of compositions on it. Made
 * by the worker's main thread, which also applies states and shuts it down; a watch thread looks at
 * the call ten times a second. It owns the ingest and the compositions, and closes them:
 * compositions first, for they read what ingest holds.
 */
public final class CallSession implements WorkerCommands {
  private static final Logger log = LoggerFactory.getLogger(CallSession.class);
  private static final long LOOK_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

  /** How often endpoints that could not be opened are tried again. */
  private static final long RETRY_INTERVAL = TimeUnit.SECONDS.toNanos(2);

  /** A composer that has not come round for so long is stuck, not late. */
  private static final long STUCK = TimeUnit.SECONDS.toNanos(10);

  /** A track that is new is called hidden only when no composition has shown it for so long. */
  private static final long UNDECIDED = TimeUnit.SECONDS.toNanos(1);

  /**
   * What is wanted of a video track: the largest place where it is shown, null for nowhere, and
   * whether it is recorded as it comes.
   */
  private record Hint(@Nullable Rect place, boolean recorded) {}

  private final String call;
  private final WorkerEvents events;
  private final boolean degrades;
  private final Path scratch;
  private final Sounds sounds = new Sounds(AudioSelector.DEFAULT_LIMIT);
  private final CallIngest ingest;
  private final Map<String, CompositionRunner> compositions = new ConcurrentHashMap<>();
  private final List<Thread> stopping = new ArrayList<>(); // guarded by this
  private final Thread watcher;
  private final CallWatch watch = new CallWatch(); // guarded by this
  private final Map<String, Hint> hints = new HashMap<>(); // guarded by this
  private final Map<String, Long> undecided = new HashMap<>(); // guarded by this; since when

  private @Nullable CallState state; // guarded by this
  private Set<String> excluded = Set.of(); // guarded by this
  private Map<String, String> closedEndpoints = Map.of(); // guarded by this; with the reasons
  private long lastTry; // guarded by this
  private long packets; // guarded by this
  private long lastPackets = System.nanoTime(); // guarded by this
  private volatile @Nullable TracksRecorder tracks;
  private volatile CallView view = CallView.EMPTY;
  private volatile Map<String, String> shownHints = Map.of();
  private volatile long lastLook = System.nanoTime();
  private volatile boolean closing;

  public CallSession(String call, long epoch, WorkerEvents events) {
    this(
        call,
        epoch,
        events,
        true,
        Path.of(System.getProperty("java.io.tmpdir"))
            .resolve("callcast-" + ProcessHandle.current().pid() + "-" + call));
  }

  /**
   * Opens it.
   *
   * @param degrades whether compositions give up quality under overload
   * @param scratch a directory for what nobody needs after the worker's end
   */
  public CallSession(String call, long epoch, WorkerEvents events, boolean degrades, Path scratch) {
    this.call = call;
    this.degrades = degrades;
    this.scratch = scratch;
    this.events = events;
    // The call's timeline is the monotonic clock itself: base 0.
    this.ingest = new CallIngest(0, epoch, sounds, new Listener());
    this.watcher = Thread.ofPlatform().name("watch-" + call).start(this::watch);
  }

  /**
   * Loads what the first state will need. Any thread, at the start of the process: a worker that
   * takes the place of a dead one is in a hurry.
   */
  public static void preload() {
    CompositionEngine.preload();
  }

  @Override
  public synchronized void apply(
      CallState newState, List<String> excludedTracks, List<String> suspectTracks) {
    excluded = Set.copyOf(excludedTracks);
    state = newState;
    ingest.probation(suspectTracks);
    recordTracks(newState);
    receive(newState);
    look();
    Set<String> wanted = new HashSet<>();
    for (CompositionSpec spec : newState.compositions()) {
      wanted.add(spec.id());
      CompositionRunner running = compositions.get(spec.id());
      if (running == null) {
        start(spec, newState.webFrames());
      } else {
        running.update(spec, view, newState.webFrames());
      }
    }
    for (String id : Set.copyOf(compositions.keySet())) {
      if (!wanted.contains(id)) {
        stopLater(id, null);
      }
    }
    stopping.removeIf(thread -> !thread.isAlive());
    showVisible();
  }

  /**
   * An endpoint that can't be opened, say for its port is taken, keeps nothing else from going on.
   */
  private synchronized void receive(CallState wanted) {
    Map<String, String> before = closedEndpoints;
    lastTry = System.nanoTime();
    try {
      ingest.apply(wanted.endpoints(), wanted.participants(), excluded);
      closedEndpoints = Map.of();
    } catch (IngestException e) {
      closedEndpoints = e.endpoints();
      if (closedEndpoints.isEmpty()) {
        throw e;
      }
    }
    closedEndpoints.forEach((endpoint, reason) -> {
      if (!reason.equals(before.get(endpoint))) {
        log.error("{}", reason);
        events.happened("endpoint.failed", null, Map.of("endpoint", endpoint, "reason", reason));
      }
    });
    wanted
        .endpoints()
        .forEach(endpoint -> {
          if (before.containsKey(endpoint.id()) && !closedEndpoints.containsKey(endpoint.id())) {
            events.happened("endpoint.recovered", null, Map.of("endpoint", endpoint.id()));
          }
        });
  }

  private void start(CompositionSpec spec, @Nullable WebFramePolicy webFrames) {
    try {
      compositions.put(
          spec.id(),
          new CompositionRunner(
              spec,
              view,
              ingest,
              sounds,
              events,
              this::composed,
              degrades,
              webFrames,
              scratch.resolve("pages").resolve(spec.id())));
    } catch (RuntimeException e) {
      log.error("composition {} does not start", spec.id(), e);
      events.happened(
          "composition.failed",
          null,
          Map.of(
              "composition",
              spec.id(),
              "revision",
              spec.revision(),
              "reason",
              String.valueOf(e.getMessage())));
    }
  }

  /** Stopping takes a moment, in which the rest of the call goes on. */
  private synchronized void stopLater(String id, @Nullable String reason) {
    CompositionRunner runner = compositions.remove(id);
    if (runner != null) {
      TracksRecorder recorder = tracks;
      if (recorder != null) {
        recorder.compositionEnded(id);
      }
      stopping.add(Thread.ofPlatform().name("stop-" + id).start(() -> runner.stop(reason)));
    }
  }

  /** Starts and stops the recording of tracks as the state wants it. */
  private synchronized void recordTracks(CallState newState) {
    TracksSpec wanted = newState.tracks();
    TracksRecorder running = tracks;
    if (running != null && !running.spec().equals(wanted)) {
      stopTracks();
      running = null;
    }
    if (running == null && wanted != null) {
      running = new TracksRecorder(call, wanted, ingest, events);
      tracks = running;
      running.start();
      for (CompositionRunner runner : compositions.values()) {
        running.composed(runner.spec(), System.nanoTime() - CompositionRunner.DELAY);
      }
    }
    if (running != null) {
      running.participants(newState);
    }
  }

  /** It writes what has come, which may take a moment, in which the rest of the call goes on. */
  private synchronized void stopTracks() {
    TracksRecorder running = tracks;
    if (running != null) {
      tracks = null;
      ingest.setTaps(null);
      stopping.add(Thread.ofPlatform().name("stop-tracks").start(running::stop));
    }
  }

  /** On a composition's thread: the first picture that a spec looks like is composed. */
  private void composed(CompositionSpec spec, long callTime) {
    TracksRecorder recorder = tracks;
    if (recorder != null) {
      recorder.composed(spec, callTime);
    }
  }

  @Override
  public byte[] snapshot(String composition, int width) {
    return running(composition).snapshot(width);
  }

  @Override
  public byte[] preview(CompositionSpec spec) {
    return running(spec.id()).preview(spec);
  }

  @Override
  public void show(String composition, WorkerCommand.Show.Item item) {
    running(composition).show(item);
  }

  private CompositionRunner running(String composition) {
    CompositionRunner runner = compositions.get(composition);
    if (runner == null) {
      throw new IllegalStateException("composition " + composition + " is not running");
    }
    return runner;
  }

  @Override
  public CallStats stats() {
    CallIngest.Stats received = ingest.stats();
    Map<String, String> hintsNow = shownHints;
    Map<String, Double> levels = levels(System.nanoTime());
    List<TrackStats> tracks =
        received.tracks().stream()
            .map(track ->
                new TrackStats(
                    track.participant(),
                    track.track(),
                    track.packets(),
                    track.bytes(),
                    track.lost(),
                    track.recovered(),
                    track.jitter(),
                    track.wrongPayloadType(),
                    track.keyFramesRequested(),
                    track.width(),
                    track.height(),
                    track.fps(),
                    track.width() > 0
                        ? track.level()
                        : levels.getOrDefault(track.participant(), track.level()),
                    track.live(),
                    track.stalled(),
                    track.decoded(),
                    hintsNow.get(track.participant() + "/" + track.track())))
            .toList();
    List<CompositionStats> running =
        compositions.values().stream().map(CompositionRunner::stats).toList();
    return new CallStats(
        ProcessUsage.cpuSeconds(),
        ProcessUsage.rssBytes(),
        view.speaker(),
        received.endpoints(),
        tracks,
        running);
  }

  @Override
  public Map<String, String> debug() {
    Map<String, String> files = new HashMap<>();
    files.put("threads.txt", ThreadDump.take());
    Pipeline.graphs().forEach((name, dot) -> files.put("pipelines/" + name + ".dot", dot));
    return files;
  }

  @Override
  public boolean healthy() {
    return closing || System.nanoTime() - lastLook < STUCK;
  }

  @Override
  public void shutdown() {
    closing = true;
    join(watcher);
    List<Thread> ends;
    synchronized (this) {
      Set.copyOf(compositions.keySet()).forEach(id -> stopLater(id, null));
      stopTracks();
      ends = List.copyOf(stopping);
    }
    ends.forEach(CallSession::join);
    ingest.close();
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // --- the watch

  private void watch() {
    while (!closing) {
      LockSupport.parkNanos(LOOK_INTERVAL);
      try {
        synchronized (this) {
          if (state != null) {
            if (!closedEndpoints.isEmpty() && System.nanoTime() - lastTry > RETRY_INTERVAL) {
              receive(state);
            }
            CallView before = view;
            look();
            if (!view.equals(before)) {
              compositions.values().forEach(runner -> runner.view(view));
            } else {
              // New tracks sound without any other change.
              compositions.values().forEach(CompositionRunner::refreshSound);
            }
            showVisible();
            checkLimits();
          }
        }
        lastLook = System.nanoTime();
      } catch (RuntimeException e) {
        log.error("looking at the call failed", e);
      }
    }
  }

  private synchronized void look() {
    CallState now = Objects.requireNonNull(state);
    long time = System.nanoTime();
    CallView before = view;
    List<TrackStats> tracks = ingest.stats().tracks();
    long received = tracks.stream().mapToLong(TrackStats::packets).sum();
    if (received != packets) {
      packets = received;
      lastPackets = time;
    }
    view = watch.look(now, excluded, tracks, levels(time), time);
    TracksRecorder recorder = this.tracks;
    if (recorder != null) {
      recorder.speaker(view.speaker());
    }
    if (!Objects.equals(before.speaker(), view.speaker())) {
      Map<String, Object> data = new HashMap<>();
      data.put("participant", view.speaker());
      events.happened("participant.speaking", null, data);
    }
    view.videos()
        .forEach((key, video) -> {
          CallView.Video old = before.videos().get(key);
          boolean same =
              old != null && old.width() == video.width() && old.height() == video.height();
          if (video.width() > 0 && !same) {
            Map<String, Object> data = ofTrack(key);
            data.put("width", video.width());
            data.put("height", video.height());
            events.happened("track.resized", null, data);
          }
        });
  }

  private Map<String, Double> levels(long time) {
    Map<String, Double> levels = new HashMap<>();
    // What is in the inputs now will be heard after the delay; its loudness is that of the newest
    // sound.
    sounds
        .all()
        .forEach(sound -> levels.merge(sound.participant(), sound.input().level(time), Math::max));
    return levels;
  }

  /** Tells ingest what is shown anywhere, and the SFU by event in which size. */
  private synchronized void showVisible() {
    Map<String, Rect> largest = new HashMap<>();
    for (CompositionRunner runner : compositions.values()) {
      runner
          .shown()
          .forEach((track, rect) ->
              largest.merge(track, rect, (a, b) -> a.width() >= b.width() ? a : b));
    }
    Map<String, ShownSize> places = new HashMap<>();
    largest.forEach((track, rect) -> places.put(track, new ShownSize(rect.width(), rect.height())));
    ingest.setVisible(places);
    Map<String, Hint> now = hintsNow(largest);
    Set<String> all = new HashSet<>(hints.keySet());
    all.addAll(now.keySet());
    for (String key : all) {
      Hint hint = now.get(key);
      if (!Objects.equals(hint, hints.get(key))) {
        Map<String, Object> data = ofTrack(key);
        Rect place = hint == null ? null : hint.place();
        data.put("visible", place != null);
        if (place != null) {
          data.put("width", place.width());
          data.put("height", place.height());
        }
        data.put("recorded", hint != null && hint.recorded());
        events.happened("layer.hint", null, data);
      }
    }
    if (!now.equals(hints)) {
      hints.clear();
      hints.putAll(now);
      Map<String, String> sizes = new HashMap<>();
      now.forEach((key, hint) -> {
        Rect place = hint.place();
        if (place != null) {
          sizes.put(key, place.width() + "x" + place.height());
        }
      });
      shownHints = Map.copyOf(sizes);
    }
  }

  /** What is wanted of each video track that is declared, once that is known. */
  private synchronized Map<String, Hint> hintsNow(Map<String, Rect> largest) {
    Map<String, Hint> now = new HashMap<>();
    Set<String> declared = new HashSet<>();
    long time = System.nanoTime();
    boolean recorded = tracks != null;
    for (ParticipantSpec participant : Objects.requireNonNull(state).participants()) {
      for (TrackSpec track : participant.tracks()) {
        String key = CallIngest.key(participant.id(), track.id());
        if (track.kind() != TrackKind.VIDEO || excluded.contains(key)) {
          continue;
        }
        declared.add(key);
        Rect place = largest.get(key);
        Hint before = hints.get(key);
        CallView.Video received = view.videos().get(key);
        if (place == null && before != null && received != null && received.stalled()) {
          // Something else stands in its place until it comes, and it can only come if it is sent.
          place = track.paused() ? null : before.place();
        }
        long since = undecided.computeIfAbsent(key, _ -> time);
        if (place != null || recorded || before != null || time - since > UNDECIDED) {
          now.put(key, new Hint(place, recorded));
        }
      }
    }
    undecided.keySet().retainAll(declared);
    return now;
  }

  /** The beginning of an event's data. */
  private static Map<String, Object> ofTrack(String key) {
    int slash = key.indexOf('/');
    Map<String, Object> data = new HashMap<>();
    data.put("participant", key.substring(0, slash));
    data.put("track", key.substring(slash + 1));
    return data;
  }

  private void checkLimits() {
    for (CompositionRunner runner : compositions.values()) {
      CompositionSpec.Limits limits = runner.spec().limits();
      if (limits.maxDuration() > 0 && runner.mediaNow() >= limits.maxDuration()) {
        stopLater(
            runner.spec().id(),
            "the maximum duration of " + limits.maxDuration() + " s is reached");
      } else if (limits.idleTimeout() > 0 && idleSeconds() >= limits.idleTimeout()) {
        stopLater(runner.spec().id(), "nobody sent anything for " + limits.idleTimeout() + " s");
      } else if (runner.status() == CompositionStatus.FAILED) {
        stopLater(runner.spec().id(), null);
      }
    }
  }

  private double idleSeconds() {
    return (System.nanoTime() - lastPackets) / 1e9;
  }

  /** Passes on what ingest tells. */
  private final class Listener implements IngestListener {
    @Override
    public void track(String participant, String track, TrackEvent event, @Nullable String reason) {
      String type =
          switch (event) {
            case LIVE -> "track.live";
            case STALLED -> "track.stalled";
            case RESUMED -> "track.resumed";
            case FAILED -> "track.failed";
          };
      Map<String, Object> data = new HashMap<>();
      data.put("participant", participant);
      data.put("track", track);
      if (reason != null) {
        data.put("reason", reason);
      }
      events.happened(type, null, data);
      TracksRecorder recorder = tracks;
      if (recorder != null && event != TrackEvent.FAILED) {
        recorder.track(participant, track, type.substring("track.".length()));
      }
    }

    @Override
    public void suspect(String participant, String track, boolean entering) {
      events.suspect(participant, track, entering);
    }

    @Override
    public void rolledOver(String endpoint, long ssrc, long counter) {
      events.rolledOver(endpoint, ssrc, counter);
    }

    @Override
    public void keyed(String endpoint, SrtpKeys keys) {
      events.keyed(endpoint, keys.remote(), keys.local());
    }

    @Override
    public void ended(String endpoint, String participant, String reason) {
      log.info("endpoint {} of {} has ended: {}", endpoint, participant, reason);
      events.happened(
          "endpoint.ended",
          null,
          Map.of("endpoint", endpoint, "participant", participant, "reason", reason));
    }
  }
}
