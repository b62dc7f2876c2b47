package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.WorkerEvent;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.FrameTrace;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Span;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A small recorded call whose processes are killed, of one of the {@link Kind}s that a crash has to
 * be survived with, and what has to be true of its recording afterwards.
 */
final class TriedCall {
  private static final Logger log = LoggerFactory.getLogger(TriedCall.class);

  static final int WIDTH = 480;
  static final int HEIGHT = 270;
  static final int FPS = 30;

  /** What is to be found in a file after a crash, s: at most this much of what came before it. */
  static final double MOST_LOST = 1.5;

  /**
   * How far a picture may be from the time at which its frame was sent, against the first one, s. A
   * worker that starts takes a stream's first packets from the kernel later than they came.
   */
  private static final double MOST_OFF_TIME = 0.3;

  /** s by which everything may be late where three workers and a node start on two cores. */
  private static final double MOST_OFF_TIME_BUSY = 0.8;

  /** s of media time from which on pictures are judged: so long the workers are starting. */
  private static final double STARTED = 2.5;

  /**
   * Above this {@link #strain} a machine is too busy to judge how exactly sound and picture agree:
   * what is resampled to where it belongs takes a while to get there.
   */
  private static final double CALM = 0.05;

  /** From the first new picture until everyone is in it again, s: a key frame is asked for. */
  private static final double SETTLED = 2.0;

  /** The kinds of calls with which each crash is tried. */
  enum Kind {
    /** Two talk, over SRTP, and the sequence numbers have wrapped. */
    WRAPPED_SRTP(2),
    /** Two whose microphones send silence, or who are muted here: every AAC frame is the same. */
    MUTED(2),
    /** Nobody is there: picture and sound never change. */
    EMPTY(0);

    private final int people;

    Kind(int people) {
      this.people = people;
    }
  }

  private final LiveNode node;
  private final LiveCall call;
  private final Kind kind;
  private final List<SyntheticParticipant> people = new ArrayList<>();
  private final Map<String, Long> origins = new HashMap<>();

  /** From which media time on, s, which layout is shown. */
  private final NavigableMap<Double, String> layouts = new TreeMap<>(Map.of(0.0, "grid"));

  private Path file;
  private double strain;

  /** {@link System#nanoTime} at which media time 0 was captured, or a little before. */
  private long origin;

  private TriedCall(LiveNode node, Kind kind) throws IOException, InterruptedException {
    this.node = node;
    this.kind = kind;
    this.call = node.call(kind.name().toLowerCase(java.util.Locale.ROOT));
  }

  /** One call of each kind, recorded, everyone seen; {@code outputs} go to the one that talks. */
  static List<TriedCall> startAll(LiveNode node, List<Map<String, Object>> outputs)
      throws IOException, InterruptedException {
    List<TriedCall> calls = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      calls.add(new TriedCall(node, kind));
    }
    for (TriedCall tried : calls) {
      tried.start(tried.kind == Kind.WRAPPED_SRTP ? outputs : List.of());
    }
    for (TriedCall tried : calls) {
      tried.awaitReady();
    }
    return calls;
  }

  private void start(List<Map<String, Object>> outputs) throws IOException, InterruptedException {
    String endpoint = call.id() + "-endpoint";
    if (kind == Kind.WRAPPED_SRTP) {
      call.endpointSrtp(endpoint);
    } else {
      call.endpoint(endpoint);
    }
    for (int i = 0; i < kind.people; i++) {
      people.add(person(2 * kind.ordinal() + i, endpoint));
    }
    node.senders().prepare(people);
    for (SyntheticParticipant person : people) {
      origins.put(person.id(), call.join(person));
    }
    if (kind == Kind.MUTED) {
      node.senders().setMuted(people.getFirst().id(), "mic", true);
      call.patchParticipant(people.getLast().id(), Map.of("muted", true));
    }
    Map<String, Object> body =
        new HashMap<>(LiveCall.composition("main", WIDTH, HEIGHT, FPS, "grid"));
    body.put("video", Map.of("bitrate", 500_000));
    List<String> ids = people.stream().map(SyntheticParticipant::id).toList();
    body.put("participants", Map.of("video", ids, "audio", ids, "sort", "joined"));
    List<Object> all = new ArrayList<>(List.of(Map.of("id", "rec", "type", "recording")));
    all.addAll(outputs);
    body.put("outputs", all);
    call.compose(body);
  }

  /** 320x180 of little bitrate: one packet a frame. Those of SRTP are about to wrap. */
  static SyntheticParticipant person(int index, String endpoint) {
    VideoClipSpec video =
        VideoClipSpec.standard(index, "P" + index, Codec.VP8)
            .withSize(320, 180)
            .withBitrate(200_000);
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(SyntheticTrack.camera(endpoint, video).withStart(65_500, 90_000L * index))
        .withTrack(
            SyntheticTrack.mic(endpoint, AudioClipSpec.standard(index, Codec.OPUS))
                .withStart(65_480, 48_000L * index));
  }

  private void awaitReady() throws IOException, InterruptedException {
    if (kind == Kind.WRAPPED_SRTP) {
      LiveCall.await(Duration.ofSeconds(20), "a wrapped sequence of every track", this::allWrapped);
    }
    for (SyntheticParticipant person : people) {
      call.awaitTrackEvent("track.live", person.id(), "cam");
    }
    call.awaitMediaTime("main", 5);
    file = call.recordingFile(call.recordings().get(0));
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long asked = System.nanoTime();
      double mediaTime = call.mediaTime("main");
      long took = System.nanoTime() - asked;
      if (took < best) {
        best = took;
        // What the API tells is composed now; what is captured now is composed 0.3 s later.
        origin = asked - (long) ((mediaTime + 0.3) * 1e9);
      }
    }
  }

  private boolean allWrapped() throws IOException {
    Set<Long> wrapped = new HashSet<>();
    for (RunDirectory directory : RunDirectory.list(node.data().resolve("run"))) {
      if (directory.call().equals(call.id())) {
        for (WorkerEvent.RolledOver one : directory.readRollovers()) {
          if (one.counter() >= 1) {
            wrapped.add(one.ssrc());
          }
        }
      }
    }
    return people.stream()
        .flatMap(person -> person.tracks().stream())
        .allMatch(track -> wrapped.contains(track.ssrc()));
  }

  LiveCall call() {
    return call;
  }

  Kind kind() {
    return kind;
  }

  // --- the crash

  /**
   * A worker's death, and the recording as it lay there then.
   *
   * @param at when it was sent SIGKILL
   * @param nanos the same on {@link System#nanoTime}'s clock
   * @param mediaTime s, of what was captured just then
   * @param copy of the recording's file, made before a new worker touched it
   */
  record Death(Instant at, long nanos, double mediaTime, Path copy) {}

  /** SIGKILL to the worker, whether there is a node or not. */
  Death killWorker() throws IOException, InterruptedException {
    var worker = node.worker(call.id());
    Path copy = node.data().resolve(call.id() + "-" + worker.pid() + ".mp4");
    strain = Math.max(strain, strain());
    Instant at = Instant.now();
    long nanos = System.nanoTime();
    worker.kill();
    LiveCall.await(Duration.ofSeconds(5), "the worker's end", () -> !worker.isAlive());
    Files.copy(file, copy);
    return new Death(at, nanos, (nanos - origin) / 1e9, copy);
  }

  /**
   * The new worker's word that it is there.
   *
   * @param seconds since the death
   * @param waited s of that in which its busiest thread stood in line for a core: what is the
   *     machine's fault and not the worker's
   */
  record Replacement(double seconds, double waited) {}

  /** Waits for the worker of that epoch. */
  Replacement awaitReplaced(Death death, int epoch) throws IOException, InterruptedException {
    JsonNode started =
        call.awaitEvent("worker.started", event -> event.get("data").get("epoch").asInt() == epoch);
    long pid = started.get("data").get("pid").asLong();
    return new Replacement(seconds(death.at(), started), CoreWait.most(pid, name -> true));
  }

  /**
   * How much of its life the busiest thread that receives, composes or mixes has stood in line for
   * a core: near 0 on a machine that has nothing else to do.
   */
  private double strain() throws IOException {
    long pid = call.workerPid();
    double waited =
        CoreWait.most(
            pid,
            name ->
                name.startsWith("ingest-")
                    || name.startsWith("compose-")
                    || name.startsWith("mix-"));
    Instant start = ProcessHandle.of(pid).orElseThrow().info().startInstant().orElseThrow();
    return waited / (Duration.between(start, Instant.now()).toMillis() / 1e3);
  }

  /** Seconds from a death until the new worker has an output at work. */
  double awaitLive(Death death, String output) throws IOException, InterruptedException {
    JsonNode live =
        call.awaitEvent(
            "output.state",
            event ->
                event.get("data").get("output").asString().equals(output)
                    && event.get("data").get("state").asString().equals("live")
                    && seconds(death.at(), event) > 0);
    return seconds(death.at(), live);
  }

  private static double seconds(Instant from, JsonNode event) {
    return Duration.between(from, Instant.parse(event.get("at").asString())).toNanos() / 1e9;
  }

  /** The file as it lay there at the moment of the kill plays, and reaches near to that moment. */
  void checkCopy(Death death) throws IOException, InterruptedException {
    MediaProbe probe = MediaCheck.probe(death.copy());
    double lost = death.mediaTime() - probe.video().end();
    double lostSound = death.mediaTime() - probe.audio().end();
    log.info(
        "{}: at the kill the file lacked {} s of picture, {} s of sound; ffprobe says {}",
        kind,
        "%.3f".formatted(lost),
        "%.3f".formatted(lostSound),
        probe.errors());
    assertThat(lost).as("%s: s of picture lost", kind).isLessThan(MOST_LOST);
    assertThat(lostSound).as("%s: s of sound lost", kind).isLessThan(MOST_LOST);
    List<Tile> tiles = tiles(STARTED, probe.video().end());
    ContentReport report = ContentCheck.run(death.copy(), tiles);
    assertThat(report.decodeErrors()).as("%s: decoding", kind).isEmpty();
    assertThat(report.pictures()).isEqualTo(probe.video().packets());
    for (TileReport tile : report.tiles()) {
      assertThat(tile.right())
          .as("%s: p%d in %d pictures", kind, tile.tile().participant(), tile.pictures())
          .isGreaterThanOrEqualTo((int) (0.99 * tile.pictures()))
          .isPositive();
    }
    // The same by what is in the pictures: when was the last frame sent that is to be seen?
    FrameTrace trace = FrameTrace.of(death.copy(), places(tiles));
    for (SyntheticParticipant person : people) {
      double sent =
          sentAt(
              person,
              trace.of(person.index()).getLast().frame(),
              origins.get(person.id()),
              death.nanos());
      assertThat(death.nanos() / 1e9 - sent)
          .as("%s: age of p%d's last picture, s", kind, person.index())
          .isBetween(0.0, MOST_LOST);
    }
  }

  private static List<Placement> places(List<Tile> tiles) {
    return tiles.stream().map(Tile::place).distinct().toList();
  }

  /**
   * When a frame was sent for the last time before {@code nanos}, in s of that clock.
   *
   * @param origin when frame 0 was first sent
   */
  static double sentAt(SyntheticParticipant person, int frame, long origin, long nanos) {
    double first = origin / 1e9 + frame / (double) FPS;
    double loop = clipSeconds(person);
    return first + Math.floor((nanos / 1e9 - first) / loop) * loop;
  }

  private static double clipSeconds(SyntheticParticipant person) {
    return person.tracks().getFirst().layers().getFirst().video().seconds();
  }

  /** Where people are to be seen from one time of the file to another, whatever the layout. */
  private List<Tile> tiles(double from, double to) {
    List<Tile> tiles = new ArrayList<>();
    double half = 0.5 / FPS;
    for (Map.Entry<Double, String> layout : layouts.entrySet()) {
      Double next = layouts.higherKey(layout.getKey());
      double begin = Math.max(from, layout.getKey() - half);
      double end = Math.min(to, next == null ? to : next - half);
      if (begin < end) {
        tiles.addAll(Tiles.of(layout.getValue(), Map.of(), WIDTH, HEIGHT, people, begin, end));
      }
    }
    return tiles;
  }

  // --- what goes on in it

  /** Changes the layout, and waits until it is in the picture. */
  void layout(String preset) throws IOException, InterruptedException {
    layouts.put(call.layout("main", Map.of("preset", preset)), preset);
  }

  /** Tells the node of somebody whom nobody sees or hears and who does not send yet. */
  void declareLate() throws IOException, InterruptedException {
    node.senders().prepare(List.of(late()));
    call.declare(late());
  }

  /** Lets the one that was declared late send: the worker has an event to tell. */
  void lateSends() throws IOException, InterruptedException {
    node.senders().add(late());
  }

  /** Waits for that event. */
  void awaitLateEvent() throws IOException, InterruptedException {
    call.awaitTrackEvent("track.live", late().id(), "mic");
  }

  private SyntheticParticipant late() {
    int index = 2 * Kind.values().length + kind.ordinal();
    return SyntheticParticipant.bare(index, "late")
        .withTrack(
            SyntheticTrack.mic(call.id() + "-endpoint", AudioClipSpec.standard(index, Codec.OPUS)));
  }

  /** Waits until so many more seconds are recorded. */
  void record(double seconds) throws IOException, InterruptedException {
    call.awaitMediaTime("main", call.mediaTime("main") + seconds);
  }

  // --- the end

  /** Stops them all and closes the calls; gives the finished files. */
  static List<Path> stopAll(List<TriedCall> calls) throws IOException, InterruptedException {
    List<Path> files = new ArrayList<>();
    for (TriedCall tried : calls) {
      tried.strain = Math.max(tried.strain, tried.strain());
      files.add(tried.call.stop("main"));
    }
    for (TriedCall tried : calls) {
      // Checking is work enough for the machine.
      for (SyntheticParticipant person : tried.people) {
        tried.node.senders().remove(person.id());
      }
      tried.call.close();
    }
    return files;
  }

  /**
   * Holds a finished file against what was sent.
   *
   * @param gaps how many crashes of its worker there were
   */
  void check(Path file, int gaps) throws IOException, InterruptedException {
    MediaProbe probe = MediaCheck.probe(file);
    FrameTrace trace = FrameTrace.of(file, places(tiles(0, Double.POSITIVE_INFINITY)));
    List<Span> holes = holes(trace.times());
    log.info(
        "{}: strain {}, {}gaps {}, sound ends {} s after the picture",
        kind,
        "%.3f".formatted(strain),
        probe.summary(),
        holes,
        "%.3f".formatted(probe.endOffset()));
    assertThat(holes).as("%s: gaps", kind).hasSize(gaps);
    assertThat(probe.errors()).isEmpty();
    assertThat(probe.video().backwardDts()).isZero();
    assertThat(probe.audio().backwardDts()).isZero();
    assertThat(Math.abs(probe.endOffset())).isLessThan(0.2);
    // Players disagree on holes in sound: there is none, silence stands in.
    assertThat(probe.audio().longestGap()).isLessThan(0.04);

    List<Tile> tiles = new ArrayList<>();
    double from = STARTED;
    for (Span hole : holes) {
      tiles.addAll(tiles(from, hole.from() + 0.01));
      from = hole.to() + SETTLED;
    }
    tiles.addAll(tiles(from, probe.video().end()));
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}: {}", kind, report.summary());
    assertThat(report.decodeErrors()).isEmpty();
    assertThat(report.black()).hasSize(kind == Kind.EMPTY ? 1 : 0);
    if (kind == Kind.WRAPPED_SRTP) {
      assertThat(report.silent())
          .as("silent but where nobody was there to listen")
          .allMatch(silent ->
              isExcused(silent)
                  || holes.stream()
                      .anyMatch(hole ->
                          silent.from() > hole.from() - 1 && silent.to() < hole.to() + SETTLED));
    }
    for (TileReport tile : report.tiles()) {
      checkTile(tile);
    }
    for (SyntheticParticipant person : people) {
      checkTimeline(person, trace);
    }
  }

  private void checkTile(TileReport tile) {
    String who = kind + ", p" + tile.tile().participant() + ": ";
    assertThat(tile.right())
        .as(who + "right pictures of " + tile.pictures())
        .isPositive()
        .isGreaterThanOrEqualTo((int) (0.99 * tile.pictures()));
    assertThat(tile.foreign()).as(who + "somebody else in its tile").isZero();
    assertThat(tile.frozen()).as(who + "frozen").allMatch(this::isExcused);
    if (kind == Kind.WRAPPED_SRTP) {
      assertThat(tile.unheard()).as(who + "unheard").allMatch(this::isExcused);
      // There is one a second: in a shorter time none need be whole.
      if (tile.pictures() > 2 * FPS) {
        assertThat(tile.sync().pairs()).as(who + "beeps with flashes").isPositive();
      }
      assertThat(Math.abs(tile.sync().median()))
          .as(who + "sound against picture, ms, with a strain of " + strain)
          .isLessThan(strain < CALM ? 20 : 250);
    } else {
      assertThat(tile.toneDb()).as(who + "tone of a muted microphone, dB").isLessThan(-70);
    }
  }

  private double mostOffTime() {
    return strain < CALM ? MOST_OFF_TIME : MOST_OFF_TIME_BUSY;
  }

  /** What the reports call frozen, unheard or silent is at least 0.3 s long. */
  private boolean isExcused(Span span) {
    return strain >= CALM && span.to() - span.from() < MOST_OFF_TIME_BUSY;
  }

  /** Every picture stands where its frame was sent, before and after each gap. */
  private void checkTimeline(SyntheticParticipant person, FrameTrace trace) {
    double loop = clipSeconds(person);
    List<FrameTrace.Shown> shown = trace.of(person.index());
    double first = delay(shown.getFirst());
    double most = 0;
    for (FrameTrace.Shown one : shown) {
      double off = delay(one) - first;
      most = Math.max(most, Math.abs(off - Math.rint(off / loop) * loop));
    }
    log.info("{}: p{} is off its time by {} s at most", kind, person.index(), most);
    assertThat(most)
        .as("%s: p%d is off its time, s", kind, person.index())
        .isLessThan(mostOffTime());
  }

  private static double delay(FrameTrace.Shown shown) {
    return shown.seconds() - shown.frame() / (double) FPS;
  }

  /** What a server recorded of one connection plays, and shows everyone from its start on. */
  void checkStream(Path flv) throws IOException, InterruptedException {
    FrameTrace trace = FrameTrace.of(flv, places(tiles(0, Double.POSITIVE_INFINITY)));
    assertThat(trace.errors()).as("%s: decoding", flv).isEmpty();
    for (SyntheticParticipant person : people) {
      List<FrameTrace.Shown> shown = trace.of(person.index());
      assertThat(shown).as("%s: %s", flv, person.name()).hasSizeGreaterThan(2 * FPS);
      assertThat(shown.getFirst().seconds() - trace.times().getFirst())
          .as("%s: s until %s is seen", flv, person.name())
          .isLessThan(SETTLED);
      assertThat(trace.times().getLast() - shown.getLast().seconds())
          .as("%s: s without %s at the end", flv, person.name())
          .isLessThan(0.1);
    }
  }

  /** Gaps in the picture, without those of the time in which everything is starting. */
  private static List<Span> holes(List<Double> times) {
    List<Span> holes = new ArrayList<>();
    for (int i = 1; i < times.size(); i++) {
      if (times.get(i) - times.get(i - 1) > 0.5 && times.get(i - 1) > STARTED) {
        holes.add(new Span(times.get(i - 1), times.get(i)));
      }
    }
    return holes;
  }

  /** Each event of the call is there once, in order, from the first on. */
  void checkEvents() {
    List<JsonNode> events = call.events();
    List<Long> sequences = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (JsonNode event : events) {
      sequences.add(event.get("sequence").asLong());
      ids.add(event.get("id").asString());
    }
    List<Long> expected = new ArrayList<>();
    for (long i = 1; i <= events.size(); i++) {
      expected.add(i);
    }
    assertThat(sequences).as("%s: sequence of events", kind).isEqualTo(expected);
    assertThat(ids).hasSize(events.size());
  }
}
