package dev.callcast.bench;

import dev.callcast.app.ApiClient;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A whole call: a node in this process, its worker in another, the participants' clips over RTP
 * from a third, composed into a recording that is looked through afterwards. Measured is the
 * worker, by what the kernel says that it used. One thread.
 */
final class LiveRun {

  /** Everyone has joined and the JVM has compiled the most of what it will. */
  private static final int WARM_UP_SECONDS = 20;

  private static final int HIDDEN = 20;

  /** So many places there are for those whose packets tell how loud they are. */
  private static final int LOUDEST = 8;

  private static final int LEVEL_ID = 5;
  private static final String CALL = "bench";
  private static final String COLD = "cold";

  private final Material material;
  private final int seconds;
  private final Consumer<String> progress;
  private final List<String> problems = new ArrayList<>();

  LiveRun(Material material, int seconds, Consumer<String> progress) {
    this.material = material;
    this.seconds = seconds;
    this.progress = progress;
  }

  /** What content checks found wrong. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /**
   * Runs it.
   *
   * @param offline cores that the same takes offline
   */
  Row.Live run(double offline) throws IOException, InterruptedException {
    try (BenchNode node = BenchNode.start()) {
      double cold = cold(node);
      Row.Live live = call(node, cold, offline);
      node.end(CALL);
      return live;
    }
  }

  /** From nothing to the first picture, ms: its worker is started for the call. */
  private static double cold(BenchNode node) throws IOException, InterruptedException {
    ApiClient api = node.api();
    Instant asked = Instant.now();
    api.post("/v1/calls", Map.of("id", COLD));
    api.post("/v1/calls/" + COLD + "/compositions", composition("main", List.of()));
    Instant live = node.events().await(COLD, "composition.live", BenchNode.TIMEOUT_MILLIS);
    api.delete("/v1/calls/" + COLD);
    return Duration.between(asked, live).toMillis();
  }

  private Row.Live call(BenchNode node, double cold, double offline)
      throws IOException, InterruptedException {
    ApiClient api = node.api();
    String path = "/v1/calls/" + CALL;
    node.call(CALL);
    List<SyntheticParticipant> people = people();
    node.senders().prepare(people);
    List<SyntheticParticipant> shown = people.subList(0, material.participants());
    node.join(CALL, shown);
    node.events().await(CALL, "track.live", BenchNode.TIMEOUT_MILLIS);
    Instant asked = Instant.now();
    api.post(
        path + "/compositions",
        composition("main", shown.stream().map(SyntheticParticipant::id).toList()));
    double first =
        Duration.between(
                asked, node.events().await(CALL, "composition.live", BenchNode.TIMEOUT_MILLIS))
            .toMillis();
    progress.accept(
        "%d participants live: first picture after %.0f ms, from nothing %.0f ms"
            .formatted(material.participants(), first, cold));
    sleep(WARM_UP_SECONDS);
    long pid = node.worker(CALL);
    CompositionStats statsBefore = node.stats(CALL, "main");
    ProcessCpu before = ProcessCpu.of(pid);
    long began = System.nanoTime();
    List<Double> latencies = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      sleep(1);
      latencies.add(node.stats(CALL, "main").composeMillis());
    }
    double elapsed = (System.nanoTime() - began) / 1e9;
    ProcessCpu after = ProcessCpu.of(pid);
    CompositionStats statsAfter = node.stats(CALL, "main");
    double cores = (after.cpu() - before.cpu()) / elapsed;
    progress.accept("%d participants live: %.4f cores".formatted(material.participants(), cores));
    Double hidden = people.size() == shown.size() ? null : hidden(node, people, pid);
    api.post(path + "/compositions/main/stop", Map.of());
    ContentReport report = check(node, elapsed);
    return new Row.Live(
        seconds,
        Spread.round(cores),
        Spread.round((after.compiling() - before.compiling()) / elapsed),
        Spread.round(cores / offline),
        Spread.round(after.rss()),
        first,
        cold,
        Spread.of(latencies).median(),
        statsAfter.skippedTicks() - statsBefore.skippedTicks(),
        report.tiles().stream()
            .map(TileReport::sync)
            .mapToDouble(sync -> Spread.round(Math.abs(sync.median())))
            .max()
            .orElse(0),
        report.tiles().stream()
            .map(TileReport::sync)
            .mapToDouble(sync -> Spread.round(sync.p95()))
            .max()
            .orElse(0),
        hidden);
  }

  /** Those who are shown, and where they take all places of the loudest, the others. */
  private List<SyntheticParticipant> people() {
    List<SyntheticParticipant> people = new ArrayList<>();
    int shown = material.participants();
    for (int i = 0; i < shown; i++) {
      SyntheticParticipant one = SyntheticParticipant.of(i, "Participant " + i, "e1");
      people.add(i < LOUDEST ? withLevels(one) : one);
    }
    for (int i = 0; shown >= LOUDEST && i < HIDDEN; i++) {
      people.add(
          withLevels(SyntheticParticipant.of(shown + i, "Participant " + (shown + i), "e1")));
    }
    return people;
  }

  private static SyntheticParticipant withLevels(SyntheticParticipant one) {
    List<SyntheticTrack> tracks = new ArrayList<>();
    for (SyntheticTrack track : one.tracks()) {
      tracks.add(
          track.id().equals("mic")
              ? track.withExtension(TrackSpec.AUDIO_LEVEL_URI, LEVEL_ID)
              : track);
    }
    return one.withTracks(tracks);
  }

  /** Cores for each one more that nobody sees or hears, without what is compiled meanwhile. */
  private Double hidden(BenchNode node, List<SyntheticParticipant> people, long pid)
      throws IOException, InterruptedException {
    double without = ProcessCpu.quietCores(pid, seconds);
    List<SyntheticParticipant> unseen = people.subList(material.participants(), people.size());
    node.join(CALL, unseen);
    for (SyntheticParticipant one : unseen) {
      node.senders().setMuted(one.id(), "mic", true);
    }
    sleep(5);
    double with = ProcessCpu.quietCores(pid, seconds);
    progress.accept(
        "%d participants live: %.4f cores, with %d more who are not shown %.4f"
            .formatted(material.participants(), without, HIDDEN, with));
    return Spread.round((with - without) / HIDDEN);
  }

  /** What {@link OfflineRun} composes, and everyone whom {@code shown} names. */
  static Map<String, Object> composition(String id, List<String> shown) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", id);
    body.put(
        "canvas", Map.of("width", Material.WIDTH, "height", Material.HEIGHT, "fps", Material.FPS));
    body.put(
        "layout",
        Map.of("preset", "grid", "params", Map.of("videoSettings.grid.highlightDominant", false)));
    body.put(
        "participants",
        Map.of(
            "video",
            shown.isEmpty() ? List.of("*") : shown,
            "audio",
            List.of("*"),
            "sort",
            "joined"));
    body.put("video", Map.of("bitrate", Material.VIDEO_BITRATE));
    body.put("audio", Map.of("bitrate", Material.AUDIO_BITRATE));
    body.put("outputs", List.of(Map.of("id", "rec", "type", "recording")));
    return body;
  }

  private ContentReport check(BenchNode node, double elapsed)
      throws IOException, InterruptedException {
    Path file = node.recording(CALL, "main");
    List<Tile> tiles = new ArrayList<>();
    for (int i = 0; i < material.participants(); i++) {
      tiles.add(
          Tile.of(i, material.tiles().get(i))
              .between(WARM_UP_SECONDS, WARM_UP_SECONDS + Math.floor(elapsed)));
    }
    ContentReport report = ContentCheck.run(file, tiles);
    for (String problem : report.problems(ContentReport.Limits.STANDARD)) {
      problems.add("live: " + problem);
    }
    return report;
  }

  private static void sleep(int seconds) throws InterruptedException {
    Thread.sleep(seconds * 1000L);
  }
}
