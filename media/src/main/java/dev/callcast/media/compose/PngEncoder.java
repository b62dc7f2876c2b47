package dev.callcast.media.compose;

import dev.callcast.gst.LibYuv;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.EncoderPNG;
import io.github.humbleui.skija.Image;
import io.github.humbleui.skija.ImageInfo;
import org.jspecify.annotations.Nullable;

/** Canvases as PNG. */
public final class PngEncoder {
  private PngEncoder() {}

  /** Encodes a picture of BT.601, limited range. Any thread that holds a reference. */
  public static byte[] encode(Canvas canvas) {
    int width = canvas.picture().width();
    int height = canvas.picture().height();
    byte[] rgba = LibYuv.toRgba(canvas.picture().view());
    try (Image image =
            Image.makeRasterFromBytes(
                new ImageInfo(width, height, ColorType.RGBA_8888, ColorAlphaType.OPAQUE),
                rgba,
                width * 4L);
        @Nullable Data data = EncoderPNG.encode(image)) {
      if (data == null) {
        throw new IllegalStateException("the picture cannot be encoded");
      }
      return data.getBytes();
    }
  }
}
