package dev.callcast.media.compose;

import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.FilterMipmap;
import io.github.humbleui.skija.FilterMode;
import io.github.humbleui.skija.Image;
import io.github.humbleui.skija.ImageInfo;
import io.github.humbleui.skija.MipmapMode;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.skija.SamplingMode;
import io.github.humbleui.skija.svg.SVGDOM;
import io.github.humbleui.skija.svg.SVGLengthContext;
import io.github.humbleui.types.Rect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images from files, decoded once. {@link #prepare} lets any thread decode ahead, so that the tick
 * thread does not have to; all else belongs to the tick thread. {@link Graphics} closes it.
 */
final class Images implements AutoCloseable {
  /** A decoded picture: at most so many are kept. */
  private static final int KEPT = 16;

  /** A file that could not be decoded is not looked at again for so long. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(5);

  private static final Logger LOG = LoggerFactory.getLogger(Images.class);

  private static final SamplingMode SMALLER =
      new FilterMipmap(FilterMode.LINEAR, MipmapMode.LINEAR);

  /** An image that can be painted at any size. */
  sealed interface Decoded extends AutoCloseable {
    /** px; of a drawing without a size of its own, what its proportions are. */
    double width();

    double height();

    void paint(Canvas canvas, Rect from, Rect to);

    @Override
    void close();
  }

  /** Of pixels. */
  private record Pixels(Image image) implements Decoded {
    @Override
    public double width() {
      return image.getWidth();
    }

    @Override
    public double height() {
      return image.getHeight();
    }

    @Override
    public void paint(Canvas canvas, Rect from, Rect to) {
      boolean smaller = to.getWidth() < from.getWidth();
      try (Paint paint = new Paint().setAntiAlias(true)) {
        canvas.drawImageRect(
            image, from, to, smaller ? SMALLER : SamplingMode.MITCHELL, paint, true);
      }
    }

    @Override
    public void close() {
      image.close();
    }
  }

  /** Of shapes: sharp at every size. */
  private record Shapes(SVGDOM dom, double width, double height) implements Decoded {
    @Override
    public void paint(Canvas canvas, Rect from, Rect to) {
      canvas.save();
      canvas.clipRect(to);
      canvas.translate(to.getLeft(), to.getTop());
      canvas.scale(to.getWidth() / from.getWidth(), to.getHeight() / from.getHeight());
      canvas.translate(-from.getLeft(), -from.getTop());
      dom.setContainerSize((float) width, (float) height);
      dom.render(canvas);
      canvas.restore();
    }

    @Override
    public void close() {
      dom.close();
    }
  }

  private final LinkedHashMap<String, Decoded> images =
      new LinkedHashMap<>(16, 0.75f, true); // guarded by this

  /** When a file could not be decoded last, ns. */
  private final Map<String, Long> broken = new HashMap<>(); // guarded by this

  /** Decodes a file ahead of its use. */
  void prepare(String file) {
    with(file, image -> {});
  }

  /** What to do with an image. */
  interface Use {
    void with(Decoded image);
  }

  /** Uses an image; a file that is gone or no image is logged once and left out. */
  synchronized void with(String file, Use use) {
    Decoded image = images.get(file);
    if (image == null && !failedLately(file)) {
      try {
        image = decode(Files.readAllBytes(Path.of(file)));
        images.put(file, image);
        if (images.size() > KEPT) {
          images.pollFirstEntry().getValue().close();
        }
      } catch (IOException | RuntimeException e) {
        LOG.error("image {} cannot be shown", file, e);
        broken.put(file, System.nanoTime());
      }
    }
    if (image != null) {
      use.with(image);
    }
  }

  private synchronized boolean failedLately(String file) {
    Long failed = broken.get(file);
    return failed != null && System.nanoTime() - failed < RETRY;
  }

  /**
   * Decodes PNG, JPEG, WebP or SVG.
   *
   * @throws IllegalArgumentException if it is none of these, or damaged
   */
  static Decoded decode(byte[] bytes) {
    return looksLikeXml(bytes) ? shapes(bytes) : pixels(bytes);
  }

  static boolean looksLikeXml(byte[] bytes) {
    int i = 0;
    if (bytes.length > 3 && (bytes[0] & 0xff) == 0xef && (bytes[1] & 0xff) == 0xbb) {
      i = 3; // byte order mark
    }
    while (i < bytes.length && Character.isWhitespace(bytes[i])) {
      i++;
    }
    return i < bytes.length && bytes[i] == '<';
  }

  private static Decoded pixels(byte[] bytes) {
    try (Image encoded = Image.makeDeferredFromEncodedBytes(bytes);
        Bitmap bitmap = new Bitmap()) {
      ImageInfo info =
          new ImageInfo(
              encoded.getWidth(), encoded.getHeight(), ColorType.RGBA_8888, ColorAlphaType.PREMUL);
      // Decodes now: a deferred image would do it at its first use.
      if (!bitmap.allocPixels(info) || !encoded.readPixels(bitmap)) {
        throw new IllegalArgumentException("its pixels cannot be decoded");
      }
      bitmap.setImmutable();
      return new Pixels(Image.makeRasterFromBitmap(bitmap));
    }
  }

  private static Decoded shapes(byte[] bytes) {
    try (Data data = Data.makeFromBytes(bytes)) {
      SVGDOM dom = new SVGDOM(data);
      var root = dom.getRoot();
      if (root == null) {
        dom.close();
        throw new IllegalArgumentException("it is not an SVG image");
      }
      try (root) {
        var size = root.getIntrinsicSize(new SVGLengthContext(100, 100));
        var box = root.getViewBox();
        double boxWidth = box == null || box.getWidth() <= 0 ? 100 : box.getWidth();
        double boxHeight = box == null || box.getHeight() <= 0 ? 100 : box.getHeight();
        double width = size.getX() > 0 ? size.getX() : boxWidth;
        double height = size.getY() > 0 ? size.getY() : boxHeight;
        return new Shapes(dom, width, height);
      }
    }
  }

  @Override
  public synchronized void close() {
    images.values().forEach(Decoded::close);
    images.clear();
  }
}
