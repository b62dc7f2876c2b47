package dev.callcast.scene;

/**
 * A rectangle in canvas pixels, origin top left. Rectangles of video are even in all four numbers,
 * for 4:2:0 chroma.
 */
public record Rect(int x, int y, int width, int height) {
  public int right() {
    return x + width;
  }

  public int bottom() {
    return y + height;
  }

  public boolean contains(Rect other) {
    return other.x >= x && other.y >= y && other.right() <= right() && other.bottom() <= bottom();
  }

  public boolean intersects(Rect other) {
    return x < other.right() && other.x < right() && y < other.bottom() && other.y < bottom();
  }
}
