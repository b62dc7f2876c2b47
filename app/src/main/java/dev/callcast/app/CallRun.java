package dev.callcast.app;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionStatus;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One call on a node of its own, from its start to the file: what {@code demo} and {@code record}
 * have in common. The node runs in this process, the worker in another; all goes through the REST
 * API. Belongs to the command's thread, which closes it; closing removes the node's data.
 */
final class CallRun implements AutoCloseable {
  private static final Duration READY = Duration.ofMinutes(2);

  /** A worker that dies is back within 2 s; one that can't start never is. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long WINDOW = 2_000_000_000L;

  private final String call;
  private final Path data;
  private final NodeProcess node;
  private final ApiClient api;
  private final ProgressLine line = ProgressLine.standard();
  private final Deque<Measured> looks = new ArrayDeque<>();
  private final Map<String, String> told = new HashMap<>();
  private boolean streamsTold;
  private double now;
  private long leftOut;
  private long ticks;
  private boolean open;

  /** What the worker had measured at a moment. */
  private record Measured(long at, double cpuSeconds, double mediaTime, long pictures) {}

  private CallRun(String call, Path data, NodeProcess node) {
    this.call = call;
    this.data = data;
    this.node = node;
    this.api = new ApiClient(node.url(), null);
  }

  /** Starts a node on loopback that receives at {@code bindIp}, and opens the call. */
  static CallRun open(
      String call,
      String bindIp,
      String announceIp,
      int firstPort,
      int lastPort,
      NodeSettings settings)
      throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("callcast-" + call + "-");
    NodeConfig config =
        new NodeConfig(
                call,
                "127.0.0.1",
                0,
                data,
                firstPort,
                lastPort,
                announceIp,
                bindIp,
                false,
                null,
                settings.storages(data))
            .withNetwork(NetworkPolicy.ANY); // Its URLs come from the command line.
    LogConfigurator.onlyProblems();
    CallRun run = new CallRun(call, data, NodeProcess.start(config, WorkerSettings.DEFAULT));
    try {
      run.api.post("/v1/calls", Map.of("id", call));
      run.open = true;
      return run;
    } catch (IOException | InterruptedException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  JsonNode post(String path, Object body) throws IOException, InterruptedException {
    return api.post("/v1/calls/" + call + path, body);
  }

  JsonNode put(String path, Object body) throws IOException, InterruptedException {
    return api.put("/v1/calls/" + call + path, body);
  }

  JsonNode patch(String path, Object body) throws IOException, InterruptedException {
    return api.patch("/v1/calls/" + call + path, body);
  }

  /** The page that shows the composition. */
  String watchUrl(String composition) {
    return node.url() + "/watch/" + call + "/" + composition;
  }

  /** What the command does each time it has looked at the call. */
  interface Look {
    /** At a media time, in s; answers the layout that is shown now. */
    String at(double mediaTime) throws IOException, InterruptedException;
  }

  /**
   * Follows the composition and says how it goes, until the time is over or somebody interrupts.
   *
   * @param seconds of media time; 0 for no end
   * @param layout the one at the start
   * @param names of the participants by their ids
   * @return the media time, in s
   * @throws IOException when the composition fails, or its worker does not come up
   */
  double follow(
      Interrupt interrupt, int seconds, String layout, Map<String, String> names, Look look)
      throws IOException, InterruptedException {
    String shown = layout;
    double mediaTime = 0;
    long sign = System.nanoTime();
    while (!interrupt.isRaised() && (seconds == 0 || mediaTime < seconds)) {
      TimeUnit.MILLISECONDS.sleep(500);
      CallStats stats = stats();
      if (stats == null) {
        if (System.nanoTime() - sign > PATIENCE.toNanos()) {
          throw new IOException(
              "the call's worker has given no sign of life for " + PATIENCE.toSeconds() + " s");
        }
        continue;
      }
      sign = System.nanoTime();
      CallStats.CompositionStats composition = stats.compositions().getFirst();
      if (composition.state() == CompositionStatus.FAILED) {
        JsonNode told = api.get("/v1/calls/" + call + "/compositions/" + composition.id());
        throw new IOException("the composition failed: " + told.path("reason").asString("?"));
      }
      mediaTime = composition.mediaTime();
      progress(stats, shown, names);
      shown = look.at(mediaTime);
    }
    line.end();
    if (ticks == 0) {
      throw new IOException("interrupted before there was a picture");
    }
    if (leftOut > 0) {
      System.out.printf(
          Locale.ROOT,
          "%d of %d pictures were left out for want of time: this machine (%d cores, load %.1f) is"
              + " too busy or too small.%n",
          leftOut,
          ticks,
          Runtime.getRuntime().availableProcessors(),
          ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }
    return mediaTime;
  }

  /** What the worker measures, or null while it is being started or replaced. */
  private @Nullable CallStats stats() {
    try {
      CallStats stats = node.stats(call);
      return stats.compositions().isEmpty() ? null : stats;
    } catch (WorkerUnavailableException e) {
      return null;
    }
  }

  /** Tells of each stream that comes, stalls or is not declared. */
  void tellStreams() {
    streamsTold = true;
  }

  private void streams(CallStats stats) {
    for (CallStats.TrackStats track : stats.tracks()) {
      String name = track.participant() + "/" + track.track();
      if (track.live() || track.stalled()) {
        tell(name, track.live() ? name + " is received" : name + " sends nothing any more");
      }
    }
    for (CallStats.EndpointStats endpoint : stats.endpoints()) {
      if (endpoint.unknownSsrc() > 0) {
        tell("ssrc", "packets come with an SSRC that no track declares; they are dropped");
      }
      if (endpoint.malformed() > 0) {
        tell("malformed", "packets come that are not RTP; they are dropped");
      }
    }
  }

  /** Says something about a thing, once as long as it stays the same. */
  private void tell(String about, String what) {
    if (!what.equals(told.put(about, what))) {
      line.say(String.format(Locale.ROOT, "%6.1f s  %s", now, what));
    }
  }

  /** Says how it goes, over the last two seconds, and what has become of the outputs. */
  private void progress(CallStats stats, String layout, Map<String, String> names) {
    CallStats.CompositionStats composition = stats.compositions().getFirst();
    now = composition.mediaTime();
    for (CallStats.OutputStats output : composition.outputs()) {
      String reason = output.reason() == null ? "" : ": " + output.reason();
      tell(
          "output " + output.id(),
          "output " + output.id() + " is " + output.state().json() + reason);
    }
    if (streamsTold) {
      streams(stats);
    }
    leftOut = composition.skippedTicks();
    ticks = composition.ticks();
    Measured measured =
        new Measured(
            System.nanoTime(),
            stats.cpuSeconds(),
            composition.mediaTime(),
            composition.ticks() - composition.skippedTicks());
    looks.addLast(measured);
    while (looks.size() > 2 && measured.at() - looks.getFirst().at() > WINDOW) {
      looks.removeFirst();
    }
    Measured then = looks.getFirst();
    double seconds = (measured.at() - then.at()) / 1e9;
    double mediaSeconds = measured.mediaTime() - then.mediaTime();
    if (seconds <= 0 || mediaSeconds <= 0) {
      return; // the first look
    }
    String speaker = stats.speaker();
    line.show(
        String.format(
            Locale.ROOT,
            "%6.1f s  %s  %.1f fps  %.2f cores  %.1f Mbit/s%s",
            composition.mediaTime(),
            layout,
            (measured.pictures() - then.pictures()) / mediaSeconds,
            Math.max(0, measured.cpuSeconds() - then.cpuSeconds()) / seconds,
            composition.bitrate() / 1e6,
            speaker == null ? "" : "  " + names.getOrDefault(speaker, speaker) + " speaks"),
        measured.at());
  }

  /** How the upload of the recording gets on; empty where nothing is uploaded. */
  String uploads() throws IOException, InterruptedException {
    JsonNode upload = api.get("/v1/recordings?call=" + call).path("items").path(0).path("upload");
    return upload.isMissingNode()
        ? ""
        : String.format(
            Locale.ROOT,
            "%.1f MB uploaded, %.1f MB to go",
            upload.get("uploadedBytes").asLong() / 1e6,
            upload.get("lag").asLong() / 1e6);
  }

  /**
   * Stops the composition and waits for its recording. From the embedded directory it is moved to
   * {@code output}; from another storage, where it stays, it is fetched by its access link.
   *
   * @param output null to fetch nothing
   * @return the recording
   */
  JsonNode finish(String composition, @Nullable Path output)
      throws IOException, InterruptedException {
    post("/compositions/" + composition + "/stop", Map.of());
    JsonNode recording = awaitReady();
    Path local = data.resolve("recordings").resolve(recording.get("key").asString());
    if (output != null && Files.exists(local)) {
      Files.move(local, output, StandardCopyOption.REPLACE_EXISTING);
    } else if (output != null) {
      String link = "/v1/recordings/" + recording.get("id").asString() + "/access-link";
      api.download(api.get(link).get("url").asString(), output);
    }
    closeCall();
    return recording;
  }

  private JsonNode awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + READY.toNanos();
    while (System.nanoTime() < end) {
      JsonNode items = api.get("/v1/recordings?call=" + call).get("items");
      if (!items.isEmpty()) {
        JsonNode recording = items.get(0);
        switch (recording.get("state").asString()) {
          case "ready" -> {
            return recording;
          }
          case "failed" ->
              throw new IOException(
                  "the recording failed: " + recording.path("reason").asString("no reason given"));
          default -> {}
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new IOException("the recording was not ready within " + READY.toSeconds() + " s");
  }

  /** Ends the worker, which else would go on by itself for ever. */
  private void closeCall() throws IOException, InterruptedException {
    if (open) {
      open = false;
      api.delete("/v1/calls/" + call);
      node.awaitWorkersClosed(Duration.ofSeconds(15));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeCall();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      api.close();
      node.close();
      clear(data);
    }
  }

  /** A recording that could not be delivered is not thrown away, nor why a worker died. */
  private static void clear(Path data) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(data)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    Path crashed = data.resolve("run").resolve("crashed");
    if (files.stream().anyMatch(file -> file.toString().endsWith(".mp4"))) {
      System.err.println("callcast: what was recorded is kept in " + data);
    } else if (files.stream().anyMatch(file -> crashed.equals(file.getParent()))) {
      System.err.println("callcast: a worker died; its log is kept in " + crashed);
    } else {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }
}
