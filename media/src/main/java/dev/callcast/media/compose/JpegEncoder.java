package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.LibYuv;
import dev.callcast.gst.LibYuv.Filter;
import dev.callcast.gst.NativePicture;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.EncodeJPEGOptions;
import io.github.humbleui.skija.EncoderJPEG;
import io.github.humbleui.skija.Image;
import io.github.humbleui.skija.ImageInfo;
import org.jspecify.annotations.Nullable;

/**
 * Makes snapshots of canvases. Stateless: any thread that holds a reference to the canvas, which is
 * never the composer's own.
 */
public final class JpegEncoder {
  private JpegEncoder() {}

  /**
   * Encodes a canvas, at most in its own size.
   *
   * @param width px, even or not; the height follows. More than the canvas has means its own
   * @param quality 1 to 100
   */
  public static byte[] encode(Canvas canvas, int width, int quality) {
    return encode(canvas.picture().view(), width, quality);
  }

  static byte[] encode(I420 picture, int width, int quality) {
    if (width < 1 || quality < 1 || quality > 100) {
      throw new IllegalArgumentException("width " + width + ", quality " + quality);
    }
    if (width >= picture.width()) {
      return encode(picture, quality);
    }
    int height = Math.max(1, Math.round((float) picture.height() * width / picture.width()));
    try (NativePicture small = NativePicture.allocate(width, height)) {
      LibYuv.scale(picture, small.view(), Filter.BOX);
      return encode(small.view(), quality);
    }
  }

  private static byte[] encode(I420 picture, int quality) {
    ImageInfo info =
        new ImageInfo(
            picture.width(), picture.height(), ColorType.RGBA_8888, ColorAlphaType.OPAQUE);
    try (Image image =
            Image.makeRasterFromBytes(info, LibYuv.toRgba(picture), info.getMinRowBytes());
        @Nullable Data data =
            EncoderJPEG.encode(image, EncodeJPEGOptions.DEFAULT.withQuality(quality))) {
      if (data == null) {
        throw new IllegalStateException(
            "cannot encode a picture of " + info.getWidth() + "x" + info.getHeight());
      }
      return data.getBytes();
    }
  }
}
