package dev.callcast.bench;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./callcast bench}: what a call costs, against what others make of the same clips. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures the CPU time of composing N participants of 640x360 at 30 fps into 720p, against GStreamer's"
            + " compositor, ffmpeg's xstack and the sum of the floors, offline; then that of a call"
            + " over RTP (docs/bench.md).")
public final class BenchCommand implements Callable<Integer> {
  private static final int LONGEST = 120;

  /** The program that this one belongs to. */
  private static final String HERE = "this";

  @Option(
      names = "--participants",
      split = ",",
      defaultValue = "1,4,9,16,25",
      description = "How many; one column each. Default: ${DEFAULT-VALUE}")
  private List<Integer> participants = List.of();

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "Length of the media. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--warm",
      defaultValue = "0",
      description =
          "Seconds of the references that count as start-up and are subtracted; 0 for a quarter."
              + " Default: ${DEFAULT-VALUE}")
  private int warm;

  @Option(
      names = "--settle",
      defaultValue = "40",
      description =
          "Seconds of media for which Callcast runs before it is measured, while its JVM compiles."
              + " Default: ${DEFAULT-VALUE}")
  private int settle;

  @Option(
      names = "--repeat",
      defaultValue = "5",
      description = "How often everything runs, in turns. Default: ${DEFAULT-VALUE}")
  private int repeats;

  @Option(
      names = "--live",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Whether to run a call over RTP as well, which takes a minute and a half each."
              + " Default: ${DEFAULT-VALUE}")
  private boolean live;

  @Option(
      names = "--graphics",
      description =
          "Measures instead what a logo, names and a banner add, and what flying emoji add; and live,"
              + " what a second composition adds and whether transitions leave out pictures.")
  private boolean graphics;

  @Option(
      names = "--outputs",
      description =
          "Measures instead what each further RTMP output of a composition costs, live; takes an"
              + " nginx with its RTMP module, which it starts.")
  private boolean outputs;

  @Option(
      names = "--start",
      arity = "0..1",
      paramLabel = "PROGRAM",
      fallbackValue = HERE,
      description =
          "Measures instead what the start of a node costs: of this installation, or of another"
              + " callcast, say /usr/bin/callcast.")
  private @Nullable String start;

  @Option(
      names = "--browser",
      description =
          "Measures instead the same call on an SFU, recorded by Callcast and by Chromium with Xvfb"
              + " and ffmpeg, in turns (docs/bench.md). Takes root, for a network of its own.")
  private boolean browser;

  @Option(
      names = "--simulcast",
      defaultValue = "NONE",
      description =
          "With --browser: whether participants send simulcast (180p, 360p, 720p), and which layer"
              + " the browser gets: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private BrowserComparison.Layers simulcast = BrowserComparison.Layers.NONE;

  @Option(
      names = "--chromium-flag",
      defaultValue = "--disable-gpu",
      description =
          "With --browser: how Chromium is to draw; may be repeated. Default: ${DEFAULT-VALUE}")
  private List<String> flags = List.of();

  @Option(
      names = "--keep",
      description = "With --browser: where the last turn's recordings are left, to be looked at.")
  private @Nullable Path keep;

  @Option(names = "--json", description = "One JSON object a line; the table goes to stderr.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The way in. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new BenchCommand()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int brief = warm == 0 ? Math.max(1, seconds / 4) : warm;
    if (seconds < 2
        || seconds > LONGEST
        || brief < 1
        || brief >= seconds
        || settle < 1
        || repeats < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--seconds is 2 to "
              + LONGEST
              + ", --warm less than that, --settle and --repeat at least 1");
    }
    for (int count : participants) {
      if (count < 1 || count > 25) {
        throw new ParameterException(spec.commandLine(), "--participants are 1 to 25");
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Path directory = directory();
    Tools tools = new Tools(directory);
    List<Row> rows = new ArrayList<>();
    Consumer<String> progress =
        line -> {
          err.println(line);
          err.flush();
        };
    if (start != null) {
      Path program =
          start.equals(HERE)
              ? Path.of(System.getProperty("callcast.home", "."), "callcast")
              : Path.of(start);
      StartCost.Measured measured = new StartCost(program, repeats, progress).run();
      out.print(json ? ProtocolJson.MAPPER.writeValueAsString(measured) + "\n" : measured.table());
      out.flush();
      return 0;
    }
    if (browser) {
      return compareWithBrowser(directory, out, progress);
    }
    if (outputs) {
      for (int count : participants) {
        Material material = new Material(directory, count);
        OutputsCost.Result result = new OutputsCost(material, seconds, repeats, progress).run();
        out.print(json ? ProtocolJson.MAPPER.writeValueAsString(result) + "\n" : result.table());
        out.flush();
      }
      return 0;
    }
    if (graphics) {
      for (int count : participants) {
        Material material = new Material(directory, count);
        GraphicsCost.Added added =
            new GraphicsCost(tools, material, seconds, settle, repeats, progress).run();
        out.print(json ? ProtocolJson.MAPPER.writeValueAsString(added) + "\n" : added.table());
        out.flush();
        if (live) {
          LiveGraphics.Result more = new LiveGraphics(material, seconds, repeats, progress).run();
          out.print(json ? ProtocolJson.MAPPER.writeValueAsString(more) + "\n" : more.table());
          out.flush();
        }
      }
      return 0;
    }
    for (int count : participants) {
      Material material = new Material(directory, count);
      Row row = new Comparison(tools, material, seconds, brief, settle, repeats, progress).run();
      if (live) {
        LiveRun run = new LiveRun(material, seconds, progress);
        Row.Live measured = run.run(row.cpu().total());
        row = row.withLive(measured, run.problems());
      }
      rows.add(row);
      if (json) {
        out.println(ProtocolJson.MAPPER.writeValueAsString(row));
        out.flush();
      }
    }
    PrintWriter table = json ? err : out;
    table.print(Table.of(rows));
    table.flush();
    return rows.stream().allMatch(row -> row.problems().isEmpty()) ? 0 : 1;
  }

  private int compareWithBrowser(Path directory, PrintWriter out, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<BrowserRow> rows = new ArrayList<>();
    for (int count : participants) {
      Material material = new Material(directory, count);
      BrowserRow row =
          new BrowserComparison(material, seconds, repeats, simulcast, flags, keep, progress).run();
      rows.add(row);
      if (json) {
        out.println(ProtocolJson.MAPPER.writeValueAsString(row));
        out.flush();
      }
    }
    PrintWriter table = json ? spec.commandLine().getErr() : out;
    table.print(BrowserTable.of(rows));
    table.flush();
    return rows.stream().allMatch(row -> row.problems().isEmpty()) ? 0 : 1;
  }

  private static Path directory() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.resolve("callcast").resolve("bench");
  }
}
