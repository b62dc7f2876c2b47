package dev.callcast.bench;

import dev.callcast.app.ApiClient;
import dev.callcast.testkit.fault.NginxRtmp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * What each further RTMP output of a composition costs, in a call over RTP: a real server takes
 * {@link #OUTPUTS} streams of it, in turns with none. Measured is the worker, without what its JVM
 * compiles. One thread.
 */
final class OutputsCost {
  private static final int OUTPUTS = 8;
  private static final String CALL = "outputs";
  private static final String PATH = "/v1/calls/" + CALL + "/compositions/main";
  private static final int WARM_UP_SECONDS = 30;
  private static final int SETTLE_SECONDS = 6;
  private static final double AIM = 0.009;

  private final Material material;
  private final int seconds;
  private final int repeats;
  private final Consumer<String> progress;

  /**
   * What came out.
   *
   * @param cores with a recording alone
   * @param each what each RTMP output costs, cores
   */
  record Result(int participants, int repeats, Spread cores, Spread each) {
    String table() {
      return String.format(
          Locale.ROOT,
          "%d participants live, %d turns: %.3f cores; each of %d RTMP outputs %+.4f (%+.4f to"
              + " %+.4f), aim at most %.3f: %s%n",
          participants,
          repeats,
          cores.median(),
          OUTPUTS,
          each.median(),
          each.min(),
          each.max(),
          AIM,
          each.median() <= AIM ? "reached" : "MISSED");
    }
  }

  OutputsCost(Material material, int seconds, int repeats, Consumer<String> progress) {
    this.material = material;
    this.seconds = seconds;
    this.repeats = repeats;
    this.progress = progress;
  }

  Result run() throws IOException, InterruptedException {
    try (NginxRtmp server = NginxRtmp.start();
        BenchNode node = BenchNode.start()) {
      node.callOf(CALL, material.participants());
      node.api()
          .post("/v1/calls/" + CALL + "/compositions", LiveRun.composition("main", List.of()));
      Result result = measure(node, server);
      node.end(CALL);
      return result;
    }
  }

  private Result measure(BenchNode node, NginxRtmp server)
      throws IOException, InterruptedException {
    ApiClient api = node.api();
    long pid = node.worker(CALL);
    // So that their code has been compiled as well.
    begin(api, server, "warm");
    TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
    end(api, "warm");
    List<Double> alone = new ArrayList<>();
    List<Double> each = new ArrayList<>();
    for (int turn = 0; turn < repeats; turn++) {
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      double without = ProcessCpu.quietCores(pid, seconds);
      String name = "turn" + turn;
      begin(api, server, name);
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      double with = ProcessCpu.quietCores(pid, seconds);
      allLive(api);
      end(api, name);
      alone.add(without);
      each.add((with - without) / OUTPUTS);
      progress.accept(
          String.format(
              Locale.ROOT,
              "%d participants live, %d of %d: %.4f cores, %.4f with %d RTMP outputs",
              material.participants(),
              turn + 1,
              repeats,
              without,
              with,
              OUTPUTS));
    }
    return new Result(material.participants(), repeats, Spread.of(alone), Spread.of(each));
  }

  private static void begin(ApiClient api, NginxRtmp server, String name)
      throws IOException, InterruptedException {
    for (int i = 0; i < OUTPUTS; i++) {
      String id = name + "-" + i;
      api.post(PATH + "/outputs", Map.of("id", id, "type", "rtmp", "url", server.url(id)));
    }
  }

  private static void end(ApiClient api, String name) throws IOException, InterruptedException {
    for (int i = 0; i < OUTPUTS; i++) {
      api.delete(PATH + "/outputs/" + name + "-" + i);
    }
  }

  /** What failed or waits costs nothing. */
  private static void allLive(ApiClient api) throws IOException, InterruptedException {
    int live = 0;
    for (JsonNode output : api.get(PATH).get("outputs")) {
      if (output.get("type").asString().equals("rtmp")
          && output.get("state").asString().equals("live")) {
        live++;
      }
    }
    if (live != OUTPUTS) {
      throw new IOException("only %d of %d RTMP outputs are live".formatted(live, OUTPUTS));
    }
  }
}
