package dev.callcast.bench;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/** The figures of {@link BrowserComparison} for people. Pure. */
final class BrowserTable {
  private static final int AIM_PARTICIPANTS = 9;
  private static final double AIM_RATIO = 0.45;

  /** Where the SFU has layers that fit. */
  private static final double AIM_RATIO_LAYERS = 0.33;

  /** Of 30 pictures a second; a browser that shows fewer has had too little CPU time. */
  private static final double ENOUGH_PICTURES = 27;

  private BrowserTable() {}

  static String of(List<BrowserRow> rows) {
    StringBuilder text = new StringBuilder();
    text.append("one call on an SFU, recorded by Callcast and by a browser: median (least-most)\n");
    line(text, "participants", rows, row -> Integer.toString(row.participants()));
    text.append("CPU-cores, the SFU and the participants not counted\n");
    spread(text, "Callcast", rows, 3, row -> row.callcast().cores());
    spread(text, "  worker", rows, 3, row -> row.callcast().worker());
    spread(text, "    compiling", rows, 3, row -> row.callcast().compiling());
    spread(text, "  node", rows, 3, row -> row.callcast().node());
    spread(text, "browser", rows, 3, row -> row.browser().cores());
    spread(text, "  Chromium", rows, 3, row -> row.browser().chromium());
    spread(text, "  Xvfb", rows, 3, row -> row.browser().screen());
    spread(text, "  PulseAudio", rows, 3, row -> row.browser().sound());
    spread(text, "  ffmpeg", rows, 3, row -> row.browser().recorder());
    spread(text, "Callcast by browser", rows, 2, BrowserRow::ratio);
    both(text, "the SFU's worker meanwhile, CPU-cores\n", rows, 3, BrowserRow.Outcome::sfu);
    both(
        text,
        "different pictures of a participant in a second of the file, of 30\n",
        rows,
        1,
        BrowserRow.Outcome::picturesPerSecond);
    both(
        text,
        "the same of the participant of whom there are the fewest\n",
        rows,
        1,
        BrowserRow.Outcome::leastPicturesPerSecond);
    both(
        text,
        "least share of a participant's pictures that can be read\n",
        rows,
        3,
        BrowserRow.Outcome::right);
    both(text, "participants who are heard all the time\n", rows, 0, BrowserRow.Outcome::heard);
    if (rows.stream().allMatch(row -> row.simulcast() == BrowserComparison.Layers.NONE)) {
      both(
          text,
          "PSNR against the ideal picture, dB\n",
          rows,
          2,
          outcome -> Objects.requireNonNull(outcome.psnr()));
    }
    for (BrowserRow row : rows) {
      for (String problem : row.problems()) {
        text.append(row.participants()).append(": ").append(problem).append('\n');
      }
      if (row.participants() == AIM_PARTICIPANTS) {
        double aim =
            row.simulcast() == BrowserComparison.Layers.NONE ? AIM_RATIO : AIM_RATIO_LAYERS;
        text.append(
            String.format(
                Locale.ROOT,
                "%d participants: %.2f of the browser's CPU time, aim at most %.2f: %s%n",
                AIM_PARTICIPANTS,
                row.ratio().median(),
                aim,
                row.ratio().median() <= aim ? "reached" : "MISSED"));
      }
      double shown = row.browser().outcome().picturesPerSecond().median();
      if (shown < ENOUGH_PICTURES) {
        text.append(
            String.format(
                Locale.ROOT,
                "%d participants: the browser showed %.1f of 30 pictures. This machine is too small for it, and its CPU time"
                    + " is not what it needs%n",
                row.participants(),
                shown));
      }
    }
    return text.toString();
  }

  private static void both(
      StringBuilder text,
      String title,
      List<BrowserRow> rows,
      int digits,
      Function<BrowserRow.Outcome, Spread> value) {
    text.append(title);
    spread(text, "Callcast", rows, digits, row -> value.apply(row.callcast().outcome()));
    spread(text, "browser", rows, digits, row -> value.apply(row.browser().outcome()));
  }

  private static void spread(
      StringBuilder text,
      String title,
      List<BrowserRow> rows,
      int digits,
      Function<BrowserRow, Spread> value) {
    line(
        text,
        title,
        rows,
        row -> {
          Spread spread = value.apply(row);
          String number = "%." + digits + "f";
          return String.format(
              Locale.ROOT,
              number + " (" + number + "-" + number + ")",
              spread.median(),
              spread.min(),
              spread.max());
        });
  }

  private static void line(
      StringBuilder text, String title, List<BrowserRow> rows, Function<BrowserRow, String> cell) {
    text.append(String.format(Locale.ROOT, "  %-20s", title));
    for (BrowserRow row : rows) {
      text.append(String.format(Locale.ROOT, "%23s", cell.apply(row)));
    }
    text.append('\n');
  }
}
