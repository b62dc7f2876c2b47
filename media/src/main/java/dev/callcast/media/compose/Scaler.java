package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.LibYuv;
import dev.callcast.gst.LibYuv.Filter;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Rect;

/** Brings a frame, or a part of it, upright and to size. One thread; the composer closes it. */
final class Scaler implements AutoCloseable {
  private final Scratch turned = new Scratch();

  /**
   * Scales a part of a frame to all of {@code to}.
   *
   * @param crop in px of the upright picture, even offsets
   */
  void scale(Frame frame, Rect crop, I420 to) {
    I420 picture = frame.picture();
    Rect part = unturned(crop, picture.width(), picture.height(), frame.rotation());
    I420 from = picture.crop(part.x(), part.y(), part.width(), part.height());
    switch (frame.rotation()) {
      case 0 -> scale(from, to);
      case 180 -> {
        I420 scaled = turned.take(to.width(), to.height());
        scale(from, scaled);
        LibYuv.rotate(scaled, to, 180);
      }
      case 90, 270 -> {
        I420 scaled = turned.take(to.height(), to.width());
        scale(from, scaled);
        LibYuv.rotate(scaled, to, frame.rotation());
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

  private static void scale(I420 from, I420 to) {
    if (from.width() == to.width() && from.height() == to.height()) {
      LibYuv.copy(from, to);
    } else {
      LibYuv.scale(from, to, Filter.BILINEAR);
    }
  }

  @Override
  public void close() {
    turned.close();
  }
}
