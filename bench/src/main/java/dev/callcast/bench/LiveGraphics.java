package dev.callcast.bench;

import dev.callcast.app.ApiClient;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * In a call over RTP: what a second composition costs beside the first, in turns with and without
 * it, and how many pictures are left out while scene after scene comes in by transitions for a
 * minute. Measured is the worker, without what its JVM compiles. One thread.
 */
final class LiveGraphics {
  private static final String CALL = "graphics";
  private static final String PATH = "/v1/calls/" + CALL + "/compositions";
  private static final int WARM_UP_SECONDS = 30;
  private static final int SETTLE_SECONDS = 6;
  private static final int CHANGES = 60;
  private static final List<String> TRANSITIONS =
      List.of("cross-fade", "wipe-left", "wipe-down", "cross-fade", "wipe-right");
  private static final List<String> PRESETS = List.of("dominant", "grid", "pip", "split", "grid");

  /** The encoder's streaming threads, by the pads of its sources. */
  private static final Set<String> ENCODING = Set.of("video:src", "audio:src");

  private final Material material;
  private final int seconds;
  private final int repeats;
  private final Consumer<String> progress;

  /**
   * What came out.
   *
   * @param cores with one composition
   * @param second what another one costs, cores
   * @param encode its encoders' part of that
   * @param besides the rest: aimed at is 0.06 at most
   * @param changes transitions begun, one each second
   * @param pictures composed and left out meanwhile
   * @param skipped of these, left out
   * @param complaints what the content check of the recording found
   */
  record Result(
      int participants,
      int repeats,
      Spread cores,
      Spread second,
      Spread encode,
      Spread besides,
      int changes,
      long pictures,
      long skipped,
      List<String> complaints) {
    String table() {
      return String.format(
          Locale.ROOT,
          "%d participants live, %d turns: %.3f cores; a second composition %+.3f, of which its"
              + " encoders %.3f, besides %+.3f (%+.3f to %+.3f)%n"
              + "%d transitions in as many seconds: %d of %d pictures left out%s%n",
          participants,
          repeats,
          cores.median(),
          second.median(),
          encode.median(),
          besides.median(),
          besides.min(),
          besides.max(),
          changes,
          skipped,
          pictures,
          complaints.isEmpty() ? "" : "; " + String.join("; ", complaints));
    }
  }

  /** CPU-seconds of the worker, and its encoders' part. */
  private record Cpu(double all, double encode) {}

  LiveGraphics(Material material, int seconds, int repeats, Consumer<String> progress) {
    this.material = material;
    this.seconds = seconds;
    this.repeats = repeats;
    this.progress = progress;
  }

  Result run() throws IOException, InterruptedException {
    try (BenchNode node = BenchNode.start()) {
      node.callOf(CALL, material.participants());
      node.api().post(PATH, composition("main", Material.WIDTH, Material.HEIGHT));
      Result result = measure(node);
      node.end(CALL);
      return result;
    }
  }

  private Result measure(BenchNode node) throws IOException, InterruptedException {
    ApiClient api = node.api();
    long pid = node.worker(CALL);
    Map<String, Object> upright =
        composition("upright", /* width= */ Material.HEIGHT, /* height= */ Material.WIDTH);
    // So that its code has been compiled as well.
    api.post(PATH, upright);
    TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
    api.delete(PATH + "/upright");
    List<Double> alone = new ArrayList<>();
    List<Double> second = new ArrayList<>();
    List<Double> encode = new ArrayList<>();
    List<Double> besides = new ArrayList<>();
    for (int turn = 0; turn < repeats; turn++) {
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      Cpu without = cores(pid);
      api.post(PATH, upright);
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      Cpu with = cores(pid);
      api.delete(PATH + "/upright");
      alone.add(without.all());
      second.add(with.all() - without.all());
      encode.add(with.encode() - without.encode());
      besides.add(with.all() - with.encode() - without.all() + without.encode());
      progress.accept(
          String.format(
              Locale.ROOT,
              "%d participants live, %d of %d: %.4f cores with one composition, %.4f with two",
              material.participants(),
              turn + 1,
              repeats,
              without.all(),
              with.all()));
    }
    CompositionStats before = node.stats(CALL, "main");
    for (int i = 0; i < CHANGES; i++) {
      api.patch(PATH + "/main", change(i));
      TimeUnit.SECONDS.sleep(1);
    }
    CompositionStats after = node.stats(CALL, "main");
    api.post(PATH + "/main/stop", Map.of());
    ContentReport report = ContentCheck.run(node.recording(CALL, "main"), List.of());
    return new Result(
        material.participants(),
        repeats,
        Spread.of(alone),
        Spread.of(second),
        Spread.of(encode),
        Spread.of(besides),
        CHANGES,
        after.ticks() - before.ticks(),
        after.skippedTicks() - before.skippedTicks(),
        report.problems(ContentReport.Limits.STANDARD));
  }

  private static Map<String, Object> change(int i) {
    return Map.of(
        "layout",
        Map.of("preset", PRESETS.get(i % PRESETS.size())),
        "transition",
        Map.of("type", TRANSITIONS.get(i % TRANSITIONS.size()), "duration", 0.8));
  }

  private static Map<String, Object> composition(String id, int width, int height) {
    Map<String, Object> body = new HashMap<>();
    body.put("id", id);
    body.put("canvas", Map.of("width", width, "height", height, "fps", Material.FPS));
    body.put(
        "layout",
        Map.of("preset", "grid", "params", Map.of("videoSettings.grid.highlightDominant", false)));
    body.put("video", Map.of("bitrate", Material.VIDEO_BITRATE));
    body.put("audio", Map.of("bitrate", Material.AUDIO_BITRATE));
    body.put("outputs", List.of(Map.of("id", "rec", "type", "recording")));
    return body;
  }

  /** Cores over the next seconds. */
  private Cpu cores(long pid) throws IOException, InterruptedException {
    Path process = Path.of("/proc", Long.toString(pid));
    Map<Path, Double> encodedBefore = ProcessCpu.threads(process, ENCODING::contains);
    ProcessCpu before = ProcessCpu.of(pid);
    long began = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    ProcessCpu after = ProcessCpu.of(pid);
    double elapsed = (System.nanoTime() - began) / 1e9;
    double encoded = 0; // by thread: those of a composition that was stopped end only now
    for (Map.Entry<Path, Double> one : ProcessCpu.threads(process, ENCODING::contains).entrySet()) {
      encoded += one.getValue() - encodedBefore.getOrDefault(one.getKey(), 0.0);
    }
    double all = after.cpu() - after.compiling() - before.cpu() + before.compiling();
    return new Cpu(all / elapsed, encoded / elapsed);
  }
}
