package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.LibYuv;
import dev.callcast.gst.NativeAlpha;
import dev.callcast.gst.NativePicture;
import org.jspecify.annotations.Nullable;

/**
 * Something painted, as colour and opacity in 4:2:0, cut to what is visible. One thread; whoever
 * makes it closes it.
 */
final class Graphic implements AutoCloseable {
  private final int x;
  private final int y;
  private final @Nullable NativePicture picture;
  private final @Nullable NativeAlpha alpha;

  private Graphic(int x, int y, @Nullable NativePicture picture, @Nullable NativeAlpha alpha) {
    this.x = x;
    this.y = y;
    this.picture = picture;
    this.alpha = alpha;
  }

  /**
   * Converts premultiplied sRGB.
   *
   * <p>Colours are stored straight, as the blending wants them; a chroma sample is the mean of its
   * four pixels weighted by their opacity, so that no colour of invisible pixels bleeds in.
   *
   * @param rgba four bytes a pixel, rows without padding
   * @param width px, even
   * @param height px, even
   */
  static Graphic of(byte[] rgba, int width, int height) {
    int left = width;
    int top = height;
    int right = 0;
    int bottom = 0;
    for (int y = 0; y < height; y++) {
      int row = y * width;
      int first = 0;
      while (first < width && rgba[(row + first) * 4 + 3] == 0) {
        first++;
      }
      if (first < width) {
        int last = width - 1;
        while (last >= right && rgba[(row + last) * 4 + 3] == 0) {
          last--;
        }
        left = Math.min(left, first);
        right = Math.max(right, last + 1);
        top = Math.min(top, y);
        bottom = y + 1;
      }
    }
    if (right <= left) {
      return new Graphic(0, 0, null, null);
    }
    left &= ~1;
    top &= ~1;
    int w = right - left + 1 & ~1;
    int h = bottom - top + 1 & ~1;
    byte[] alpha = new byte[w * h];
    byte[] samples = new byte[w * h * 3 / 2];
    for (int y = 0; y < h; y += 2) {
      for (int x = 0; x < w; x += 2) {
        int upper = ((top + y) * width + left + x) * 4;
        int lower = upper + width * 4;
        if ((rgba[upper + 3] & rgba[upper + 7] & rgba[lower + 3] & rgba[lower + 7]) == -1) {
          solid(rgba, upper, lower, x, y, w, h, samples, alpha);
        } else {
          block(rgba, width, left, top, x, y, w, h, samples, alpha);
        }
      }
    }
    NativePicture picture = NativePicture.allocate(w, h);
    picture.load(samples);
    return new Graphic(left, top, picture, NativeAlpha.of(alpha, w, h));
  }

  /**
   * What {@link #block} does, to the bit, where nothing shines through: of an image that moves that
   * is most of the work of a tick.
   */
  private static void solid(
      byte[] rgba, int upper, int lower, int x, int y, int w, int h, byte[] samples, byte[] alpha) {
    int red = 0;
    int green = 0;
    int blue = 0;
    for (int i = 0; i < 4; i++) {
      int at = (i < 2 ? upper : lower) + (i & 1) * 4;
      int to = (y + i / 2) * w + x + (i & 1);
      int r = rgba[at] & 0xff;
      int g = rgba[at + 1] & 0xff;
      int b = rgba[at + 2] & 0xff;
      red += r;
      green += g;
      blue += b;
      samples[to] = (byte) Yuv.luma(r, g, b);
      alpha[to] = -1;
    }
    int to = w * h + y / 2 * (w / 2) + x / 2;
    samples[to] = (byte) Yuv.blueness(red / 4.0, green / 4.0, blue / 4.0);
    samples[to + w * h / 4] = (byte) Yuv.redness(red / 4.0, green / 4.0, blue / 4.0);
  }

  /** Converts two by two pixels. */
  private static void block(
      byte[] rgba,
      int stride,
      int left,
      int top,
      int x,
      int y,
      int w,
      int h,
      byte[] samples,
      byte[] alpha) {
    double red = 0;
    double green = 0;
    double blue = 0;
    double weight = 0;
    for (int j = 0; j < 2; j++) {
      for (int i = 0; i < 2; i++) {
        int at = ((top + y + j) * stride + left + x + i) * 4;
        int a = rgba[at + 3] & 0xff;
        if (a == 0) {
          continue;
        }
        int r = rgba[at] & 0xff;
        int g = rgba[at + 1] & 0xff;
        int b = rgba[at + 2] & 0xff;
        red += r;
        green += g;
        blue += b;
        weight += a;
        double straight = 255.0 / a;
        int to = (y + j) * w + x + i;
        samples[to] = (byte) Yuv.luma(r * straight, g * straight, b * straight);
        alpha[to] = (byte) a;
      }
    }
    if (weight > 0) {
      double straight = 255 / weight;
      Yuv mean = Yuv.of(red * straight, green * straight, blue * straight);
      int to = w * h + y / 2 * (w / 2) + x / 2;
      samples[to] = (byte) mean.u();
      samples[to + w * h / 4] = (byte) mean.v();
    }
  }

  /** Blends it onto a picture with its origin at an even place; what lies outside is cut off. */
  void blendOnto(I420 canvas, int atX, int atY) {
    blendOnto(canvas, atX, atY, 255, null);
  }

  /**
   * The same, fainter.
   *
   * @param opacity 0 to 255, of the whole
   * @param scratch to work in, needed below 255
   */
  void blendOnto(I420 canvas, int atX, int atY, int opacity, @Nullable AlphaScratch scratch) {
    NativePicture colours = picture;
    NativeAlpha mask = alpha;
    if (colours == null || mask == null || opacity <= 0) {
      return;
    }
    int left = Math.max(0, atX + x);
    int top = Math.max(0, atY + y);
    int right = Math.min(canvas.width(), atX + x + colours.width());
    int bottom = Math.min(canvas.height(), atY + y + colours.height());
    if (right <= left || bottom <= top) {
      return;
    }
    int cutX = left - atX - x;
    int cutY = top - atY - y;
    int w = right - left;
    int h = bottom - top;
    NativeAlpha shown = mask.crop(cutX, cutY, w, h);
    if (opacity < 255 && scratch != null) {
      shown = scratch.dim(shown, opacity);
    }
    LibYuv.blend(colours.view().crop(cutX, cutY, w, h), shown, canvas.crop(left, top, w, h));
  }

  /** Native memory that it takes. */
  long bytes() {
    return picture == null ? 0 : (long) picture.width() * picture.height() * 3;
  }

  @Override
  public void close() {
    if (picture != null) {
      picture.close();
    }
    if (alpha != null) {
      alpha.close();
    }
  }
}
