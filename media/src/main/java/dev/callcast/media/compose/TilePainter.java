package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.LibYuv;
import dev.callcast.gst.NativeColor;
import dev.callcast.gst.NativePicture;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Rect;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Paints tiles and boxes. An opaque tile is scaled straight into the canvas: what its rounded
 * corners must show is saved before and blended back after, so that only corners and borders cost
 * more than a plain tile. One thread; the composer closes it.
 */
final class TilePainter implements AutoCloseable {
  private static final int CORNERS = 4;

  /** A scaled picture that is needed again because something over or under it moves. */
  private static final class Kept {
    private NativePicture picture;
    private @Nullable Frame frame;
    private @Nullable Rect crop;

    Kept(NativePicture picture) {
      this.picture = picture;
    }
  }

  private final Graphics graphics;
  private final Masks masks = new Masks();
  private final Scaler scaler = new Scaler();
  private final Scratch whole = new Scratch();
  private final Scratch corners = new Scratch();
  private final LruCache<Yuv, NativeColor> colors;
  private final int canvasWidth;
  private final Map<String, Kept> kept = new HashMap<>();

  TilePainter(Graphics graphics, int canvasWidth) {
    this.graphics = graphics;
    this.canvasWidth = canvasWidth;
    colors = new LruCache<>(64);
  }

  /**
   * Paints a tile.
   *
   * @param to where, even, inside the canvas
   * @param frame the picture, or null for the placeholder
   * @param crop the part of it that is shown
   * @param again whether the same frame was painted here before
   */
  void tile(
      I420 canvas, Tile tile, Rect to, @Nullable Frame frame, @Nullable Rect crop, boolean again) {
    I420 target = canvas.crop(to.x(), to.y(), to.width(), to.height());
    int opacity = opacity(tile.opacity());
    double radius = radius(tile.cornerRadius(), to.width(), to.height());
    if (opacity < 255) {
      I420 picture = whole.take(to.width(), to.height());
      picture(picture, tile, frame, crop, again);
      border(picture, tile.border(), radius);
      LibYuv.blend(
          picture,
          masks.inside(to.width(), to.height(), 0, 0, to.width(), to.height(), radius, opacity),
          target);
      return;
    }
    int side = Masks.corner(radius);
    I420 beneath = null;
    if (side > 0) {
      beneath = corners.take(CORNERS * side, side);
      for (int corner = 0; corner < CORNERS; corner++) {
        LibYuv.copy(corner(target, corner, side), beneath.crop(corner * side, 0, side, side));
      }
    }
    picture(target, tile, frame, crop, again);
    border(target, tile.border(), radius);
    if (beneath != null) {
      for (int corner = 0; corner < CORNERS; corner++) {
        int x = cornerX(corner, to.width(), side);
        int y = cornerY(corner, to.height(), side);
        LibYuv.blend(
            beneath.crop(corner * side, 0, side, side),
            masks.outside(x, y, side, side, to.width(), to.height(), radius),
            corner(target, corner, side));
      }
    }
  }

  /** Whether odd ratios are scaled by a cheaper filter from now on. */
  void cheap(boolean wanted) {
    scaler.cheap(wanted);
  }

  /** Loads libyuv and zimg. */
  void warmUp() {
    try (NativePicture from = NativePicture.allocate(64, 36);
        NativePicture to = NativePicture.allocate(40, 20)) {
      Frame frame = new Frame(from.view(), 0, 0, 0, () -> {});
      scaler.scale(frame, new Rect(0, 0, 64, 36), to.view());
      frame.release();
    }
  }

  /** Paints a box; what lies outside the canvas is cut off. */
  void box(I420 canvas, Box box, Rect bounds) {
    Yuv color = Yuv.of(box.color());
    Rect rect = box.rect();
    double radius = radius(box.cornerRadius(), rect.width(), rect.height());
    int alpha = (int) Math.round(box.color().alpha() * Math.clamp(box.opacity(), 0, 1));
    I420 target = canvas.crop(bounds.x(), bounds.y(), bounds.width(), bounds.height());
    if (alpha == 255 && radius == 0 && rect.contains(bounds)) {
      LibYuv.fill(target, color.y(), color.u(), color.v());
      return;
    }
    LibYuv.blend(
        solid(color, bounds.width(), bounds.height()),
        masks.inside(
            bounds.width(),
            bounds.height(),
            rect.x() - bounds.x(),
            rect.y() - bounds.y(),
            rect.width(),
            rect.height(),
            radius,
            alpha),
        target);
  }

  private void picture(
      I420 target, Tile tile, @Nullable Frame frame, @Nullable Rect crop, boolean again) {
    if (frame == null || crop == null) {
      Placeholder placeholder = tile.placeholder();
      Yuv color = Yuv.of(placeholder.background());
      LibYuv.fill(target, color.y(), color.u(), color.v());
      graphics.initials(placeholder, target.width(), target.height()).blendOnto(target, 0, 0);
    } else if (again) {
      LibYuv.copy(scaledBefore(tile.id(), frame, crop, target), target);
    } else {
      scaler.scale(frame, crop, target);
    }
  }

  private I420 scaledBefore(String id, Frame frame, Rect crop, I420 target) {
    Kept entry = kept.get(id);
    if (entry == null) {
      entry = new Kept(NativePicture.allocate(target.width(), target.height()));
      kept.put(id, entry);
    } else if (entry.picture.width() != target.width()
        || entry.picture.height() != target.height()) {
      entry.picture.close();
      entry.frame = null;
      entry.picture = NativePicture.allocate(target.width(), target.height());
    }
    if (entry.frame != frame || !crop.equals(entry.crop)) {
      scaler.scale(frame, crop, entry.picture.view());
      entry.frame = frame;
      entry.crop = crop;
    }
    return entry.picture.view();
  }

  /** Forgets what was kept of layers that are gone. */
  void retainOnly(Set<String> ids) {
    kept.entrySet()
        .removeIf(entry -> {
          if (ids.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().picture.close();
          return true;
        });
  }

  private void border(I420 target, @Nullable Border border, double radius) {
    if (border == null || border.width() <= 0 || border.color().alpha() == 0) {
      return;
    }
    int w = target.width();
    int h = target.height();
    double width = Math.min(border.width(), Math.min(w, h) / 2.0);
    // Curves lie in the strips above and below, the sides are straight.
    int strip = Math.min(Masks.corner(Math.max(width, radius)), h / 2 + 1 & ~1);
    int side = Math.min(Masks.corner(width), w / 2 + 1 & ~1);
    strip(target, border, radius, width, 0, 0, w, strip);
    strip(target, border, radius, width, 0, strip, side, h - 2 * strip);
    strip(target, border, radius, width, w - side, strip, side, h - 2 * strip);
    strip(
        target,
        border,
        radius,
        width,
        0,
        Math.max(strip, h - strip),
        w,
        Math.min(strip, h - strip));
  }

  private void strip(
      I420 target, Border border, double radius, double width, int x, int y, int w, int h) {
    if (w <= 0 || h <= 0) {
      return;
    }
    LibYuv.blend(
        solid(Yuv.of(border.color()), w, h),
        masks.border(
            x, y, w, h, target.width(), target.height(), radius, width, border.color().alpha()),
        target.crop(x, y, w, h));
  }

  private I420 solid(Yuv color, int width, int height) {
    return colors
        .get(color, c -> NativeColor.of(c.y(), c.u(), c.v(), canvasWidth))
        .view(width, height);
  }

  private static I420 corner(I420 target, int corner, int side) {
    return target.crop(
        cornerX(corner, target.width(), side), cornerY(corner, target.height(), side), side, side);
  }

  private static int cornerX(int corner, int width, int side) {
    return corner % 2 == 0 ? 0 : width - side;
  }

  private static int cornerY(int corner, int height, int side) {
    return corner / 2 == 0 ? 0 : height - side;
  }

  static int opacity(double opacity) {
    return (int) Math.round(255 * Math.clamp(opacity, 0, 1));
  }

  private static double radius(double wanted, int width, int height) {
    return Math.clamp(wanted, 0, Math.min(width, height) / 2.0);
  }

  @Override
  public void close() {
    retainOnly(Set.of());
    scaler.close();
    whole.close();
    corners.close();
    masks.close();
    colors.close();
  }
}
