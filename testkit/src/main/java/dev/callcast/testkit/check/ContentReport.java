package dev.callcast.testkit.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is in a file.
 *
 * @param pictures decoded
 * @param longestPictureGap from one decoded picture's time to the next, in seconds
 * @param black where the whole canvas was dark for 0.5 s or more
 * @param frozen where the whole canvas did not change for 0.5 s or more
 * @param silent where the mix was below −60 dB for 0.5 s or more
 * @param decodeErrors what the decoders complained about
 */
public record ContentReport(
    MediaProbe probe,
    int pictures,
    double longestPictureGap,
    List<Span> black,
    List<Span> frozen,
    List<Span> silent,
    List<TileReport> tiles,
    List<String> decodeErrors) {
  /**
   * Flashes from which on the median is judged: of fewer it is a single flash, which may be off by
   * more than half a frame, and is held to the 95th percentile's limit alone.
   */
  private static final int MEDIAN_FROM = 5;

  public ContentReport {
    black = List.copyOf(black);
    frozen = List.copyOf(frozen);
    silent = List.copyOf(silent);
    tiles = List.copyOf(tiles);
    decodeErrors = List.copyOf(decodeErrors);
  }

  /**
   * The first report of a participant.
   *
   * @throws IllegalArgumentException when it was not expected anywhere
   */
  public TileReport tile(int participant) {
    for (TileReport tile : tiles) {
      if (tile.tile().participant() == participant) {
        return tile;
      }
    }
    throw new IllegalArgumentException("participant " + participant + " was not looked for");
  }

  /**
   * What a good file keeps to.
   *
   * @param seconds how long it should be; 0 for any length
   * @param secondsTolerance by how much it may be off
   * @param seen the share of a tile's pictures that show the right participant
   * @param medianMs the sync offset's median, absolute; judged from five flashes on
   * @param p95Ms its 95th percentile
   * @param pictureGap the longest allowed time from one picture to the next, in seconds
   */
  public record Limits(
      double seconds,
      double secondsTolerance,
      double seen,
      double medianMs,
      double p95Ms,
      double pictureGap) {
    /** 99 % seen, offset median 20 ms (half a frame more than the aim of 10), p95 25 ms + 10. */
    public static final Limits STANDARD = new Limits(0, 0.5, 0.99, 20, 35, 0.1);

    public Limits withSeconds(double newSeconds, double tolerance) {
      return new Limits(newSeconds, tolerance, seen, medianMs, p95Ms, pictureGap);
    }
  }

  /** The same without what the whole canvas and the mix were like until then, in seconds. */
  public ContentReport since(double from) {
    return new ContentReport(
        probe,
        pictures,
        longestPictureGap,
        since(black, from),
        since(frozen, from),
        since(silent, from),
        tiles,
        decodeErrors);
  }

  private static List<Span> since(List<Span> spans, double from) {
    return spans.stream().filter(span -> span.to() > from).toList();
  }

  /** What is wrong with the file, in words; empty when it is as it should be. */
  public List<String> problems(Limits limits) {
    List<String> problems = new ArrayList<>();
    MediaProbe.Track video = probe.video();
    MediaProbe.Track audio = probe.audio();
    if (video == null || pictures == 0) {
      problems.add("no picture");
    } else if (limits.seconds() > 0
        && Math.abs(video.seconds() - limits.seconds()) > limits.secondsTolerance()) {
      problems.add(
          String.format(Locale.ROOT, "lasts %.2f s, not %.2f", video.seconds(), limits.seconds()));
    }
    if (audio == null) {
      problems.add("no sound");
    }
    if (video != null && audio != null && Math.abs(probe.endOffset()) > 0.2) {
      problems.add(
          String.format(Locale.ROOT, "sound ends %.2f s after the picture", probe.endOffset()));
    }
    if (longestPictureGap > limits.pictureGap()) {
      problems.add(String.format(Locale.ROOT, "a gap of %.3f s in the picture", longestPictureGap));
    }
    addSpans(problems, "black", black);
    addSpans(problems, "frozen", frozen);
    addSpans(problems, "silent", silent);
    for (String error : decodeErrors) {
      problems.add("decoder: " + error);
    }
    for (TileReport tile : tiles) {
      addTile(problems, tile, limits);
    }
    return problems;
  }

  private static void addSpans(List<String> problems, String what, List<Span> spans) {
    if (!spans.isEmpty()) {
      problems.add(what + " " + spans);
    }
  }

  private static void addTile(List<String> problems, TileReport report, Limits limits) {
    String who = "p" + report.tile().participant() + " ";
    if (report.pictures() == 0 || report.right() < limits.seen() * report.pictures()) {
      problems.add(
          who + "is right in " + report.right() + " of " + report.pictures() + " pictures only");
    }
    addSpans(problems, who + "frozen", report.frozen());
    addSpans(problems, who + "not heard", report.unheard());
    TileReport.Sync sync = report.sync();
    if (sync.flashes() > 1 && sync.pairs() < sync.flashes() / 2) {
      problems.add(who + "beeps at " + sync.pairs() + " of " + sync.flashes() + " flashes only");
    } else if (sync.pairs() > 0
        && ((sync.pairs() >= MEDIAN_FROM && Math.abs(sync.median()) > limits.medianMs())
            || sync.p95() > limits.p95Ms())) {
      problems.add(
          String.format(
              Locale.ROOT,
              "%ssound is %+.1f ms against the picture (p95 %.1f)",
              who,
              sync.median(),
              sync.p95()));
    }
  }

  private static void appendSpans(StringBuilder text, String what, List<Span> spans) {
    text.append(spans.isEmpty() ? "never " + what : what + " " + spans).append(", ");
  }

  /** Some lines for people. */
  public String summary() {
    StringBuilder text = new StringBuilder(probe.summary());
    for (TileReport tile : tiles) {
      text.append(tile.summary()).append('\n');
    }
    appendSpans(text, "black", black);
    appendSpans(text, "frozen", frozen);
    appendSpans(text, "silent", silent);
    text.append(decodeErrors.size()).append(" decoder errors\n");
    return text.toString();
  }
}
