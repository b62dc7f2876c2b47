package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.NativePicture;
import org.jspecify.annotations.Nullable;

/** A picture to work in that grows as needed. One thread; its owner closes it. */
final class Scratch implements AutoCloseable {
  private @Nullable NativePicture picture;

  /** A picture of that size with any content, valid until the next call. */
  I420 take(int width, int height) {
    NativePicture current = picture;
    if (current == null || current.width() < width || current.height() < height) {
      int newWidth = current == null ? width : Math.max(width, current.width());
      int newHeight = current == null ? height : Math.max(height, current.height());
      close();
      current = NativePicture.allocate(newWidth, newHeight);
      picture = current;
    }
    return current.view().crop(0, 0, width, height);
  }

  @Override
  public void close() {
    if (picture != null) {
      picture.close();
      picture = null;
    }
  }
}
