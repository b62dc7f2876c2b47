package dev.callcast.bench;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.scene.Rect;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Likeness;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.fault.MediasoupRoom;
import dev.callcast.testkit.fault.NetworkNamespace;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One call on a real SFU, recorded by Callcast and by a browser, in turns: the same participants
 * send all the time, and the SFU gives what they send to one of the two. The browser is started for
 * each of its turns, Callcast's worker stays with the call. Measured is each as it goes on, after
 * it has settled. One thread.
 */
final class BrowserComparison {
  /** From a recording's beginning until it is measured: everyone is there. */
  private static final int SETTLE_SECONDS = 8;

  /**
   * The same for the first of Callcast's turns, while its JVM compiles: for what runs once a
   * picture that takes until it has run some ten thousand times.
   */
  private static final int COMPILE_SECONDS = 360;

  /** After the measured part, so that it is whole in the file. */
  private static final int AFTER_SECONDS = 1;

  /** After which the participants' clips begin again. */
  private static final int CLIP_SECONDS = 10;

  private static final String CALL = "bench";

  private final Material material;
  private final int seconds;
  private final int repeats;
  private final Layers simulcast;
  private final List<String> flags;
  private final @Nullable Path keep;
  private final Consumer<String> progress;
  private final List<CallcastTurn> callcast = new ArrayList<>();
  private final List<BrowserTurn> browser = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /** What of simulcast a browser gets. Callcast's client asks for what fits by itself. */
  enum Layers {
    /** Participants send one stream, of 640x360. */
    NONE,
    /** The largest, which is what mediasoup sends to who asks for nothing. */
    LARGEST,
    /** The smallest that fills the participant's place. */
    FITTING
  }

  /** Layers of simulcast, the smallest first; the one in the middle is that without simulcast. */
  private static final List<Layer> LAYERS =
      List.of(
          new Layer("low", 320, 180, 150_000),
          new Layer("cam", Material.SOURCE_WIDTH, Material.SOURCE_HEIGHT, 600_000),
          new Layer("high", 1280, 720, 1_800_000));

  /** By so much of its place a layer may be too small, as the client has it. */
  private static final double ENOUGH = 0.85;

  private record Layer(String track, int width, int height, int bitrate) {}

  /** What a turn's file is like, and the SFU's cores. */
  private record Outcome(
      double pictures, double fewest, double right, double heard, double psnr, double sfu) {}

  private record CallcastTurn(double worker, double compiling, double node, Outcome outcome) {
    double cores() {
      return worker + node;
    }
  }

  private record BrowserTurn(BrowserRecorder.Used cores, Outcome outcome) {
    double all() {
      return cores.browser() + cores.screen() + cores.sound() + cores.recorder();
    }
  }

  /**
   * With what it is done.
   *
   * @param simulcast which layers of simulcast the browser gets; there is none without
   * @param flags of Chromium
   * @param keep where the last turn's recordings are left, or null
   */
  BrowserComparison(
      Material material,
      int seconds,
      int repeats,
      Layers simulcast,
      List<String> flags,
      @Nullable Path keep,
      Consumer<String> progress) {
    this.material = material;
    this.seconds = seconds;
    this.repeats = repeats;
    this.simulcast = simulcast;
    this.flags = List.copyOf(flags);
    this.keep = keep;
    this.progress = progress;
  }

  BrowserRow run() throws IOException, InterruptedException {
    material.prepare(CLIP_SECONDS);
    material.prepareIdeal(CLIP_SECONDS);
    Path scratch = Files.createTempDirectory("callcast-bench-");
    Path browsers = scratch.resolve("browser.mp4");
    try (NetworkNamespace network = NetworkNamespace.create();
        BenchNode node = BenchNode.start();
        MediasoupRoom room = new MediasoupRoom(node.senders(), network.outside())) {
      List<SyntheticParticipant> people = people();
      node.senders().prepare(people);
      for (SyntheticParticipant one : people) {
        room.join(one);
      }
      for (int turn = 0; turn < repeats; turn++) {
        callcast(node, room, turn);
        browser(network, room, browsers);
        progress.accept(
            String.format(
                Locale.ROOT,
                "%d participants, %d of %d: Callcast %.4f cores, browser %.4f",
                material.participants(),
                turn + 1,
                repeats,
                callcast.getLast().cores(),
                browser.getLast().all()));
      }
      node.end(CALL);
    } finally {
      Files.deleteIfExists(browsers);
      Files.delete(scratch);
      material.dropIdeal(CLIP_SECONDS);
    }
    return row();
  }

  private List<SyntheticParticipant> people() {
    List<SyntheticParticipant> people = new ArrayList<>();
    for (int i = 0; i < material.participants(); i++) {
      people.add(person(i));
    }
    return people;
  }

  private SyntheticParticipant person(int index) {
    SyntheticParticipant one = SyntheticParticipant.of(index, "Participant " + index, "room");
    if (simulcast == Layers.NONE) {
      return one;
    }
    VideoClipSpec clip = VideoClipSpec.standard(index, one.name(), Codec.VP8);
    for (int i = 0; i < LAYERS.size(); i++) {
      Layer layer = LAYERS.get(i);
      if (layer.width() != Material.SOURCE_WIDTH) {
        SyntheticTrack track =
            SyntheticTrack.camera(
                "room", clip.withSize(layer.width(), layer.height()).withBitrate(layer.bitrate()));
        one =
            one.withTrack(
                track.withId(layer.track(), TrackSource.CAMERA, track.ssrc() + 1000L * (i + 1)));
      }
    }
    return one;
  }

  /** The smallest layer that fills a place. */
  static int fitting(Rect place) {
    for (int i = 0; i < LAYERS.size() - 1; i++) {
      Layer layer = LAYERS.get(i);
      if (layer.width() >= ENOUGH * place.width() && layer.height() >= ENOUGH * place.height()) {
        return i;
      }
    }
    return LAYERS.size() - 1;
  }

  private static String participant(int index) {
    return "p" + index;
  }

  private void callcast(BenchNode node, MediasoupRoom room, int turn)
      throws IOException, InterruptedException {
    String composition = "turn-" + turn;
    String path = "/v1/calls/" + CALL + "/compositions";
    room.attach(node.url(), CALL, Map.of());
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < material.participants(); i++) {
      shown.add(participant(i));
    }
    node.api().post(path, LiveRun.composition(composition, shown));
    int settle = turn == 0 ? COMPILE_SECONDS : SETTLE_SECONDS;
    sleep(settle);
    long worker = node.worker(CALL);
    long self = ProcessHandle.current().pid();
    ProcessCpu workerBefore = ProcessCpu.of(worker);
    double nodeBefore = ProcessCpu.of(self).cpu();
    double sfuBefore = ProcessCpu.tree(room.worker());
    long began = System.nanoTime();
    sleep(seconds);
    double elapsed = (System.nanoTime() - began) / 1e9;
    ProcessCpu workerAfter = ProcessCpu.of(worker);
    double nodeAfter = ProcessCpu.of(self).cpu();
    double sfuAfter = ProcessCpu.tree(room.worker());
    sleep(AFTER_SECONDS);
    node.api().post(path + "/" + composition + "/stop", Map.of());
    room.detach();
    Path file = node.recording(CALL, composition);
    List<Tile> tiles = tiles(settle);
    ContentReport report = ContentCheck.run(file, tiles);
    for (String problem : report.since(settle).problems(ContentReport.Limits.STANDARD)) {
      problems.add("Callcast, turn " + (turn + 1) + ": " + problem);
    }
    callcast.add(
        new CallcastTurn(
            (workerAfter.cpu() - workerBefore.cpu()) / elapsed,
            (workerAfter.compiling() - workerBefore.compiling()) / elapsed,
            (nodeAfter - nodeBefore) / elapsed,
            outcome(file, tiles, report, (sfuAfter - sfuBefore) / elapsed)));
    keep(file, "callcast");
  }

  private void browser(NetworkNamespace network, MediasoupRoom room, Path file)
      throws IOException, InterruptedException {
    Map<String, Rect> places = new LinkedHashMap<>();
    for (int i = 0; i < material.participants(); i++) {
      places.put(participant(i), material.tiles().get(i));
    }
    Map<String, Integer> layers = new LinkedHashMap<>();
    if (simulcast != Layers.NONE) {
      places.forEach((who, place) ->
          layers.put(who, simulcast == Layers.FITTING ? fitting(place) : LAYERS.size() - 1));
    }
    BrowserRecorder.Used cores;
    double sfu;
    try (BrowserRecorder recorder = BrowserRecorder.open(network, room, places, layers, flags)) {
      recorder.record(file);
      sleep(SETTLE_SECONDS);
      BrowserRecorder.Used before = recorder.used();
      double sfuBefore = ProcessCpu.tree(room.worker());
      long began = System.nanoTime();
      sleep(seconds);
      double elapsed = (System.nanoTime() - began) / 1e9;
      BrowserRecorder.Used after = recorder.used();
      sfu = (ProcessCpu.tree(room.worker()) - sfuBefore) / elapsed;
      cores =
          new BrowserRecorder.Used(
              (after.browser() - before.browser()) / elapsed,
              (after.screen() - before.screen()) / elapsed,
              (after.sound() - before.sound()) / elapsed,
              (after.recorder() - before.recorder()) / elapsed);
      sleep(AFTER_SECONDS);
      recorder.stop();
    }
    Map<String, Integer> sent = room.hangUp();
    if (!sent.equals(layers)) {
      problems.add("the browser got other layers, %s instead of %s".formatted(sent, layers));
    }
    List<Tile> tiles = tiles(SETTLE_SECONDS);
    browser.add(new BrowserTurn(cores, outcome(file, tiles, ContentCheck.run(file, tiles), sfu)));
    keep(file, "browser");
  }

  private List<Tile> tiles(int from) {
    List<Tile> tiles = new ArrayList<>();
    for (int i = 0; i < material.participants(); i++) {
      tiles.add(Tile.of(i, material.tiles().get(i)).between(from, from + seconds));
    }
    return tiles;
  }

  private Outcome outcome(Path file, List<Tile> tiles, ContentReport report, double sfu)
      throws IOException, InterruptedException {
    Spread pictures =
        Spread.of(report.tiles().stream().map(tile -> tile.steps().framesPerSecond()).toList());
    return new Outcome(
        pictures.median(),
        pictures.min(),
        Spread.of(report.tiles().stream().map(BrowserComparison::right).toList()).min(),
        (double) report.tiles().stream().filter(tile -> tile.unheard().isEmpty()).count(),
        simulcast == Layers.NONE
            ? Likeness.psnr(file, tiles, material.ideal(CLIP_SECONDS))
            : Double.NaN,
        sfu);
  }

  private static double right(TileReport tile) {
    return tile.pictures() == 0 ? 0 : (double) tile.right() / tile.pictures();
  }

  private void keep(Path file, String who) throws IOException {
    if (keep != null) {
      Files.createDirectories(keep);
      Files.copy(
          file,
          keep.resolve(who + "-" + material.participants() + ".mp4"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.delete(file);
  }

  private BrowserRow row() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      ratios.add(callcast.get(i).cores() / browser.get(i).all());
    }
    return new BrowserRow(
        material.participants(),
        seconds,
        repeats,
        simulcast,
        Spread.of(ratios),
        new BrowserRow.Callcast(
            spread(callcast, CallcastTurn::cores),
            spread(callcast, CallcastTurn::worker),
            spread(callcast, CallcastTurn::compiling),
            spread(callcast, CallcastTurn::node),
            outcome(callcast.stream().map(CallcastTurn::outcome).toList())),
        new BrowserRow.Browser(
            spread(browser, BrowserTurn::all),
            spread(browser, turn -> turn.cores().browser()),
            spread(browser, turn -> turn.cores().screen()),
            spread(browser, turn -> turn.cores().sound()),
            spread(browser, turn -> turn.cores().recorder()),
            outcome(browser.stream().map(BrowserTurn::outcome).toList())),
        problems);
  }

  private BrowserRow.Outcome outcome(List<Outcome> turns) {
    return new BrowserRow.Outcome(
        spread(turns, Outcome::pictures),
        spread(turns, Outcome::fewest),
        spread(turns, Outcome::right),
        spread(turns, Outcome::heard),
        simulcast == Layers.NONE ? spread(turns, Outcome::psnr) : null,
        spread(turns, Outcome::sfu));
  }

  private static <T> Spread spread(List<T> turns, ToDoubleFunction<T> value) {
    return Spread.of(turns.stream().map(value::applyAsDouble).toList());
  }

  private static void sleep(int seconds) throws InterruptedException {
    Thread.sleep(seconds * 1000L);
  }
}
