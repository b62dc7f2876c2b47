package dev.callcast.testkit.check;

import dev.callcast.scene.Rect;

/**
 * Where a participant's whole picture lies on the canvas, in px: larger than its tile where the
 * tile shows a part of it only.
 */
public record Placement(double x, double y, double width, double height) {

  /** The picture is the tile. */
  public static Placement exactly(Rect tile) {
    return new Placement(tile.x(), tile.y(), tile.width(), tile.height());
  }

  /** The whole picture inside the tile, centred, as large as it goes. */
  public static Placement fit(Rect tile, int sourceWidth, int sourceHeight) {
    double scale =
        Math.min((double) tile.width() / sourceWidth, (double) tile.height() / sourceHeight);
    return centred(tile, sourceWidth * scale, sourceHeight * scale);
  }

  /** The tile full of the picture, centred, what stands over cut off. */
  public static Placement fill(Rect tile, int sourceWidth, int sourceHeight) {
    double scale =
        Math.max((double) tile.width() / sourceWidth, (double) tile.height() / sourceHeight);
    return centred(tile, sourceWidth * scale, sourceHeight * scale);
  }

  private static Placement centred(Rect tile, double width, double height) {
    return new Placement(
        tile.x() + (tile.width() - width) / 2,
        tile.y() + (tile.height() - height) / 2,
        width,
        height);
  }
}
