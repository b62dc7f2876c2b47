package dev.callcast.media.worker;

import dev.callcast.media.compose.Canvas;
import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.compose.JpegEncoder;
import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.PacketFanout;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.ingest.CallIngest;
import dev.callcast.media.ingest.Frame;
import dev.callcast.media.ingest.FrameStore;
import dev.callcast.media.mix.Mixer;
import dev.callcast.media.output.report.ReportLine;
import dev.callcast.media.page.WebPages;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionStatus;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.protocol.WorkerCommand;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import dev.callcast.scene.WebFrame;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one composition by the wall clock, from its start to its stop, with two threads of its own:
 * one composes a picture for each tick (none where the video is off), one mixes sound in blocks of
 * 20 ms. They never wait for anything but the clock. Under overload pictures are left out (counted)
 * and made with less effort ({@link Ladder}), sound never. Made and stopped by {@link CallSession}.
 *
 * <p>Media time 0 is {@link #origin} on the call's clock; what belongs to media time T is composed
 * {@link #DELAY} after it, when the jitter buffer has let go of everything for it.
 */
final class CompositionRunner {
  /** 200 ms of jitter buffer, and decoding. */
  static final long DELAY = TimeUnit.MILLISECONDS.toNanos(300);

  private static final Logger log = LoggerFactory.getLogger(CompositionRunner.class);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int BLOCK = 960;

  /**
   * The sound starts on a multiple of so many samples of media time: so AAC frames of a worker that
   * takes a recording up lie where those of the one before did, and the gap is a whole number of
   * them.
   */
  private static final int AAC_FRAME = 1024;

  /** A picture that is later than this has lost its sources in the frame stores. */
  private static final long TOO_LATE = TimeUnit.MILLISECONDS.toNanos(200);

  /**
   * Pictures in the encoder beyond which new ones are left out: its lookahead and a third of a
   * second.
   */
  private static final int MOST_IN_FLIGHT = 22;

  private static final long STOP_TIMEOUT_MILLIS = 5_000;

  private final String id;
  private final CallIngest ingest;
  private final Sounds sounds;
  private final WorkerEvents events;
  private final Composed composedFirst;
  private final CompositionEngine engine;
  private final PacketFanout fanout = new PacketFanout();
  private final PacketFanout pcm = new PacketFanout();
  private final OutputSet outputs;
  private final WebPages pages;
  private final long origin;
  private final long firstTick;
  private final int fps;
  private final int encoderHolds;
  private final boolean degrades;
  private final boolean off;
  private final @Nullable Thread ticker;
  private final Thread sounder;
  private final ReportNotes notes;
  private final RateMeter bitrate = new RateMeter();

  /** The markers that were told; owned by the thread that applies states. */
  private final Set<String> marked = new HashSet<>();

  /** Ticks from which on a key frame is wanted. */
  private final ConcurrentSkipListSet<Long> keyTicks = new ConcurrentSkipListSet<>();

  /** Spec and view change together, so that one tick sees one state of the call. */
  private record Wanted(CompositionSpec spec, CallView view) {}

  private volatile Wanted wanted;
  private volatile long stopAt = Long.MAX_VALUE; // media time after which nothing is composed
  private volatile CompositionStatus status = CompositionStatus.STARTING;
  private volatile long composedRevision;
  private volatile Map<String, Rect> shown = Map.of();
  private volatile Map<String, Long> soundShifts = Map.of();
  private volatile long ticks;
  private volatile long skipped;
  private volatile double composeMillis;
  private volatile List<String> degraded = List.of();
  private volatile @Nullable String failure;

  /** Is told when a spec takes effect. */
  interface Composed {
    /** The first picture that looks as the spec says has this time, ns on the call's clock. */
    void composed(CompositionSpec spec, long callTime);
  }

  /**
   * Starts it.
   *
   * @param degrades whether quality is given up under overload
   * @param webFrames which web pages it may show, or null for none
   * @param scratch where browsers may keep files
   */
  CompositionRunner(
      CompositionSpec spec,
      CallView view,
      CallIngest ingest,
      Sounds sounds,
      WorkerEvents events,
      Composed composedFirst,
      boolean degrades,
      @Nullable WebFramePolicy webFrames,
      Path scratch) {
    this.id = spec.id();
    this.ingest = ingest;
    this.sounds = sounds;
    this.events = events;
    this.composedFirst = composedFirst;
    this.wanted = new Wanted(spec, view);
    this.composedRevision = Schedule.revision(spec);
    this.fps = spec.canvas().fps();
    this.encoderHolds = Encoder.holds(spec.canvas(), spec.video());
    this.degrades = degrades;
    this.engine = CompositionEngine.live(spec, new EncoderOutput(), new Scripts());
    try {
      engine.warmUp();
      spec.feed().assets().values().forEach(engine::prepare);
      engine.prepare(Schedule.variants(spec), view, 0);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
    // Only now: loading plugins and fonts takes a moment, in which no tick may be due.
    Timeline timeline = OutputSet.timelineOf(spec.outputs());
    long now = System.nanoTime();
    this.origin = timeline == null ? now - DELAY : timeline.origin();
    // The first tick whose moment is not over yet.
    this.firstTick = Math.max(0, Math.ceilDiv((now - DELAY - origin) * fps, SECOND));
    this.off = spec.video().off();
    this.notes = new ReportNotes(id, engine.content(), this::reported);
    this.outputs =
        new OutputSet(
            id,
            fanout,
            pcm,
            events,
            new Timeline(origin),
            ingest.firstSrtcpIndex(),
            this::wantKeyFrame,
            notes::ended);
    this.pages = new WebPages(scratch, fps, (type, data) -> tell(type, mediaNow(), data));
    mixSources();
    if (spec.paused()) {
      outputs.paused(true, 0);
    }
    mark(spec);
    outputs.apply(spec);
    wantPages(spec, webFrames);
    this.ticker = off ? null : Thread.ofPlatform().name("compose-" + id).start(this::composeAll);
    this.sounder = Thread.ofPlatform().name("mix-" + id).start(this::mixAll);
    notes.start();
  }

  /** What the report of a recording wants to know now. */
  private ReportNotes.Now reported() {
    Wanted now = wanted;
    CompositionSpec.Selection selection = now.spec().participants();
    Map<String, String> present = new LinkedHashMap<>();
    for (ParticipantSpec participant : now.view().participants()) {
      if (Layouter.selected(selection.video(), participant.id())
          || Layouter.selected(selection.audio(), participant.id())) {
        present.put(participant.id(), participant.name());
      }
    }
    List<ReportLine.TrackCount> tracks =
        ingest.stats().tracks().stream()
            .filter(track -> present.containsKey(track.participant()))
            .map(ReportLine.TrackCount::of)
            .toList();
    Map<String, Double> offsets = new HashMap<>(ingest.avOffsets());
    offsets.keySet().retainAll(present.keySet());
    long stop = stopAt;
    double reached = stop < 0 ? mediaNow() : Math.min(mediaNow(), (double) stop / SECOND);
    return new ReportNotes.Now(
        Math.max(0, reached),
        outputs.recordings(),
        present,
        new ReportLine.Counters(ticks, skipped, tracks, offsets));
  }

  /** Takes effect with the next tick, all at once. */
  void update(CompositionSpec spec, CallView view, @Nullable WebFramePolicy webFrames) {
    Wanted before = wanted;
    CompositionSpec old = before.spec();
    // Decoded on this thread, so that no tick has to wait for it.
    spec.feed().assets().values().forEach(engine::prepare);
    if (!spec.layout().equals(old.layout())
        || !spec.feed().equals(old.feed())
        || !spec.scheduled().equals(old.scheduled())) {
      engine.prepare(Schedule.variants(spec), view, Math.max(0, mediaNow()));
    }
    wantPages(spec, webFrames);
    wanted = new Wanted(spec, view);
    notePresence(before, spec, view);
    mixSources();
    mark(spec);
    if (spec.paused() != old.paused() && stopAt == Long.MAX_VALUE) {
      // Before anything else: what is heard and seen from this moment on is not to be recorded.
      long at = spec.paused() ? engine.mediaTime(tickNow()) : wantKeyFrame();
      outputs.paused(spec.paused(), at);
      become(spec.paused() ? CompositionStatus.PAUSED : CompositionStatus.LIVE, null);
      tell(
          spec.paused() ? "composition.paused" : "composition.resumed",
          (double) at / SECOND,
          Map.of());
      composedFirst.composed(spec, System.nanoTime() - DELAY);
    }
    outputs.apply(spec);
  }

  /** Tells the media time of markers that have none yet. */
  private void mark(CompositionSpec spec) {
    for (CompositionSpec.Marker marker : spec.markers()) {
      if (marked.add(marker.id())) {
        tell(
            "composition.marker",
            (double) engine.mediaTime(tickNow()) / SECOND,
            Map.of("marker", marker.id(), "label", marker.label()));
      }
    }
  }

  /** The tick of what happens just now; it is composed {@link #DELAY} later. */
  private long tickNow() {
    return Math.max(firstTick, Math.ceilDiv((System.nanoTime() - origin) * fps, SECOND));
  }

  /** Asks for a key frame at what happens just now; gives its media time in ns. */
  private long wantKeyFrame() {
    long tick = tickNow();
    keyTicks.add(tick);
    return engine.mediaTime(tick);
  }

  /** The call looks different; the spec stays. */
  void view(CallView view) {
    Wanted before = wanted;
    wanted = new Wanted(before.spec(), view);
    notePresence(before, before.spec(), view);
    mixSources();
  }

  /** The pages of its layouts, also of those that wait for their moment. */
  private void wantPages(CompositionSpec spec, @Nullable WebFramePolicy webFrames) {
    if (off || stopAt != Long.MAX_VALUE) {
      return;
    }
    pages.want(
        webFrames,
        Schedule.variants(spec).stream()
            .map(CompositionSpec::layout)
            .map(layout -> Layouts.webFrame(layout.preset(), layout.params()))
            .filter(Objects::nonNull)
            .toList());
  }

  private void notePresence(Wanted before, CompositionSpec spec, CallView view) {
    if (!before.view().participants().equals(view.participants())
        || !before.spec().participants().equals(spec.participants())) {
      notes.changed();
    }
  }

  /** Tracks may have come or gone. */
  void refreshSound() {
    mixSources();
  }

  CompositionSpec spec() {
    return wanted.spec();
  }

  CompositionStatus status() {
    return status;
  }

  /** The tracks in the picture with their places, as of the last tick. */
  Map<String, Rect> shown() {
    return shown;
  }

  /** Loudness of a participant in this mix, dBov. */
  double level(String participant) {
    return engine.mixer().level(participant);
  }

  /** Seconds of media time at which the composition is now. */
  double mediaNow() {
    return (double) (System.nanoTime() - DELAY - origin) / SECOND;
  }

  byte[] snapshot(int width) {
    Canvas canvas = engine.newest();
    if (canvas == null) {
      throw new IllegalStateException(
          "composition "
              + id
              + (off ? " has no picture: its video is off" : " has no picture yet"));
    }
    try {
      return JpegEncoder.encode(canvas, width == 0 ? wanted.spec().canvas().width() : width, 85);
    } finally {
      canvas.release();
    }
  }

  /** The picture that another spec would give at this moment, as PNG. Any thread. */
  byte[] preview(CompositionSpec spec) {
    long callTime = System.nanoTime() - DELAY;
    return Preview.of(
        spec,
        wanted.view(),
        (double) (callTime - origin) / SECOND,
        frames(callTime),
        engine.playing());
  }

  /** Shows something once, from the next tick on. Any thread. */
  void show(WorkerCommand.Show.Item item) {
    switch (item.kind()) {
      case REACTION -> engine.react(item.text());
      case TOAST -> engine.toast(item.text());
      case CAPTION -> engine.caption(item.text(), item.seconds());
    }
  }

  CompositionStats stats() {
    return new CompositionStats(
        id,
        status,
        composedRevision,
        ticks,
        skipped,
        composeMillis,
        Math.max(0, mediaNow()),
        bitrate.bitsPerSecond(),
        degraded,
        outputs.stats());
  }

  /**
   * Lets everything captured up to now reach the outputs, and ends them. Takes about {@link
   * #DELAY}; at most 5 s more.
   */
  void stop(@Nullable String reason) {
    if (status == CompositionStatus.STOPPED
        || (status == CompositionStatus.FAILED && (ticker == null || !ticker.isAlive()))) {
      pages.close();
      return;
    }
    stopAt = System.nanoTime() - origin;
    if (status != CompositionStatus.FAILED) {
      status = CompositionStatus.STOPPING;
    }
    try {
      if (ticker != null) {
        ticker.join();
      }
      sounder.join();
      if (!engine.drain(STOP_TIMEOUT_MILLIS)) {
        log.error(
            "composition {}: the encoder did not come to its end in {} ms",
            id,
            STOP_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    outputs.close();
    notes.close();
    pages.close();
    engine.close();
    String why = reason == null ? failure : reason;
    status = failure == null ? CompositionStatus.STOPPED : CompositionStatus.FAILED;
    tell("composition.stopped", mediaNow(), why == null ? Map.of() : Map.of("reason", why));
  }

  // --- pictures

  private void composeAll() {
    long windowStart = System.nanoTime();
    long windowSum = 0;
    int windowTicks = 0;
    int windowMissed = 0;
    try {
      for (long n = firstTick; engine.mediaTime(n) < stopAt; n++) {
        long due = origin + engine.mediaTime(n) + DELAY;
        sleepUntil(due);
        long started = System.nanoTime();
        boolean givenUp = ladder.has(Ladder.Step.FRAME_RATE) && n % 2 == 1;
        if (givenUp
            || started - due > TOO_LATE
            || engine.picturesInFlight() > MOST_IN_FLIGHT
            || !compose(n)) {
          skipped = n - firstTick + 1 - composed;
          windowMissed += givenUp ? 0 : 1;
        }
        ticks = n - firstTick + 1;
        if (givenUp) {
          continue;
        }
        long done = System.nanoTime();
        windowSum += done - due;
        windowTicks++;
        if (done - windowStart > SECOND) {
          composeMillis = windowSum / 1e6 / windowTicks;
          climb(windowMissed, (double) windowSum / windowTicks);
          windowStart = done;
          windowSum = 0;
          windowTicks = 0;
          windowMissed = 0;
        }
      }
    } catch (RuntimeException e) {
      log.error("composition {} failed", id, e);
      fail("composer: " + e.getMessage());
    }
  }

  /**
   * Takes a step of the ladder where the last second asks for it.
   *
   * @param missed pictures that should have been composed and were not
   * @param mean time from a picture's being due to its end, ns
   */
  private void climb(int missed, double mean) {
    if (!degrades) {
      return;
    }
    double between = (double) SECOND / fps * (ladder.has(Ladder.Step.FRAME_RATE) ? 2 : 1);
    String why =
        ladder.look(
            new Ladder.Second(missed, mean / between, engine.picturesInFlight() - encoderHolds));
    if (why != null) {
      degraded = ladder.steps();
      log.info("composition {} gives up {}: {}", id, degraded, why);
      tell(
          "composition.degraded",
          mediaNow(),
          Map.of("level", ladder.level(), "steps", degraded, "reason", why));
    }
  }

  private long composed; // owned by the tick thread
  private final Ladder ladder = new Ladder(); // likewise

  // Owned by the tick thread.
  private final Schedule schedule = new Schedule(this::mediaTimeOf);
  private final List<CompositionSpec.Scheduled> begun = new ArrayList<>(); // not told yet

  /** Media time, ns, of what is captured at a time of the wall's clock, ms since 1970. */
  private long mediaTimeOf(long wallMillis) {
    long from = TimeUnit.MILLISECONDS.toNanos(wallMillis - System.currentTimeMillis());
    return System.nanoTime() + from - origin;
  }

  /** What was composed just now is the first of these changes. */
  private void noteBegun(CompositionSpec spec, long callTime) {
    for (CompositionSpec.Scheduled change : begun) {
      composedRevision = Math.max(composedRevision, change.revision());
      tell(
          "composition.updated",
          (double) (callTime - origin) / SECOND,
          Map.of("revision", change.revision()));
      composedFirst.composed(spec, callTime);
    }
    begun.clear();
  }

  private final Map<String, TickAlignment> alignments = new HashMap<>(); // likewise, by track

  private boolean compose(long n) {
    Wanted now = wanted;
    long callTime = origin + engine.mediaTime(n);
    Long key = keyTicks.floor(n);
    long halfTick = SECOND / fps / 2;
    FrameSource frames = track -> aligned(track, callTime, halfTick);
    CompositionSpec spec = schedule.at(now.spec(), engine.mediaTime(n));
    begun.addAll(schedule.fresh());
    pressKeys(spec.layout());
    Scene scene = engine.tick(n, key != null, spec, now.view(), frames, ladder);
    if (scene == null) {
      return false;
    }
    if (key != null) {
      keyTicks.headSet(key, true).clear();
    }
    composed++;
    noteApplied(now, callTime);
    noteBegun(spec, callTime);
    noteShown(engine.videos());
    if (n % fps == 0) {
      shiftSounds(now.view());
    }
    return true;
  }

  private CompositionSpec.@Nullable Layout keyed; // owned by the tick thread

  /** Web pages see keys with the picture from which on their number has grown. */
  @SuppressWarnings("ReferenceEquality") // the very same layout for most ticks
  private void pressKeys(CompositionSpec.Layout layout) {
    if (layout != keyed) {
      keyed = layout;
      pages.keys(
          Layouts.keyPress(layout.preset(), layout.params()),
          Layouts.webFrame(layout.preset(), layout.params()));
    }
  }

  /** What was composed or mixed just now is of this spec. */
  private void noteApplied(Wanted now, long callTime) {
    double mediaTime = (double) (callTime - origin) / SECOND;
    long revision = Schedule.revision(now.spec());
    if (status == CompositionStatus.STARTING) {
      become(now.spec().paused() ? CompositionStatus.PAUSED : CompositionStatus.LIVE, null);
      tell("composition.live", mediaTime, Map.of("revision", revision));
      composedFirst.composed(now.spec(), callTime);
    }
    if (composedRevision < revision) {
      composedRevision = revision;
      tell("composition.updated", mediaTime, Map.of("revision", composedRevision));
      composedFirst.composed(now.spec(), callTime);
    }
  }

  private FrameSource frames(long callTime) {
    long halfTick = SECOND / fps / 2;
    return track -> {
      if (WebFrame.isKey(track)) {
        return pages.frame(track);
      }
      var store = ingest.frames(track);
      return store == null ? null : store.acquire(callTime, halfTick);
    };
  }

  /** As {@link #frames}, and remembers how the pictures lie; for the tick thread only. */
  private @Nullable Frame aligned(String track, long callTime, long halfTick) {
    if (WebFrame.isKey(track)) {
      return pages.frame(track);
    }
    FrameStore store = ingest.frames(track);
    if (store == null) {
      return null;
    }
    TickAlignment alignment =
        alignments.computeIfAbsent(track, _ -> new TickAlignment(SECOND / fps / 2));
    Frame frame = store.acquire(callTime + alignment.bias(), halfTick);
    if (frame != null) {
      alignment.shown(frame.serial(), callTime - frame.pts());
    }
    return frame;
  }

  /** A participant's sound goes with its camera. */
  private void shiftSounds(CallView view) {
    Map<String, Long> shifts = new HashMap<>();
    for (ParticipantSpec participant : view.participants()) {
      for (TrackSpec track : participant.tracks()) {
        TickAlignment alignment = alignments.get(CallIngest.key(participant.id(), track.id()));
        if (track.source() == TrackSource.CAMERA && alignment != null) {
          shifts.put(participant.id(), alignment.soundShift());
        }
      }
    }
    soundShifts = shifts;
  }

  private List<Layer> noted = List.of(); // owned by the tick thread

  /** Where tiles will be, not where they are on the way: hints must not follow a move. */
  @SuppressWarnings("ReferenceEquality") // it is the very same list while nothing changes
  private void noteShown(List<Layer> videos) {
    if (videos == noted) {
      return;
    }
    noted = videos;
    Map<String, Rect> places = new HashMap<>();
    for (Layer layer : videos) {
      if (layer instanceof Layer.Tile tile
          && tile.track() != null
          && !WebFrame.isKey(tile.track())
          && tile.opacity() > 0) {
        places.put(tile.track(), tile.rect());
      }
    }
    shown = Map.copyOf(places);
    alignments.keySet().retainAll(places.keySet());
  }

  // --- sound

  private void mixAll() {
    try {
      long first = engine.mediaTime(firstTick) * CompositionEngine.SAMPLE_RATE / SECOND;
      long sample = Math.ceilDiv(first, AAC_FRAME) * AAC_FRAME;
      while (sample * SECOND / CompositionEngine.SAMPLE_RATE < stopAt) {
        long callTime = origin + sample * SECOND / CompositionEngine.SAMPLE_RATE;
        sleepUntil(callTime + DELAY);
        Wanted now = wanted;
        float[] mixed = engine.sound(sample, BLOCK, callTime);
        if (!pcm.isEmpty()) {
          pcm.packet(engine.pcm(mixed, BLOCK, sample));
        }
        if (off) {
          noteApplied(now, callTime);
        }
        sample += BLOCK;
      }
    } catch (RuntimeException e) {
      log.error("the mix of composition {} failed", id, e);
      fail("mixer: " + e.getMessage());
    }
  }

  private void mixSources() {
    Wanted now = wanted;
    Map<String, ParticipantSpec> participants = new HashMap<>();
    now.view()
        .participants()
        .forEach(participant -> participants.put(participant.id(), participant));
    List<Mixer.Source> sources = new ArrayList<>();
    for (Sounds.Sound sound : sounds.all()) {
      ParticipantSpec participant = participants.get(sound.participant());
      if (participant != null
          && Layouter.selected(now.spec().participants().audio(), participant.id())) {
        sources.add(
            new Mixer.Source(
                participant.id(),
                sound.input(),
                participant.gain(),
                participant.pan(),
                participant.muted(),
                soundShifts.getOrDefault(participant.id(), 0L)));
      }
    }
    engine.mixer().sources(sources);
  }

  // --- states

  private void become(CompositionStatus next, @Nullable String why) {
    status = next;
    log.info("composition {} is {}{}", id, next.json(), why == null ? "" : ": " + why);
  }

  private synchronized void fail(String why) {
    if (failure == null) {
      failure = why;
      stopAt = Long.MIN_VALUE;
      become(CompositionStatus.FAILED, why);
      tell("composition.failed", mediaNow(), Map.of("reason", why));
    }
  }

  private void tell(String type, double mediaTime, Map<String, Object> more) {
    Map<String, Object> data = new HashMap<>(more);
    data.put("composition", id);
    data.putIfAbsent("revision", composedRevision);
    events.happened(type, Math.max(0, mediaTime), data);
  }

  private static void sleepUntil(long time) {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** On the thread of a custom layout. */
  private final class Scripts implements ScriptedLayout.Listener {
    @Override
    public void failed(String layout, ScriptException why) {
      Map<String, Object> data = new HashMap<>();
      data.put("layout", layout);
      data.put("message", String.valueOf(why.getMessage()));
      if (why.line() > 0) {
        data.put("line", why.line());
      }
      tell("layout.failed", mediaTime(), data);
    }

    @Override
    public void recovered(String layout) {
      tell("layout.recovered", mediaTime(), Map.of("layout", layout));
    }

    /** The first scene is asked for before media time begins. */
    private double mediaTime() {
      return origin == 0 ? 0 : mediaNow();
    }
  }

  /** On the encoder's thread. */
  private final class EncoderOutput implements Encoder.Output {
    @Override
    public void started(StreamFormat format) {
      pcm.started(format.withoutVideo());
      fanout.started(format);
    }

    @Override
    public void packet(Packet packet) {
      bitrate.add(packet.data().length);
      fanout.packet(packet);
    }

    @Override
    public void failed(String reason) {
      fail(reason);
    }
  }
}
