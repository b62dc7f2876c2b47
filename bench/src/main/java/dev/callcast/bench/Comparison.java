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
 * Each program runs twice each time, short and long: the difference is its steady cost, what the
 * short one costs beyond that is start-up. So nobody's start-up counts, neither the JVM's nor
 * GStreamer's. One thread.
 */
final class Comparison {
  private static final int MEBIBYTES_OF_HEAP = 256;

  private final Tools tools;
  private final Material material;
  private final int seconds;
  private final int warm;
  private final int repeats;
  private final Consumer<String> progress;
  private final Map<Program, List<Measured>> measured = new EnumMap<>(Program.class);
  private final List<Split> splits = new ArrayList<>();
  private final List<Double> firstPictures = new ArrayList<>();

  /** One program's short and long run. */
  private record Measured(Usage brief, Usage full) {}

  Comparison(
      Tools tools,
      Material material,
      int seconds,
      int warm,
      int repeats,
      Consumer<String> progress) {
    this.tools = tools;
    this.material = material;
    this.seconds = seconds;
    this.warm = warm;
    this.repeats = repeats;
    this.progress = progress;
  }

  Row run() throws IOException, InterruptedException {
    material.prepare(seconds);
    material.prepare(warm);
    material.prepareIdeal(seconds);
    material.prepareIdeal(warm);
    List<String> problems = new ArrayList<>();
    Map<Program, Double> psnr = new EnumMap<>(Program.class);
    try {
      for (int repeat = 0; repeat < repeats; repeat++) {
        for (Program program : Program.values()) {
          Usage brief = run(program, warm, false);
          Usage full = run(program, seconds, true);
          measured
              .computeIfAbsent(program, key -> new ArrayList<>())
              .add(new Measured(brief, full));
          progress.accept(
              String.format(
                  Locale.ROOT,
                  "%d participants, %d of %d: %s %.4f cores",
                  material.participants(),
                  repeat + 1,
                  repeats,
                  program.title(),
                  steady(measured.get(program).getLast())));
          if (program.writes() && repeat == 0) {
            problems.addAll(Quality.problems(program, output(program), material, seconds));
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

  private Usage run(Program program, int length, boolean full)
      throws IOException, InterruptedException {
    Path output = output(program);
    Files.deleteIfExists(output);
    return switch (program) {
      case CANDIDATE -> candidate(output, length, full);
      case COMPOSITOR -> tools.measure(Programs.compositor(material, length, output));
      case XSTACK -> tools.measure(Programs.xstack(material, length, output));
      case XSTACK_ZEROLATENCY ->
          tools.measure(Programs.xstackZeroLatency(material, length, output));
      case DECODE -> tools.measure(Programs.decode(material, length));
      case SCALE -> tools.measure(Programs.scale(material, length, tools.compiled("scale", "yuv")));
      case ENCODE -> tools.measure(Programs.encode(material, length));
      case READ -> tools.measure(Programs.read(material, length));
      case AUDIO -> tools.measure(Programs.audio(material, length));
    };
  }

  private Usage candidate(Path output, int length, boolean full)
      throws IOException, InterruptedException {
    Path result = material.directory().resolve("candidate.json");
    Files.deleteIfExists(result);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx" + MEBIBYTES_OF_HEAP + "m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            OfflineRun.class.getName(),
            Integer.toString(material.participants()),
            Integer.toString(length),
            material.directory().toString(),
            output.toString(),
            result.toString(),
            Integer.toString(Math.min(warm, length)));
    Usage usage = tools.measure(command);
    Result told = ProtocolJson.MAPPER.readValue(Files.readString(result), Result.class);
    firstPictures.add(told.firstPicture());
    if (full) {
      splits.add(told.all().minus(told.warm()));
    }
    return usage;
  }

  private double steady(Measured run) {
    return (run.full().cpu() - run.brief().cpu()) / (seconds - warm);
  }

  private double startup(Measured run) {
    return run.brief().cpu() - warm * steady(run);
  }

  private List<Double> each(Program program, ToDoubleFunction<Measured> value) {
    return runs(program).stream().map(value::applyAsDouble).toList();
  }

  private List<Measured> runs(Program program) {
    return measured.getOrDefault(program, List.of());
  }

  private Row row(Map<Program, Double> psnr, List<String> problems) {
    Spread total = Spread.of(each(Program.CANDIDATE, this::steady));
    double decode = median(Split::decode);
    double compose = median(Split::compose);
    double encode = median(Split::encode);
    double audio = median(Split::audio);
    Row.Cpu cpu =
        new Row.Cpu(
            decode,
            compose,
            encode,
            audio,
            Spread.of(total.median() - decode - compose - encode - audio).median(),
            total.median(),
            total.min(),
            total.max());
    List<Double> floors = new ArrayList<>();
    List<Double> wholeFloors = new ArrayList<>();
    List<Double> encodes = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      floors.add(floor(i, this::steady));
      wholeFloors.add(floor(i, run -> run.full().cpu()));
      encodes.add(steady(runs(Program.ENCODE).get(i)) - steady(runs(Program.READ).get(i)));
    }
    return new Row(
        material.participants(),
        seconds,
        repeats,
        cpu,
        new Row.References(
            Spread.of(each(Program.COMPOSITOR, this::steady)),
            Spread.of(each(Program.XSTACK, this::steady)),
            Spread.of(each(Program.XSTACK_ZEROLATENCY, this::steady))),
        new Row.Floors(
            Spread.of(each(Program.DECODE, this::steady)).median(),
            Spread.of(each(Program.SCALE, this::steady)).median(),
            Spread.of(encodes).median(),
            Spread.of(each(Program.AUDIO, this::steady)).median(),
            Spread.of(floors).median()),
        ratios(this::steady, floors),
        ratios(run -> run.full().cpu(), wholeFloors),
        new Row.Psnr(
            psnr.getOrDefault(Program.CANDIDATE, Double.NaN),
            psnr.getOrDefault(Program.COMPOSITOR, Double.NaN),
            psnr.getOrDefault(Program.XSTACK, Double.NaN),
            psnr.getOrDefault(Program.XSTACK_ZEROLATENCY, Double.NaN)),
        new Row.Startup(
            Spread.of(each(Program.CANDIDATE, this::startup)),
            Spread.of(each(Program.COMPOSITOR, this::startup)),
            Spread.of(each(Program.XSTACK, this::startup))),
        Spread.of(firstPictures),
        Spread.of(each(Program.CANDIDATE, run -> seconds / run.full().wall())),
        Spread.of(each(Program.CANDIDATE, run -> run.full().rss())),
        problems);
  }

  private double floor(int repeat, ToDoubleFunction<Measured> value) {
    return value.applyAsDouble(runs(Program.DECODE).get(repeat))
        + value.applyAsDouble(runs(Program.SCALE).get(repeat))
        + value.applyAsDouble(runs(Program.ENCODE).get(repeat))
        - value.applyAsDouble(runs(Program.READ).get(repeat))
        + value.applyAsDouble(runs(Program.AUDIO).get(repeat));
  }

  private double median(ToDoubleFunction<Split> part) {
    return Spread.of(
            splits.stream().map(split -> part.applyAsDouble(split) / (seconds - warm)).toList())
        .median();
  }

  private Row.Ratios ratios(ToDoubleFunction<Measured> value, List<Double> floors) {
    List<Double> candidate = each(Program.CANDIDATE, value);
    return new Row.Ratios(
        ratio(candidate, each(Program.COMPOSITOR, value)),
        ratio(candidate, each(Program.XSTACK, value)),
        ratio(candidate, each(Program.XSTACK_ZEROLATENCY, value)),
        ratio(candidate, floors));
  }

  private static Spread ratio(List<Double> candidate, List<Double> reference) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < candidate.size(); i++) {
      ratios.add(candidate.get(i) / reference.get(i));
    }
    return Spread.of(ratios);
  }
}
