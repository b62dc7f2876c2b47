package dev.callcast.scene;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing on the canvas. Layers are painted in the order of the scene's list; {@code id} matches
 * them over time.
 */
public sealed interface Layer {
  String id();

  Rect rect();

  /** 0 invisible, 1 opaque. */
  double opacity();

  /**
   * A participant's picture or a web page's, or the placeholder as long as there is none.
   *
   * @param participant or empty where a {@link WebFrame} is shown
   * @param track key of the video track ({@code participant/track}) or of the page, or null: always
   *     the placeholder
   * @param rect even in all numbers
   * @param zoom 1 to 4, with {@link ScaleMode#FILL} only
   * @param cornerRadius px
   * @param border drawn inside the rectangle, following the corners, or null
   */
  record Tile(
      String id,
      String participant,
      @Nullable String track,
      Rect rect,
      ScaleMode scaleMode,
      double zoom,
      double cornerRadius,
      double opacity,
      @Nullable Border border,
      Placeholder placeholder)
      implements Layer {}

  /** A filled rectangle: level meters, plates. */
  record Box(String id, Rect rect, Color color, double cornerRadius, double opacity)
      implements Layer {}

  /**
   * One line of text, vertically centred in its rectangle and shortened with an ellipsis where it
   * does not fit.
   *
   * @param fontSize px
   * @param strokeWidth px, 0 for none
   * @param icon a muted microphone before the text, or null
   */
  record Label(
      String id,
      Rect rect,
      String text,
      Align align,
      String fontFamily,
      int fontWeight,
      double fontSize,
      Color color,
      Color strokeColor,
      double strokeWidth,
      @Nullable Icon icon,
      double opacity)
      implements Layer {}

  /**
   * Plates, texts and images that are painted as one: a banner, a text, a flying emoji. The parts
   * lie in a box whose middle is the rectangle's; the box may be stretched and turned there.
   *
   * @param rect all that is painted lies within; even in all numbers, may leave the canvas
   * @param boxWidth px
   * @param boxHeight px
   * @param rotation degrees clockwise
   * @param scaleX stretches to the sides, 1 for not at all
   * @param parts painted in order
   */
  record Drawing(
      String id,
      Rect rect,
      double boxWidth,
      double boxHeight,
      double rotation,
      double scaleX,
      List<Part> parts,
      double opacity)
      implements Layer {
    public Drawing {
      parts = List.copyOf(parts);
    }

    /** The same, with another opacity. */
    public Drawing withOpacity(double shown) {
      return new Drawing(id, rect, boxWidth, boxHeight, rotation, scaleX, parts, shown);
    }
  }

  /** A part of a drawing; places and lengths in px of its box, origin top left. */
  sealed interface Part {}

  /**
   * A filled rectangle.
   *
   * @param strokeWidth of a line around it, centred on its edge; 0 for none
   */
  record Plate(
      double x,
      double y,
      double width,
      double height,
      Color color,
      double cornerRadius,
      Color strokeColor,
      double strokeWidth)
      implements Part {}

  /**
   * Text, shaped and broken into lines as wide as there is room, the first one at the top.
   *
   * @param mostLines the last one ends with an ellipsis where there is more; 0 for any number
   */
  record Words(double x, double y, double width, List<Run> runs, Align align, int mostLines)
      implements Part {
    public Words {
      runs = List.copyOf(runs);
    }
  }

  /** An image in the middle of its place. */
  record Picture(double x, double y, double width, double height, Image image, ScaleMode scaleMode)
      implements Part {}

  /** What a picture shows. */
  sealed interface Image {}

  /** One or more characters that are pictures. */
  record Emoji(String text) implements Image {}

  /**
   * An image that was uploaded.
   *
   * @param file absolute path; another content has another path
   */
  record Asset(String file) implements Image {}

  /** Text in one style. */
  record Run(String text, TextStyle style) {}

  /**
   * How text is set.
   *
   * @param fontWeight 100 to 900
   * @param fontSize px
   * @param strokeWidth px, centred on the outline and below the fill; 0 for none
   */
  record TextStyle(
      String fontFamily,
      int fontWeight,
      boolean italic,
      double fontSize,
      Color color,
      Color strokeColor,
      double strokeWidth) {}

  /**
   * How a picture fits its rectangle: fill crops at the centre, fit leaves bars that show what lies
   * beneath.
   */
  enum ScaleMode {
    FILL,
    FIT
  }

  enum Align {
    LEFT,
    CENTER,
    RIGHT
  }

  enum Icon {
    MICROPHONE_MUTED
  }

  /** {@code width} in px. */
  record Border(double width, Color color) {}

  /**
   * Shown while there is no picture: initials on a colour.
   *
   * @param covered px at the bottom that a label takes: the initials are centred above them
   */
  record Placeholder(String initials, Color background, int covered) {
    /** Of the font's size: how far capitals reach above and below their middle. */
    static final double HALF_HEIGHT = 0.36;

    /** Where there is no picture, nothing is shown. */
    public static final Placeholder NOTHING = new Placeholder("", new Color(0, 0, 0, 0));

    public Placeholder(String initials, Color background) {
      this(initials, background, 0);
    }

    /** px, in a tile of this size. */
    public double fontSize(int width, int height) {
      return Math.min(Math.min(width * 0.3, height * 0.4), (height - covered) * 0.7);
    }
  }
}
