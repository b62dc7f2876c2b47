package dev.callcast.scene;

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
   * A participant's picture, or the placeholder as long as there is none.
   *
   * @param track key of the video track ({@code participant/track}), or null: always the
   *     placeholder
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

  /** Shown while there is no picture: initials on a colour. */
  record Placeholder(String initials, Color background) {}
}
