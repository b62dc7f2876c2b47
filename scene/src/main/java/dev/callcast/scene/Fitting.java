package dev.callcast.scene;

import dev.callcast.scene.Layer.ScaleMode;

/** Fits a picture into a box: what of the picture is shown, and where. Pure. */
public final class Fitting {
  private Fitting() {}

  /**
   * Where a picture goes.
   *
   * @param destination on the canvas, even in all numbers
   * @param cropX px of the source, even, so that it falls on a 4:2:0 chroma sample
   * @param cropY likewise
   * @param cropWidth px of the source; even, or odd only where the crop reaches the right edge of a
   *     source of odd width
   * @param cropHeight likewise
   */
  public record Placement(Rect destination, int cropX, int cropY, int cropWidth, int cropHeight) {}

  /**
   * Fits a picture into a box. {@link ScaleMode#FILL} covers the box and crops the source around
   * its centre; {@link ScaleMode#FIT} shows all of the source in the largest rectangle of its
   * aspect, centred in the box. The aspect is exact to one pixel of the crop, or of the
   * destination.
   *
   * @param box even in all numbers, at least 2x2
   * @param zoom 1 to 4, shows 1/zoom of the crop's width and height; ignored with FIT
   * @param sourceWidth px, at least 1
   * @param sourceHeight px, at least 1
   */
  public static Placement place(
      Rect box, ScaleMode scaleMode, double zoom, int sourceWidth, int sourceHeight) {
    if (sourceWidth < 1 || sourceHeight < 1) {
      throw new IllegalArgumentException("no size: " + sourceWidth + "x" + sourceHeight);
    }
    return switch (scaleMode) {
      case FILL -> fill(box, Math.clamp(zoom, 1, 4), sourceWidth, sourceHeight);
      case FIT ->
          new Placement(
              fit(box, (double) sourceWidth / sourceHeight), 0, 0, sourceWidth, sourceHeight);
    };
  }

  /** The largest rectangle of this aspect (width / height), centred in a box; all even. */
  static Rect fit(Rect box, double aspect) {
    int width = box.width();
    int height = box.height();
    if (height * aspect >= width) {
      height = Math.clamp(nearestEven(width / aspect), 2, box.height());
    } else {
      width = Math.clamp(nearestEven(height * aspect), 2, box.width());
    }
    return new Rect(
        box.x() + even((box.width() - width) / 2),
        box.y() + even((box.height() - height) / 2),
        width,
        height);
  }

  private static Placement fill(Rect box, double zoom, int sourceWidth, int sourceHeight) {
    double boxAspect = (double) box.width() / box.height();
    int width = crop(Math.min(sourceWidth, sourceHeight * boxAspect) / zoom, sourceWidth);
    int height = crop(Math.min(sourceHeight, sourceWidth / boxAspect) / zoom, sourceHeight);
    return new Placement(
        box, middle(sourceWidth - width), middle(sourceHeight - height), width, height);
  }

  /** The whole length where it is as near as any even one, else the nearest even one. */
  private static int crop(double exact, int whole) {
    if (whole <= 2) {
      return whole;
    }
    int nearest = Math.clamp(nearestEven(exact), 2, even(whole));
    return Math.abs(whole - exact) <= Math.abs(nearest - exact) ? whole : nearest;
  }

  /** The even offset that comes nearest to leaving half of {@code rest} on either side. */
  private static int middle(int rest) {
    return 2 * (int) Math.ceil(rest / 4.0 - 0.5);
  }

  /** The nearest even number not above {@code value}. */
  static int even(int value) {
    return value & ~1;
  }

  static int nearestEven(double value) {
    return 2 * (int) Math.round(value / 2);
  }
}
