package dev.callcast.scene;

import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Image;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Material.Message;
import dev.callcast.scene.VideoSettings.Corner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What graphics are laid out on: the params, the canvas and what there is to show.
 *
 * @param params with the preset's in them
 */
record Ground(
    LayoutParams params,
    int width,
    int height,
    SceneState state,
    Material material,
    TextMeter meter) {

  /** One entry of a list of lines, with what goes before it. */
  record Line(String from, String text, boolean highlighted) {}

  double gridUnit() {
    return Math.min(width, height) / 36.0;
  }

  boolean upright() {
    return width < height;
  }

  boolean bool(String name) {
    return params.bool(name);
  }

  double number(String name) {
    return params.number(name);
  }

  String text(String name) {
    return params.text(name);
  }

  Color color(String name) {
    return params.color(name);
  }

  Corner corner(String name) {
    return params.choice(name, Corner.class);
  }

  /** A length that is given in grid units, in px. */
  double px(String name) {
    return params.gridUnits(name, width, height) * gridUnit();
  }

  int weight(String name) {
    return Integer.parseInt(text(name));
  }

  boolean italic(String name) {
    return text(name).equals("italic");
  }

  /** What an asset's name stands for, or null where there is none. */
  @Nullable Image asset(String name) {
    String file = name.isEmpty() ? null : material.assets().get(name);
    return file == null ? null : new Asset(file);
  }

  /** The emoji where there is one, else the asset. */
  @Nullable Image image(String emojiParam, String assetParam) {
    String emoji = text(emojiParam);
    return emoji.isEmpty() ? asset(text(assetParam)) : new Emoji(emoji);
  }

  /** The asset where there is one, else the emoji. */
  @Nullable Image icon(String prefix) {
    Image asset = asset(text(prefix + ".assetName"));
    String emoji = text(prefix + ".emoji");
    return asset != null ? asset : emoji.isEmpty() ? null : new Emoji(emoji);
  }

  /** The lines of a source that is not {@code param}, oldest first. */
  List<Line> lines(String source) {
    List<Line> lines = new ArrayList<>();
    switch (source) {
      case "chatMessages" -> messages(material.chat(), lines);
      case "transcript" -> messages(material.transcript(), lines);
      default -> {
        String items = text("highlightLines.items");
        int position = params.integer("highlightLines.position");
        if (!items.isBlank()) {
          for (String item : items.split("\n", -1)) {
            lines.add(new Line("", item, lines.size() == position));
          }
        }
      }
    }
    return lines;
  }

  private static void messages(List<Message> messages, List<Line> lines) {
    for (Message message : messages) {
      lines.add(new Line(message.from(), message.text(), false));
    }
  }

  /** The line that one place has room for: the highlighted one, or the newest message. */
  @Nullable Line line(String source) {
    List<Line> lines = lines(source);
    if (source.equals("highlightLines.items")) {
      return lines.stream().filter(Line::highlighted).findFirst().orElse(null);
    }
    return lines.isEmpty() ? null : lines.getLast();
  }

  TextMeter.Size measure(List<Run> runs, double room, int mostLines) {
    return meter.measure(runs, Math.max(1, room), mostLines);
  }

  /** Runs of one style. */
  static List<Run> runs(String text, TextStyle style) {
    return text.isEmpty() ? List.of() : List.of(new Run(text, style));
  }

  /** A drawing that is not turned, its box at a place. */
  static Drawing drawing(
      String id, double x, double y, double width, double height, double bleed, List<Part> parts) {
    return drawing(id, x + width / 2, y + height / 2, width, height, 0, 1, bleed, parts);
  }

  /**
   * A drawing around a middle.
   *
   * @param bleed px that parts may reach beyond the box
   */
  static Drawing drawing(
      String id,
      double middleX,
      double middleY,
      double width,
      double height,
      double rotation,
      double scaleX,
      double bleed,
      List<Part> parts) {
    double radians = Math.toRadians(rotation);
    double cos = Math.abs(Math.cos(radians));
    double sin = Math.abs(Math.sin(radians));
    double halfWidth = width * scaleX / 2 + bleed;
    double halfHeight = height / 2 + bleed;
    // Less than a thousandth of a pixel is no reason to take two more.
    int left = (int) Math.floor(middleX - halfWidth * cos - halfHeight * sin + 1e-3) & ~1;
    int top = (int) Math.floor(middleY - halfWidth * sin - halfHeight * cos + 1e-3) & ~1;
    int right = (int) Math.ceil(middleX + halfWidth * cos + halfHeight * sin - 1e-3) + 1 & ~1;
    int bottom = (int) Math.ceil(middleY + halfWidth * sin + halfHeight * cos - 1e-3) + 1 & ~1;
    return new Drawing(
        id,
        new Rect(left, top, Math.max(2, right - left), Math.max(2, bottom - top)),
        width,
        height,
        rotation,
        scaleX,
        parts,
        1);
  }

  /** Where a box begins that lies in a corner. */
  double cornerX(Corner corner, double boxWidth, double margin) {
    return corner == Corner.TOP_LEFT || corner == Corner.BOTTOM_LEFT
        ? margin
        : width - margin - boxWidth;
  }

  /** Where a box begins that lies in a corner. */
  double cornerY(Corner corner, double boxHeight, double margin) {
    return corner == Corner.TOP_LEFT || corner == Corner.TOP_RIGHT
        ? margin
        : height - margin - boxHeight;
  }

  /** The nearest even number, at least 2. */
  static double even(double length) {
    return Math.max(2, Fitting.nearestEven(length));
  }

  /** The next even number, at least 2. */
  static double evenAbove(double length) {
    return Math.max(2, 2 * Math.ceil(length / 2 - 1e-6));
  }
}
