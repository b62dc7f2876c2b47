package dev.callcast.media.compose;

import dev.callcast.gst.NativeAlpha;
import org.jspecify.annotations.Nullable;

/** A mask to work in that grows as needed. One thread; its owner closes it. */
final class AlphaScratch implements AutoCloseable {
  private @Nullable NativeAlpha mask;

  /** A mask with every value times {@code opacity} / 255; valid until the next call. */
  NativeAlpha dim(NativeAlpha from, int opacity) {
    NativeAlpha current = mask;
    if (current == null || current.width() < from.width() || current.height() < from.height()) {
      int width = current == null ? from.width() : Math.max(from.width(), current.width());
      int height = current == null ? from.height() : Math.max(from.height(), current.height());
      close();
      current = NativeAlpha.allocate(width, height);
      mask = current;
    }
    NativeAlpha to = current.crop(0, 0, from.width(), from.height());
    to.dim(from, opacity);
    return to;
  }

  @Override
  public void close() {
    if (mask != null) {
      mask.close();
      mask = null;
    }
  }
}
