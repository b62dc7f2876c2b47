package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.LibYuv;
import dev.callcast.gst.LibYuv.Filter;
import dev.callcast.gst.Zimg;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Rect;

/**
 * Brings a frame, or a part of it, upright and to size. Unless time is short ({@link #cheap}) which
 * library scales depends on the geometry alone, so that the same picture always gives the same
 * bytes: libyuv where the ratio is one of those it has special code for, zimg's bilinear filter,
 * which is cheaper and better at all others (docs/decisions/0003-scaling.md has the figures). One
 * thread; the composer closes it.
 */
final class Scaler implements AutoCloseable {
  /** Smaller sides are left to libyuv: zimg has no filter for the smallest. */
  private static final int ZIMG_LEAST = 8;

  private final Zimg zimg = new Zimg();
  private boolean cheap;
  private final Scratch turned = new Scratch();
  private final Scratch aligned = new Scratch();
  private final Scratch scaled = new Scratch();

  /**
   * Whether odd ratios too are scaled by libyuv from now on: two thirds of zimg's time at 2/3, a
   * quarter at 1/3.
   */
  void cheap(boolean wanted) {
    cheap = wanted;
  }

  /**
   * Scales a part of a frame to all of {@code to}.
   *
   * @param crop in px of the upright picture, even offsets
   */
  void scale(Frame frame, Rect crop, I420 to) {
    I420 picture = frame.picture();
    Rect part = unturned(crop, picture.width(), picture.height(), frame.rotation());
    switch (frame.rotation()) {
      case 0 -> scale(picture, part, to);
      case 180 -> {
        I420 unturned = turned.take(to.width(), to.height());
        scale(picture, part, unturned);
        LibYuv.rotate(unturned, to, 180);
      }
      case 90, 270 -> {
        I420 unturned = turned.take(to.height(), to.width());
        scale(picture, part, unturned);
        LibYuv.rotate(unturned, to, frame.rotation());
      }
      default -> throw new IllegalArgumentException("rotation of " + frame.rotation());
    }
  }

  /** Where a part of the upright picture lies in the picture as it was sent. */
  static Rect unturned(Rect crop, int width, int height, int rotation) {
    return switch (rotation) {
      case 90 ->
          new Rect(crop.y(), Math.max(0, height - crop.right()) & ~1, crop.height(), crop.width());
      case 180 ->
          new Rect(
              Math.max(0, width - crop.right()) & ~1,
              Math.max(0, height - crop.bottom()) & ~1,
              crop.width(),
              crop.height());
      case 270 ->
          new Rect(Math.max(0, width - crop.bottom()) & ~1, crop.x(), crop.height(), crop.width());
      default -> crop;
    };
  }

  private void scale(I420 picture, Rect part, I420 to) {
    if (part.width() == to.width() && part.height() == to.height()) {
      LibYuv.copy(crop(picture, part), to);
    } else if (isExact(part, to)) {
      LibYuv.scale(crop(picture, part), to, Filter.BOX);
    } else if (cheap
        || Math.min(part.width(), part.height()) < ZIMG_LEAST
        || Math.min(to.width(), to.height()) < ZIMG_LEAST) {
      LibYuv.scale(crop(picture, part), to, Filter.BILINEAR);
    } else {
      I420 result = scaled.take(to.width(), to.height());
      if (Zimg.isAligned(picture)) {
        zimg.scale(picture, part.x(), part.y(), part.width(), part.height(), result);
      } else {
        I420 copy = aligned.take(picture.width(), picture.height());
        LibYuv.copy(picture, copy);
        zimg.scale(copy, part.x(), part.y(), part.width(), part.height(), result);
      }
      LibYuv.copy(result, to);
    }
  }

  private static I420 crop(I420 picture, Rect part) {
    return picture.crop(part.x(), part.y(), part.width(), part.height());
  }

  /** Whether libyuv has special code for this ratio, in luma and chroma: 1/2, 1/4, 3/4 and 2. */
  private static boolean isExact(Rect part, I420 to) {
    if (((part.width() | part.height()) & 1) != 0) {
      return false;
    }
    return isRatio(part, to, 1, 2)
        || isRatio(part, to, 1, 4)
        || isRatio(part, to, 3, 4)
        || isRatio(part, to, 2, 1);
  }

  private static boolean isRatio(Rect part, I420 to, int up, int down) {
    return part.width() * up == to.width() * down && part.height() * up == to.height() * down;
  }

  @Override
  public void close() {
    zimg.close();
    turned.close();
    aligned.close();
    scaled.close();
  }
}
