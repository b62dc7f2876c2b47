package dev.callcast.app;

import dev.callcast.protocol.CallStats;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
  private static final Duration READY = Duration.ofSeconds(30);

  private final String call;
  private final Path data;
  private final NodeProcess node;
  private final ApiClient api;
  private double lastCpu;
  private long lastLook;

  private CallRun(String call, Path data, NodeProcess node) {
    this.call = call;
    this.data = data;
    this.node = node;
    this.api = new ApiClient(node.url(), null);
  }

  /** Starts a node on loopback that receives at {@code bindIp}, and opens the call. */
  static CallRun open(String call, String bindIp, String announceIp, int firstPort, int lastPort)
      throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("callcast-" + call + "-");
    NodeConfig config =
        new NodeConfig(
            call, "127.0.0.1", 0, data, firstPort, lastPort, announceIp, bindIp, false, null);
    CallRun run = new CallRun(call, data, NodeProcess.start(config, WorkerSettings.DEFAULT));
    run.api.post("/v1/calls", Map.of("id", call));
    return run;
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

  /** What the worker measures, or null while it is being started or replaced. */
  @Nullable CallStats stats() {
    try {
      CallStats stats = node.stats(call);
      return stats.compositions().isEmpty() ? null : stats;
    } catch (WorkerUnavailableException e) {
      return null;
    }
  }

  /** One line that says how it goes, over the line before. */
  void progress(CallStats stats, String layout) {
    CallStats.CompositionStats composition = stats.compositions().getFirst();
    long now = System.nanoTime();
    double cores =
        lastLook == 0 ? 0 : Math.max(0, stats.cpuSeconds() - lastCpu) / ((now - lastLook) / 1e9);
    lastCpu = stats.cpuSeconds();
    lastLook = now;
    double fps =
        composition.mediaTime() > 0
            ? (composition.ticks() - composition.skippedTicks()) / composition.mediaTime()
            : 0;
    List<String> outputs = new ArrayList<>();
    composition.outputs().forEach(output -> outputs.add(output.id() + " " + output.state().json()));
    System.out.printf(
        Locale.ROOT,
        "\r%6.1f s  %-10s %5.1f fps  %.2f cores  %.2f Mbit/s  speaker %-8s %s   ",
        composition.mediaTime(),
        layout,
        fps,
        cores,
        composition.bitrate() / 1e6,
        stats.speaker() == null ? "-" : stats.speaker(),
        String.join(", ", outputs));
    System.out.flush();
  }

  /** Stops the composition, waits for its recording and moves it to {@code output}. */
  void finish(String composition, Path output) throws IOException, InterruptedException {
    post("/compositions/" + composition + "/stop", Map.of());
    Path recording = awaitReady();
    Path parent = output.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.move(recording, output, StandardCopyOption.REPLACE_EXISTING);
    api.delete("/v1/calls/" + call);
    node.awaitWorkersClosed(Duration.ofSeconds(15));
  }

  private Path awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + READY.toNanos();
    while (System.nanoTime() < end) {
      JsonNode items = api.get("/v1/recordings?call=" + call).get("items");
      if (!items.isEmpty()) {
        String state = items.get(0).get("state").asString();
        if (state.equals("ready")) {
          try (Stream<Path> files = Files.walk(data.resolve("recordings"))) {
            return files
                .filter(file -> file.toString().endsWith(".mp4"))
                .findFirst()
                .orElseThrow(() -> new IOException("the recording is ready, but not in " + data));
          }
        }
        if (state.equals("failed")) {
          throw new IOException("the recording failed: " + items.get(0));
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new IOException(
        "the recording was not ready within " + READY.toSeconds() + " s; it stays in " + data);
  }

  @Override
  public void close() throws IOException {
    api.close();
    node.close();
    boolean kept = false;
    try (Stream<Path> files = Files.walk(data)) {
      // A recording that could not be delivered is not thrown away.
      kept = files.anyMatch(file -> file.toString().endsWith(".mp4"));
    }
    if (kept) {
      System.err.println("callcast: what was recorded is kept in " + data);
      return;
    }
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
