package dev.callcast.bench;

import dev.callcast.app.ApiClient;
import dev.callcast.app.NodeProcess;
import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.server.api.CapacityConfig;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
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
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A whole call: a node in this process, its worker in another, the participants' clips over RTP
 * from a third, composed into a recording that is looked through afterwards. Measured is the
 * worker, by what the kernel says that it used. One thread.
 */
final class LiveRun {
  private static final int FIRST_PORT = 40_000;
  private static final int LAST_PORT = 49_999;

  /** Everyone has joined and the JVM has compiled the most of what it will. */
  private static final int WARM_UP_SECONDS = 20;

  private static final int HIDDEN = 20;

  /** So many places there are for those whose packets tell how loud they are. */
  private static final int LOUDEST = 8;

  private static final int LEVEL_ID = 5;
  private static final long TIMEOUT_MILLIS = 20_000;
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
    Path data = Files.createTempDirectory("callcast-bench-");
    NodeConfig config =
        new NodeConfig(
                "bench",
                "127.0.0.1",
                0,
                data,
                FIRST_PORT,
                LAST_PORT,
                "127.0.0.1",
                "127.0.0.1",
                false,
                null)
            .withCapacity(new CapacityConfig(0, false)); // all of its quality is to be paid for
    try (NodeProcess node = NodeProcess.start(config, WorkerSettings.DEFAULT);
        ApiClient api = new ApiClient(node.url(), null);
        EventTap events = new EventTap(node.url());
        Senders senders = Senders.start()) {
      double cold = cold(api, events);
      Row.Live live = call(node, api, events, senders, data, cold, offline);
      api.delete("/v1/calls/" + CALL);
      if (!node.awaitWorkersClosed(Duration.ofSeconds(15))) {
        throw new IOException("a worker does not end");
      }
      return live;
    } finally {
      delete(data);
    }
  }

  /** From nothing to the first picture, ms: its worker is started for the call. */
  private static double cold(ApiClient api, EventTap events)
      throws IOException, InterruptedException {
    Instant asked = Instant.now();
    api.post("/v1/calls", Map.of("id", COLD));
    api.post("/v1/calls/" + COLD + "/compositions", composition(List.of()));
    Instant live = events.await(COLD, "composition.live", TIMEOUT_MILLIS);
    api.delete("/v1/calls/" + COLD);
    return Duration.between(asked, live).toMillis();
  }

  private Row.Live call(
      NodeProcess node,
      ApiClient api,
      EventTap events,
      Senders senders,
      Path data,
      double cold,
      double offline)
      throws IOException, InterruptedException {
    String path = "/v1/calls/" + CALL;
    api.post("/v1/calls", Map.of("id", CALL));
    JsonNode endpoint = api.post(path + "/endpoints", Map.of("id", "e1", "rtcpMux", true));
    senders.open(
        TransportSpec.of("e1", endpoint.get("ip").asString(), endpoint.get("port").asInt(), null));
    List<SyntheticParticipant> people = people();
    senders.prepare(people);
    List<SyntheticParticipant> shown = people.subList(0, material.participants());
    for (SyntheticParticipant one : shown) {
      api.put(path + "/participants/" + one.id(), one.toApi());
      senders.add(one);
    }
    events.await(CALL, "track.live", TIMEOUT_MILLIS);
    Instant asked = Instant.now();
    api.post(
        path + "/compositions", composition(shown.stream().map(SyntheticParticipant::id).toList()));
    double first =
        Duration.between(asked, events.await(CALL, "composition.live", TIMEOUT_MILLIS)).toMillis();
    progress.accept(
        "%d participants live: first picture after %.0f ms, from nothing %.0f ms"
            .formatted(material.participants(), first, cold));
    sleep(WARM_UP_SECONDS);
    long pid = worker(data).pid();
    CompositionStats statsBefore = stats(node);
    ProcessCpu before = ProcessCpu.of(pid);
    long began = System.nanoTime();
    List<Double> latencies = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      sleep(1);
      latencies.add(stats(node).composeMillis());
    }
    double elapsed = (System.nanoTime() - began) / 1e9;
    ProcessCpu after = ProcessCpu.of(pid);
    CompositionStats statsAfter = stats(node);
    double cores = (after.cpu() - before.cpu()) / elapsed;
    progress.accept("%d participants live: %.4f cores".formatted(material.participants(), cores));
    Double hidden = people.size() == shown.size() ? null : hidden(api, senders, people, pid);
    api.post(path + "/compositions/main/stop", Map.of());
    ContentReport report = check(api, data, elapsed);
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
  private Double hidden(ApiClient api, Senders senders, List<SyntheticParticipant> people, long pid)
      throws IOException, InterruptedException {
    double without = quietCores(pid);
    for (SyntheticParticipant one : people.subList(material.participants(), people.size())) {
      api.put("/v1/calls/" + CALL + "/participants/" + one.id(), one.toApi());
      senders.add(one);
      senders.setMuted(one.id(), "mic", true);
    }
    sleep(5);
    double with = quietCores(pid);
    progress.accept(
        "%d participants live: %.4f cores, with %d more who are not shown %.4f"
            .formatted(material.participants(), without, HIDDEN, with));
    return Spread.round((with - without) / HIDDEN);
  }

  private double quietCores(long pid) throws IOException, InterruptedException {
    ProcessCpu before = ProcessCpu.of(pid);
    long began = System.nanoTime();
    sleep(seconds);
    ProcessCpu after = ProcessCpu.of(pid);
    double cpu = after.cpu() - after.compiling() - before.cpu() + before.compiling();
    return cpu / ((System.nanoTime() - began) / 1e9);
  }

  /** What {@link OfflineRun} composes, and everyone whom {@code shown} names. */
  private static Map<String, Object> composition(List<String> shown) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", "main");
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

  private ContentReport check(ApiClient api, Path data, double elapsed)
      throws IOException, InterruptedException {
    Path file = data.resolve("recordings").resolve(recording(api));
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

  private static String recording(ApiClient api) throws IOException, InterruptedException {
    long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000;
    while (System.nanoTime() < end) {
      for (JsonNode one : api.get("/v1/recordings?call=" + CALL).get("items")) {
        if (one.get("state").asString().equals("ready")) {
          return one.get("key").asString();
        }
        if (one.get("state").asString().equals("failed")) {
          throw new IOException("the recording failed: " + one);
        }
      }
      Thread.sleep(50);
    }
    throw new IOException("the recording does not become ready");
  }

  private static CompositionStats stats(NodeProcess node) throws IOException {
    try {
      return node.stats(CALL).compositions().getFirst();
    } catch (WorkerUnavailableException e) {
      throw new IOException("the worker does not answer", e);
    }
  }

  private static ProcessIdentity worker(Path data) throws IOException {
    for (RunDirectory directory : RunDirectory.list(data.resolve("run"))) {
      @Nullable ProcessIdentity worker = directory.liveWorker().orElse(null);
      if (directory.call().equals(CALL) && worker != null) {
        return worker;
      }
    }
    throw new IOException("the call has no running worker");
  }

  private static void sleep(int seconds) throws InterruptedException {
    Thread.sleep(seconds * 1000L);
  }

  private static void delete(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
