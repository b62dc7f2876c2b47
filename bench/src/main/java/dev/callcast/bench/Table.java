package dev.callcast.bench;

import java.util.List;
import java.util.Locale;

/** The figures for people. Pure. */
final class Table {
  private Table() {}

  /** What was aimed at, for one number of participants. */
  private record Target(int participants, String what, double most) {
    double value(Row row) {
      return switch (what) {
        case "compositor" -> row.ratio().compositor().median();
        case "floors" -> row.ratio().floor().median();
        case "xstack" -> row.ratio().xstack().median();
        case "xstack veryfast+zerolatency" -> row.ratio().xstackZeroLatency().median();
        default -> throw new IllegalArgumentException(what);
      };
    }
  }

  private static final List<Target> TARGETS =
      List.of(
          new Target(9, "compositor", 0.75),
          new Target(9, "floors", 1.10),
          new Target(9, "xstack", 1.00),
          new Target(9, "xstack veryfast+zerolatency", 0.85),
          new Target(25, "compositor", 0.70),
          new Target(25, "xstack", 0.95));

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
    line(text, "total", rows, row -> cores(row.cpu().total()));
    line(
        text,
        "  least to most",
        rows,
        row -> cores(row.cpu().min()) + "-" + cores(row.cpu().max()));
    text.append("references and floors, CPU-cores\n");
    line(text, "compositor", rows, row -> cores(row.references().compositor().median()));
    line(text, "xstack", rows, row -> cores(row.references().xstack().median()));
    line(text, "xstack vf+zl", rows, row -> cores(row.references().xstackZeroLatency().median()));
    line(text, "floor: decode", rows, row -> cores(row.floors().decode()));
    line(text, "floor: scale", rows, row -> cores(row.floors().scale()));
    line(text, "floor: encode", rows, row -> cores(row.floors().encode()));
    line(text, "floor: audio", rows, row -> cores(row.floors().audio()));
    line(text, "floors", rows, row -> cores(row.floors().sum()));
    text.append("CPU time of Callcast by that of ...: median (least-most)\n");
    line(text, "compositor", rows, row -> ratio(row.ratio().compositor()));
    line(text, "xstack", rows, row -> ratio(row.ratio().xstack()));
    line(text, "xstack vf+zl", rows, row -> ratio(row.ratio().xstackZeroLatency()));
    line(text, "floors", rows, row -> ratio(row.ratio().floor()));
    text.append("the same with start-up and warming up\n");
    line(text, "compositor", rows, row -> ratio(row.whole().compositor()));
    line(text, "xstack", rows, row -> ratio(row.whole().xstack()));
    line(text, "xstack vf+zl", rows, row -> ratio(row.whole().xstackZeroLatency()));
    line(text, "floors", rows, row -> ratio(row.whole().floor()));
    text.append("PSNR against the ideal picture, dB\n");
    line(text, "Callcast", rows, row -> decibel(row.psnr().callcast()));
    line(text, "compositor", rows, row -> decibel(row.psnr().compositor()));
    line(text, "xstack", rows, row -> decibel(row.psnr().xstack()));
    line(text, "xstack vf+zl", rows, row -> decibel(row.psnr().xstackZeroLatency()));
    text.append("start-up, CPU-seconds\n");
    line(text, "Callcast", rows, row -> seconds(row.startup().callcast()));
    line(text, "  first picture", rows, row -> seconds(row.firstPicture()));
    line(text, "compositor", rows, row -> seconds(row.startup().compositor()));
    line(text, "xstack", rows, row -> seconds(row.startup().xstack()));
    text.append("other\n");
    line(text, "speed, x real time", rows, row -> seconds(row.speed()));
    line(text, "RSS, MiB", rows, row -> String.format(Locale.ROOT, "%.0f", row.rss().max()));
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
        if (row.participants() == target.participants()) {
          double value = target.value(row);
          text.append(
              String.format(
                  Locale.ROOT,
                  "%d participants: %.2f x %s, aim at most %.2f: %s%n",
                  target.participants(),
                  value,
                  target.what(),
                  target.most(),
                  value <= target.most() ? "reached" : "MISSED"));
        }
      }
    }
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

  private static String cores(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static String ratio(Spread value) {
    return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", value.median(), value.min(), value.max());
  }

  private static String seconds(Spread value) {
    return String.format(Locale.ROOT, "%.2f", value.median());
  }

  private static String decibel(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
