package dev.callcast.bench;

import dev.callcast.bench.OfflineRun.Result;
import dev.callcast.bench.OfflineRun.Split;
import dev.callcast.bench.Tools.Usage;
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
import java.util.function.ToDoubleFunction;

/**
 * Runs all programs in turns, several times over, on the same clips, and makes a {@link Row} of it.
 * Nobody's start-up counts: Callcast says what it has used when its JVM has compiled and again
 * {@code seconds} of media later; all others run twice each time, short and long, and the
 * difference counts. What a run costs beyond that is start-up. One thread.
 */
final class Comparison {
  private final Tools tools;
  private final Material material;
  private final int seconds;
  private final int warm;
  private final int settle;
  private final int repeats;
  private final Consumer<String> progress;
  private final Map<Program, List<Measured>> measured = new EnumMap<>(Program.class);
  private final List<Split> splits = new ArrayList<>();
  private final List<Double> firstPictures = new ArrayList<>();

  /**
   * One program's turn.
   *
   * @param steady CPU-cores
   * @param startup CPU-seconds beyond that
   * @param whole CPU-cores of the whole run
   * @param speed seconds of media per second of wall time
   * @param rss MiB
   */
  private record Measured(double steady, double startup, double whole, double speed, double rss) {}

  Comparison(
      Tools tools,
      Material material,
      int seconds,
      int warm,
      int settle,
      int repeats,
      Consumer<String> progress) {
    this.tools = tools;
    this.material = material;
    this.seconds = seconds;
    this.warm = warm;
    this.settle = settle;
    this.repeats = repeats;
    this.progress = progress;
  }

  Row run() throws IOException, InterruptedException {
    material.prepare(seconds);
    material.prepare(warm);
    material.prepare(length(Program.CANDIDATE));
    material.prepareIdeal(seconds);
    material.prepareIdeal(warm);
    List<String> problems = new ArrayList<>();
    Map<Program, Double> psnr = new EnumMap<>(Program.class);
    try {
      for (int repeat = 0; repeat < repeats; repeat++) {
        for (Program program : Program.values()) {
          Measured turn = program == Program.CANDIDATE ? candidate() : reference(program);
          measured.computeIfAbsent(program, key -> new ArrayList<>()).add(turn);
          progress.accept(
              String.format(
                  Locale.ROOT,
                  "%d participants, %d of %d: %s %.4f cores",
                  material.participants(),
                  repeat + 1,
                  repeats,
                  program.title(),
                  turn.steady()));
          if (program.writes() && repeat == 0) {
            problems.addAll(Quality.problems(program, output(program), material, length(program)));
            psnr.put(program, Quality.psnr(output(program), material, seconds));
          }
        }
      }
    } finally {
      for (Program program : Program.values()) {
        Files.deleteIfExists(output(program));
      }
      material.dropIdeal(seconds);
      material.dropIdeal(warm);
    }
    return row(psnr, problems);
  }

  private Path output(Program program) {
    return material.directory().resolve(program.name().toLowerCase(Locale.ROOT) + ".mp4");
  }

  /** Seconds of media in the file that a program leaves behind. */
  private int length(Program program) {
    return program == Program.CANDIDATE ? settle + seconds : seconds;
  }

  private Measured reference(Program program) throws IOException, InterruptedException {
    Usage brief = run(program, warm);
    Usage full = run(program, seconds);
    double steady = (full.cpu() - brief.cpu()) / (seconds - warm);
    return new Measured(
        steady,
        brief.cpu() - warm * steady,
        full.cpu() / seconds,
        seconds / full.wall(),
        full.rss());
  }

  private Usage run(Program program, int length) throws IOException, InterruptedException {
    Path output = output(program);
    Files.deleteIfExists(output);
    return tools.measure(
        switch (program) {
          case CANDIDATE -> throw new IllegalArgumentException("no reference");
          case COMPOSITOR -> Programs.compositor(material, length, output);
          case XSTACK -> Programs.xstack(material, length, output);
          case XSTACK_ZEROLATENCY -> Programs.xstackZeroLatency(material, length, output);
          case DECODE -> Programs.decode(material, length);
          case SCALE -> Programs.scale(material, length, tools.compiled("scale", "yuv"));
          case ENCODE -> Programs.encode(material, length);
          case READ -> Programs.read(material, length);
          case AUDIO -> Programs.audio(material, length);
        });
  }

  private Measured candidate() throws IOException, InterruptedException {
    Path output = output(Program.CANDIDATE);
    Files.deleteIfExists(output);
    Path result = material.directory().resolve("candidate.json");
    Files.deleteIfExists(result);
    int length = length(Program.CANDIDATE);
    Usage usage =
        tools.measure(
            OfflineRun.command(material, length, output, result, settle, OfflineRun.Dressing.NONE));
    Result told = ProtocolJson.MAPPER.readValue(Files.readString(result), Result.class);
    firstPictures.add(told.firstPicture());
    Split split = told.all().minus(told.settled());
    splits.add(split);
    double steady = split.total() / seconds;
    return new Measured(
        steady,
        usage.cpu() - length * steady,
        usage.cpu() / length,
        seconds / told.wall(),
        usage.rss());
  }

  private List<Double> each(Program program, ToDoubleFunction<Measured> value) {
    return runs(program).stream().map(value::applyAsDouble).toList();
  }

  private List<Measured> runs(Program program) {
    return measured.getOrDefault(program, List.of());
  }

  private Row row(Map<Program, Double> psnr, List<String> problems) {
    List<Double> floors = new ArrayList<>();
    List<Double> wholeFloors = new ArrayList<>();
    List<Double> encodes = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      floors.add(floor(i, Measured::steady));
      wholeFloors.add(floor(i, Measured::whole));
      encodes.add(runs(Program.ENCODE).get(i).steady() - runs(Program.READ).get(i).steady());
    }
    Row.Spreads spread = spreads(Measured::steady, floors);
    return new Row(
        material.participants(),
        seconds,
        repeats,
        cpu(spread.total().median()),
        medians(spread),
        psnr.getOrDefault(Program.CANDIDATE, Double.NaN),
        spread,
        new Row.References(
            median(Program.COMPOSITOR, Measured::steady),
            median(Program.XSTACK, Measured::steady),
            median(Program.XSTACK_ZEROLATENCY, Measured::steady)),
        new Row.Floors(
            median(Program.DECODE, Measured::steady),
            median(Program.SCALE, Measured::steady),
            Spread.of(encodes).median(),
            median(Program.AUDIO, Measured::steady),
            Spread.of(floors).median()),
        medians(spreads(Measured::whole, wholeFloors)),
        new Row.Psnr(
            psnr.getOrDefault(Program.COMPOSITOR, Double.NaN),
            psnr.getOrDefault(Program.XSTACK, Double.NaN),
            psnr.getOrDefault(Program.XSTACK_ZEROLATENCY, Double.NaN)),
        new Row.Startup(
            median(Program.CANDIDATE, Measured::startup),
            Spread.of(firstPictures).median(),
            median(Program.COMPOSITOR, Measured::startup),
            median(Program.XSTACK, Measured::startup)),
        median(Program.CANDIDATE, Measured::speed),
        Spread.of(each(Program.CANDIDATE, Measured::rss)).max(),
        null,
        problems);
  }

  private Row.Cpu cpu(double total) {
    double decode = part(Split::decode);
    double compose = part(Split::compose);
    double encode = part(Split::encode);
    double audio = part(Split::audio);
    return new Row.Cpu(
        decode,
        compose,
        encode,
        audio,
        Spread.round(total - decode - compose - encode - audio),
        part(Split::compiling),
        total);
  }

  private double floor(int repeat, ToDoubleFunction<Measured> value) {
    return value.applyAsDouble(runs(Program.DECODE).get(repeat))
        + value.applyAsDouble(runs(Program.SCALE).get(repeat))
        + value.applyAsDouble(runs(Program.ENCODE).get(repeat))
        - value.applyAsDouble(runs(Program.READ).get(repeat))
        + value.applyAsDouble(runs(Program.AUDIO).get(repeat));
  }

  private double part(ToDoubleFunction<Split> part) {
    return Spread.of(splits.stream().map(split -> part.applyAsDouble(split) / seconds).toList())
        .median();
  }

  private double median(Program program, ToDoubleFunction<Measured> value) {
    return Spread.of(each(program, value)).median();
  }

  private Row.Spreads spreads(ToDoubleFunction<Measured> value, List<Double> floors) {
    List<Double> candidate = each(Program.CANDIDATE, value);
    return new Row.Spreads(
        Spread.of(candidate),
        ratio(candidate, each(Program.COMPOSITOR, value)),
        ratio(candidate, each(Program.XSTACK, value)),
        ratio(candidate, each(Program.XSTACK_ZEROLATENCY, value)),
        ratio(candidate, floors));
  }

  private static Row.Ratios medians(Row.Spreads spread) {
    return new Row.Ratios(
        spread.compositor().median(),
        spread.xstack().median(),
        spread.xstackZeroLatency().median(),
        spread.floor().median());
  }

  private static Spread ratio(List<Double> candidate, List<Double> reference) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < candidate.size(); i++) {
      ratios.add(candidate.get(i) / reference.get(i));
    }
    return Spread.of(ratios);
  }
}
