package dev.callcast.scene;

import java.util.ArrayList;
import java.util.List;

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

  /** What remains without {@code holes}, in rectangles that do not overlap. */
  public List<Rect> minus(List<Rect> holes) {
    List<Rect> left = List.of(this);
    for (Rect hole : holes) {
      List<Rect> next = new ArrayList<>();
      for (Rect rect : left) {
        rect.cut(hole, next);
      }
      left = next;
    }
    return left;
  }

  private void cut(Rect hole, List<Rect> rest) {
    if (!intersects(hole)) {
      rest.add(this);
      return;
    }
    int top = Math.max(y, hole.y);
    int bottom = Math.min(bottom(), hole.bottom());
    addIfAny(x, y, right(), top, rest);
    addIfAny(x, top, hole.x, bottom, rest);
    addIfAny(hole.right(), top, right(), bottom, rest);
    addIfAny(x, bottom, right(), bottom(), rest);
  }

  private static void addIfAny(int left, int top, int right, int bottom, List<Rect> to) {
    if (left < right && top < bottom) {
      to.add(new Rect(left, top, right - left, bottom - top));
    }
  }
}
