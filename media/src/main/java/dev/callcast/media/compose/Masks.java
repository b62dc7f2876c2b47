package dev.callcast.media.compose;

import dev.callcast.gst.NativeAlpha;
import java.util.Arrays;

/**
 * Anti-aliased masks of rounded rectangles, cached by shape. Coverage is counted on 8x8 points a
 * pixel in the corners and is exact elsewhere. One thread; the composer closes it.
 */
final class Masks implements AutoCloseable {
  private static final int SAMPLES = 8;

  /**
   * A rounded rectangle in a mask.
   *
   * @param maskWidth px
   * @param maskHeight px
   * @param x left edge in the mask, px
   * @param y top edge in the mask, px
   * @param inset of the rectangle's edges, px; radius shrinks with it
   * @param alpha 0 to 255, where it covers
   * @param inverse what the rectangle does not cover instead of what it does
   */
  private record Shape(
      int maskWidth,
      int maskHeight,
      double x,
      double y,
      double width,
      double height,
      double radius,
      double inset,
      int alpha,
      boolean inverse) {}

  private final LruCache<Shape, NativeAlpha> cache = new LruCache<>(256);

  /** Side of the square, even, that holds all of a corner's curve or a border's width. */
  static int corner(double extent) {
    return (int) Math.ceil(extent / 2) * 2;
  }

  /** The inside of a rounded rectangle that lies somewhere in the mask. */
  NativeAlpha inside(
      int maskWidth,
      int maskHeight,
      int x,
      int y,
      int width,
      int height,
      double radius,
      int alpha) {
    return cache.get(
        new Shape(maskWidth, maskHeight, x, y, width, height, radius, 0, alpha, false),
        Masks::draw);
  }

  /**
   * What a rounded rectangle that fills {@code width} x {@code height} leaves free in a part of it.
   */
  NativeAlpha outside(
      int partX, int partY, int partWidth, int partHeight, int width, int height, double radius) {
    return cache.get(
        new Shape(partWidth, partHeight, -partX, -partY, width, height, radius, 0, 255, true),
        Masks::draw);
  }

  /** The border of a rectangle, out to its very corners, in a part of it. */
  NativeAlpha border(
      int partX,
      int partY,
      int partWidth,
      int partHeight,
      int width,
      int height,
      double radius,
      double border,
      int alpha) {
    return cache.get(
        new Shape(
            partWidth, partHeight, -partX, -partY, width, height, radius, border, alpha, true),
        Masks::draw);
  }

  private static NativeAlpha draw(Shape shape) {
    int w = shape.maskWidth;
    int h = shape.maskHeight;
    double left = shape.x + shape.inset;
    double top = shape.y + shape.inset;
    double right = shape.x + shape.width - shape.inset;
    double bottom = shape.y + shape.height - shape.inset;
    double radius = Math.max(0, shape.radius - shape.inset);
    if (!shape.inverse && radius == 0 && left <= 0 && top <= 0 && right >= w && bottom >= h) {
      return NativeAlpha.constant(shape.alpha, w, h);
    }
    byte[] alpha = new byte[w * h];
    for (int y = 0; y < h; y++) {
      boolean curved = (y + 1 > top && y < top + radius) || (y < bottom && y + 1 > bottom - radius);
      double rowCover = overlap(y, top, bottom);
      if (!curved) {
        // Rows without a curve: exact, and alike between the side edges.
        fillRow(shape, alpha, y * w, left, right, rowCover);
        continue;
      }
      for (int x = 0; x < w; x++) {
        double cover =
            (x + 1 > left && x < left + radius) || (x < right && x + 1 > right - radius)
                ? sampled(x, y, left, top, right, bottom, radius)
                : rowCover * overlap(x, left, right);
        alpha[y * w + x] = value(shape, cover);
      }
    }
    return NativeAlpha.of(alpha, w, h);
  }

  private static void fillRow(
      Shape shape, byte[] alpha, int offset, double left, double right, double rowCover) {
    int w = shape.maskWidth;
    int from = (int) Math.clamp(Math.ceil(left), 0, w);
    int to = (int) Math.clamp(Math.floor(right), from, w);
    for (int x = 0; x < from; x++) {
      alpha[offset + x] = value(shape, rowCover * overlap(x, left, right));
    }
    Arrays.fill(alpha, offset + from, offset + to, value(shape, rowCover));
    for (int x = to; x < w; x++) {
      alpha[offset + x] = value(shape, rowCover * overlap(x, left, right));
    }
  }

  private static byte value(Shape shape, double cover) {
    return (byte) Math.round(shape.alpha * (shape.inverse ? 1 - cover : cover));
  }

  private static double overlap(int pixel, double from, double to) {
    return Math.clamp(Math.min(pixel + 1, to) - Math.max(pixel, from), 0, 1);
  }

  private static double sampled(
      int x, int y, double left, double top, double right, double bottom, double radius) {
    int hits = 0;
    for (int j = 0; j < SAMPLES; j++) {
      double py = y + (j + 0.5) / SAMPLES;
      double dy = Math.max(0, Math.max(top + radius - py, py - (bottom - radius)));
      if (py < top || py > bottom) {
        continue;
      }
      for (int i = 0; i < SAMPLES; i++) {
        double px = x + (i + 0.5) / SAMPLES;
        double dx = Math.max(0, Math.max(left + radius - px, px - (right - radius)));
        if (px >= left && px <= right && dx * dx + dy * dy <= radius * radius) {
          hits++;
        }
      }
    }
    return hits / (double) (SAMPLES * SAMPLES);
  }

  @Override
  public void close() {
    cache.close();
  }
}
