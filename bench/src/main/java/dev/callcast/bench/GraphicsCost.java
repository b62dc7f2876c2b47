package dev.callcast.bench;

import dev.callcast.bench.OfflineRun.Dressing;
import dev.callcast.bench.OfflineRun.Result;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What graphics add to a composition, offline: the same call without any, with a still logo, names
 * and a banner, and with as many emoji in the air as fly at once, in turns. All of the process
 * counts, for graphics cost in the encoder as well. One thread.
 */
final class GraphicsCost {
  private final Tools tools;
  private final Material material;
  private final int seconds;
  private final int settle;
  private final int repeats;
  private final Consumer<String> progress;

  /**
   * What came out.
   *
   * @param cores CPU-cores without graphics
   * @param graphics by what part a logo, names and a banner cost more
   * @param emoji by what part flying emoji cost more
   */
  record Added(int participants, int repeats, Spread cores, Spread graphics, Spread emoji) {
    String table() {
      return String.format(
          Locale.ROOT,
          "%d participants, %d turns: %.3f cores; a logo, names and a banner %s; 50 emoji %s%n",
          participants,
          repeats,
          cores.median(),
          percent(graphics),
          percent(emoji));
    }

    private static String percent(Spread part) {
      return String.format(
          Locale.ROOT,
          "%+.1f %% (%+.1f to %+.1f)",
          100 * part.median(),
          100 * part.min(),
          100 * part.max());
    }
  }

  GraphicsCost(
      Tools tools,
      Material material,
      int seconds,
      int settle,
      int repeats,
      Consumer<String> progress) {
    this.tools = tools;
    this.material = material;
    this.seconds = seconds;
    this.settle = settle;
    this.repeats = repeats;
    this.progress = progress;
  }

  Added run() throws IOException, InterruptedException {
    material.prepare(settle + seconds);
    Map<Dressing, List<Double>> cores = new EnumMap<>(Dressing.class);
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (Dressing dressing : Dressing.values()) {
        double turn = cores(dressing);
        cores.computeIfAbsent(dressing, _ -> new ArrayList<>()).add(turn);
        progress.accept(
            String.format(
                Locale.ROOT,
                "%d participants, %d of %d: %s %.4f cores",
                material.participants(),
                repeat + 1,
                repeats,
                dressing.name().toLowerCase(Locale.ROOT),
                turn));
      }
    }
    List<Double> plain = cores.getOrDefault(Dressing.NONE, List.of());
    return new Added(
        material.participants(),
        repeats,
        Spread.of(plain),
        added(plain, cores.getOrDefault(Dressing.GRAPHICS, List.of())),
        added(plain, cores.getOrDefault(Dressing.EMOJI, List.of())));
  }

  private static Spread added(List<Double> plain, List<Double> more) {
    List<Double> parts = new ArrayList<>();
    for (int i = 0; i < plain.size(); i++) {
      parts.add(more.get(i) / plain.get(i) - 1);
    }
    return Spread.of(parts);
  }

  private double cores(Dressing dressing) throws IOException, InterruptedException {
    Path result = material.directory().resolve("graphics.json");
    Path output = material.directory().resolve("graphics.mp4");
    Files.deleteIfExists(result);
    try {
      tools.measure(
          OfflineRun.command(material, settle + seconds, output, result, settle, dressing));
      Result told = ProtocolJson.MAPPER.readValue(Files.readString(result), Result.class);
      return told.all().minus(told.settled()).total() / seconds;
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
