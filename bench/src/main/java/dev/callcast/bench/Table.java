package dev.callcast.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The figures for people. Pure. */
final class Table {
  private Table() {}

  /** What was aimed at, for one number of participants. */
  private record Target(int participants, String what, double most, Value value) {}

  /** A figure of a row; null where it was not measured. */
  private interface Value {
    @Nullable Double of(Row row);
  }

  private static final List<Target> TARGETS =
      List.of(
          new Target(9, "CPU time by that of compositor", 0.75, row -> row.ratio().compositor()),
          new Target(9, "CPU time by that of the floors", 1.10, row -> row.ratio().floor()),
          new Target(9, "CPU time by that of xstack", 1.00, row -> row.ratio().xstack()),
          new Target(
              9,
              "CPU time by that of xstack with veryfast+zerolatency",
              0.85,
              row -> row.ratio().xstackZeroLatency()),
          new Target(
              9,
              "dB less PSNR than that",
              0,
              row -> Spread.round(row.psnrOf().xstackZeroLatency() - row.psnr())),
          new Target(25, "CPU time by that of compositor", 0.70, row -> row.ratio().compositor()),
          new Target(25, "CPU time by that of xstack", 0.95, row -> row.ratio().xstack()),
          new Target(9, "CPU time live by that offline", 1.25, live(Row.Live::ratio)),
          new Target(
              9,
              "cores for each who is neither shown nor loud",
              0.002,
              row -> row.live() == null ? null : row.live().hiddenCores()),
          new Target(9, "MiB resident, live", 300, live(Row.Live::rss)),
          new Target(9, "ms from request to first picture", 1000, live(Row.Live::firstFrameMillis)),
          new Target(
              9,
              "ms from request to first picture, worker included",
              1000,
              live(Row.Live::coldFirstFrameMillis)),
          new Target(9, "pictures left out", 0, live(Row.Live::skippedTicks)),
          new Target(9, "ms sound against picture, median", 10, live(Row.Live::offsetMillis)),
          new Target(9, "ms sound against picture, p95", 25, live(Row.Live::offsetP95Millis)));

  private static Value live(ToDoubleFunction<Row.Live> figure) {
    return row -> row.live() == null ? null : figure.applyAsDouble(row.live());
  }

  static String of(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    text.append(
        "Callcast offline, CPU-cores (CPU-seconds per second of media), without start-up\n");
    line(text, "participants", rows, row -> Integer.toString(row.participants()));
    line(text, "decode", rows, row -> cores(row.cpu().decode()));
    line(text, "compose", rows, row -> cores(row.cpu().compose()));
    line(text, "encode", rows, row -> cores(row.cpu().encode()));
    line(text, "audio", rows, row -> cores(row.cpu().audio()));
    line(text, "other", rows, row -> cores(row.cpu().other()));
    line(text, "  compiling", rows, row -> cores(row.cpu().compiling()));
    line(text, "total", rows, row -> cores(row.cpu().total()));
    line(
        text,
        "  least to most",
        rows,
        row -> cores(row.spread().total().min()) + "-" + cores(row.spread().total().max()));
    text.append("references and floors, CPU-cores\n");
    line(text, "compositor", rows, row -> cores(row.references().compositor()));
    line(text, "xstack", rows, row -> cores(row.references().xstack()));
    line(text, "xstack vf+zl", rows, row -> cores(row.references().xstackZeroLatency()));
    line(text, "floor: decode", rows, row -> cores(row.floors().decode()));
    line(text, "floor: scale", rows, row -> cores(row.floors().scale()));
    line(text, "floor: encode", rows, row -> cores(row.floors().encode()));
    line(text, "floor: audio", rows, row -> cores(row.floors().audio()));
    line(text, "floors", rows, row -> cores(row.floors().sum()));
    text.append("CPU time of Callcast by that of ...: median (least-most)\n");
    line(text, "compositor", rows, row -> ratio(row.spread().compositor()));
    line(text, "xstack", rows, row -> ratio(row.spread().xstack()));
    line(text, "xstack vf+zl", rows, row -> ratio(row.spread().xstackZeroLatency()));
    line(text, "floors", rows, row -> ratio(row.spread().floor()));
    text.append("the same with start-up and warming up\n");
    line(text, "compositor", rows, row -> decimal(row.whole().compositor()));
    line(text, "xstack", rows, row -> decimal(row.whole().xstack()));
    line(text, "xstack vf+zl", rows, row -> decimal(row.whole().xstackZeroLatency()));
    line(text, "floors", rows, row -> decimal(row.whole().floor()));
    text.append("PSNR against the ideal picture, dB\n");
    line(text, "Callcast", rows, row -> decimal(row.psnr()));
    line(text, "compositor", rows, row -> decimal(row.psnrOf().compositor()));
    line(text, "xstack", rows, row -> decimal(row.psnrOf().xstack()));
    line(text, "xstack vf+zl", rows, row -> decimal(row.psnrOf().xstackZeroLatency()));
    text.append("start-up, CPU-seconds\n");
    line(text, "Callcast", rows, row -> decimal(row.startup().callcast()));
    line(text, "  first picture", rows, row -> decimal(row.startup().firstPicture()));
    line(text, "compositor", rows, row -> decimal(row.startup().compositor()));
    line(text, "xstack", rows, row -> decimal(row.startup().xstack()));
    text.append("other\n");
    line(text, "speed, x real time", rows, row -> decimal(row.speed()));
    line(text, "RSS, MiB", rows, row -> whole(row.rss()));
    if (rows.stream().allMatch(row -> row.live() != null)) {
      text.append("live over RTP, the worker\n");
      liveLine(text, "cores", rows, live -> cores(live.cores()));
      liveLine(text, "  compiling", rows, live -> cores(live.compiling()));
      liveLine(text, "by offline", rows, live -> decimal(live.ratio()));
      liveLine(text, "RSS, MiB", rows, live -> whole(live.rss()));
      liveLine(text, "first picture, ms", rows, live -> whole(live.firstFrameMillis()));
      liveLine(text, "  with worker, ms", rows, live -> whole(live.coldFirstFrameMillis()));
      liveLine(text, "latency, ms", rows, live -> decimal(live.composeMillis()));
      liveLine(text, "left out", rows, live -> Long.toString(live.skippedTicks()));
      liveLine(text, "sound, worst median", rows, live -> decimal(live.offsetMillis()));
      liveLine(text, "sound, worst p95", rows, live -> decimal(live.offsetP95Millis()));
      liveLine(
          text,
          "each hidden one",
          rows,
          live -> live.hiddenCores() == null ? "-" : "%.4f".formatted(live.hiddenCores()));
    }
    line(text, "content checks", rows, row -> row.problems().isEmpty() ? "pass" : "FAIL");
    rows.forEach(row ->
        row.problems()
            .forEach(problem ->
                text.append(row.participants()).append(": ").append(problem).append('\n')));
    targets(text, rows);
    return text.toString();
  }

  private static void targets(StringBuilder text, List<Row> rows) {
    for (Target target : TARGETS) {
      for (Row row : rows) {
        Double value = target.value().of(row);
        if (row.participants() == target.participants() && value != null) {
          text.append(
              String.format(
                  Locale.ROOT,
                  "%d participants: %s %s, aim at most %s: %s%n",
                  target.participants(),
                  brief(value),
                  target.what(),
                  brief(target.most()),
                  value <= target.most() ? "reached" : "MISSED"));
        }
      }
    }
  }

  private static String brief(double value) {
    return value >= 100 || value == Math.rint(value)
        ? whole(value)
        : String.format(Locale.ROOT, Math.abs(value) < 0.01 ? "%.4f" : "%.2f", value);
  }

  /** One cell. */
  private interface Cell {
    String of(Row row);
  }

  private static void line(StringBuilder text, String title, List<Row> rows, Cell cell) {
    text.append(String.format(Locale.ROOT, "  %-20s", title));
    for (Row row : rows) {
      text.append(String.format(Locale.ROOT, "%18s", cell.of(row)));
    }
    text.append('\n');
  }

  /** One cell of the live part. */
  private interface LiveCell {
    String of(Row.Live live);
  }

  private static void liveLine(StringBuilder text, String title, List<Row> rows, LiveCell cell) {
    line(text, title, rows, row -> row.live() == null ? "-" : cell.of(row.live()));
  }

  private static String cores(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static String ratio(Spread value) {
    return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", value.median(), value.min(), value.max());
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}
