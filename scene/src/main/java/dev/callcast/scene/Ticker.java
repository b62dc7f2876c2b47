package dev.callcast.scene;

import dev.callcast.scene.Ground.Line;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Words;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A band of text that runs from right to left, again and again. The text is cut into pieces, each a
 * drawing that is painted once and then only moved. Owned by its {@link Stage}.
 */
final class Ticker {
  /** Characters of a piece: no picture gets wider than some thousand px. */
  private static final int LONGEST = 60;

  /** px that no text is broken before. */
  private static final double WIDE = 1e6;

  /**
   * A piece.
   *
   * @param at px from where a round of the text begins
   */
  private record Piece(double at, double width, List<Layer.Part> parts) {}

  private final List<Piece> pieces = new ArrayList<>();
  private @Nullable Box band;
  private double round;
  private double speed;
  private double bleed;
  private double textTop;
  private double textHeight;
  private double ascent;
  private double start;

  /** One that runs on from where this one is, with its first {@link #set}. */
  Ticker copy() {
    Ticker copy = new Ticker();
    copy.band = band;
    copy.speed = speed;
    copy.start = start;
    return copy;
  }

  /** Takes what is to be shown; the text goes on from where it was. */
  void set(Ground ground, double seconds) {
    boolean ran = band != null;
    double wasSpeed = speed;
    double wentBy = wasSpeed * (seconds - start);
    band = null;
    pieces.clear();
    if (!ground.bool("showTicker")) {
      return;
    }
    List<String> items = items(ground);
    if (items.isEmpty()) {
      return;
    }
    TextStyle style = Overlays.plainStyle(ground, "ticker");
    speed = ground.px("ticker.speed_gu");
    bleed = Math.ceil(style.fontSize() * 0.35);
    TextMeter.Size plain = measure(ground, "0", style);
    textHeight = Ground.evenAbove(plain.height());
    ascent = plain.ascent();
    double padding = ground.px("ticker.padding_gu");
    int height = (int) Ground.evenAbove(textHeight + 2 * padding);
    int margin = Fitting.nearestEven(ground.px("ticker.margin_gu"));
    int top =
        ground.text("ticker.position").equals("top") ? margin : ground.height() - margin - height;
    band =
        new Box(
            "ticker",
            new Rect(0, top, ground.width(), height),
            ground.color("ticker.bgColor"),
            0,
            1);
    textTop = top + Fitting.nearestEven((height - textHeight) / 2);
    lay(ground, items, style);
    if (!ran) {
      start = seconds;
    } else if (speed != wasSpeed) {
      start = speed == 0 ? seconds : seconds - wentBy / speed;
    }
  }

  private static List<String> items(Ground ground) {
    String source = ground.text("ticker.source");
    List<String> items = new ArrayList<>();
    if (source.equals("param")) {
      items.add(ground.text("ticker.text"));
    } else {
      for (Line line : ground.lines(source)) {
        items.add(line.from().isEmpty() ? line.text() : line.from() + ": " + line.text());
      }
    }
    items.replaceAll(item -> item.strip().replaceAll("\\s+", " "));
    items.removeIf(String::isEmpty);
    return items;
  }

  private void lay(Ground ground, List<String> items, TextStyle style) {
    double space = measure(ground, "0 0", style).width() - measure(ground, "00", style).width();
    double gap = Ground.even(ground.gridUnit());
    String separator = ground.text("ticker.separator").strip();
    double x = 0;
    for (String item : items) {
      for (String words : cut(item)) {
        x = put(ground, words, style, x) + space;
      }
      x += gap;
      if (!separator.isEmpty()) {
        x = put(ground, separator, style, x) + gap;
      }
    }
    round = x;
  }

  private double put(Ground ground, String text, TextStyle style, double x) {
    TextMeter.Size size = measure(ground, text, style);
    double width = Ground.evenAbove(size.width());
    // Some scripts' lines are higher: all pieces stand on one line.
    double y = ascent - size.ascent();
    pieces.add(
        new Piece(
            x,
            width,
            List.of(new Words(0, y, width, List.of(new Run(text, style)), Align.LEFT, 1))));
    return x + width;
  }

  private static TextMeter.Size measure(Ground ground, String text, TextStyle style) {
    return ground.measure(List.of(new Run(text, style)), WIDE, 1);
  }

  /** Cut at spaces; where there is none in time, anywhere between two characters. */
  private static List<String> cut(String text) {
    List<String> pieces = new ArrayList<>();
    String rest = text;
    while (rest.length() > LONGEST) {
      int space = rest.lastIndexOf(' ', LONGEST);
      int end =
          space > 0
              ? space
              : Character.isHighSurrogate(rest.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
      pieces.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    pieces.add(rest);
    return pieces;
  }

  /** px that it takes at the bottom, with what is below it; 0 elsewhere or where there is none. */
  int bottom(int canvasHeight) {
    Box shown = band;
    return shown == null || shown.rect().y() < canvasHeight / 2
        ? 0
        : canvasHeight - shown.rect().y();
  }

  /** px that it takes at the top, with what is above it; 0 elsewhere or where there is none. */
  int top(int canvasHeight) {
    Box shown = band;
    return shown == null || shown.rect().y() >= canvasHeight / 2 ? 0 : shown.rect().bottom();
  }

  /** Adds it; gives the media time until which it holds. */
  double add(List<Layer> layers, double seconds) {
    Box shown = band;
    if (shown == null) {
      return Double.POSITIVE_INFINITY;
    }
    layers.add(shown);
    int width = shown.rect().width();
    // What does not run stands where it is read from.
    double left = speed == 0 ? textTop - shown.rect().y() : width - speed * (seconds - start);
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      // The first round in which the piece has not left yet, and those after it that have come.
      long first = Math.max(0, (long) Math.ceil((-piece.width - bleed - left - piece.at) / round));
      for (long turn = first; left + piece.at + turn * round < width; turn++) {
        layers.add(
            Ground.drawing(
                "ticker:" + i + ":" + turn,
                2 * Math.floor((left + piece.at + turn * round) / 2 + 1e-6),
                textTop,
                piece.width,
                textHeight,
                bleed,
                piece.parts));
      }
    }
    return speed == 0 ? Double.POSITIVE_INFINITY : seconds;
  }
}
