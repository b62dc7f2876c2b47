package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.gst.NativePicture;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Rect;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;

/** Frames, layers and samples for tests. */
final class Pictures {
  /** Frames that were made and not freed yet. */
  static final AtomicInteger ALIVE = new AtomicInteger();

  private static long serial;

  private Pictures() {}

  /** A frame of one colour. */
  static Frame solid(int width, int height, int y, int u, int v) {
    byte[] samples = new byte[size(width, height)];
    int luma = width * height;
    int chroma = (samples.length - luma) / 2;
    java.util.Arrays.fill(samples, 0, luma, (byte) y);
    java.util.Arrays.fill(samples, luma, luma + chroma, (byte) u);
    java.util.Arrays.fill(samples, luma + chroma, samples.length, (byte) v);
    return frame(width, height, samples, 0);
  }

  /** A frame of smooth gradients with noise, different for each seed. */
  static Frame textured(int width, int height, int rotation, long seed) {
    Random random = new Random(seed);
    byte[] samples = new byte[size(width, height)];
    int phase = random.nextInt(255);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (40 + (i % width + i / width + phase + random.nextInt(30)) % 180);
    }
    return frame(width, height, samples, rotation);
  }

  static Frame frame(int width, int height, byte[] samples, int rotation) {
    NativePicture picture = NativePicture.allocate(width, height);
    picture.load(samples);
    ALIVE.incrementAndGet();
    return new Frame(
        picture.view(),
        0,
        rotation,
        serial++,
        () -> {
          ALIVE.decrementAndGet();
          picture.close();
        });
  }

  private static int size(int width, int height) {
    return width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2);
  }

  static Tile tile(String id, Rect rect) {
    return new Tile(
        id, id, id, rect, ScaleMode.FILL, 1, 0, 1, null, new Placeholder("AB", Color.BLACK));
  }

  static Tile with(Tile tile, double radius, double opacity, Border border) {
    return new Tile(
        tile.id(),
        tile.participant(),
        tile.track(),
        tile.rect(),
        tile.scaleMode(),
        tile.zoom(),
        radius,
        opacity,
        border,
        tile.placeholder());
  }

  static Tile with(Tile tile, ScaleMode mode, double zoom) {
    return new Tile(
        tile.id(),
        tile.participant(),
        tile.track(),
        tile.rect(),
        mode,
        zoom,
        tile.cornerRadius(),
        tile.opacity(),
        tile.border(),
        tile.placeholder());
  }

  static Label label(String id, Rect rect, String text, Icon icon) {
    return new Label(
        id,
        rect,
        text,
        Align.LEFT,
        "Roboto",
        600,
        20,
        Color.WHITE,
        new Color(0, 0, 0, 230),
        3,
        icon,
        1);
  }

  static Box box(String id, Rect rect, Color color, double radius, double opacity) {
    return new Box(id, rect, color, radius, opacity);
  }

  /** Random access to the samples of a picture. */
  static final class Samples {
    private final byte[] bytes;
    private final int width;
    private final int height;

    Samples(I420 picture) {
      bytes = picture.toBytes();
      width = picture.width();
      height = picture.height();
    }

    Samples(Canvas canvas) {
      this(canvas.picture().view());
    }

    int y(int x, int y) {
      return bytes[y * width + x] & 0xff;
    }

    /** U at chroma coordinates. */
    int u(int x, int y) {
      return bytes[width * height + y * ((width + 1) / 2) + x] & 0xff;
    }

    /** V at chroma coordinates. */
    int v(int x, int y) {
      int chroma = ((width + 1) / 2) * ((height + 1) / 2);
      return bytes[width * height + chroma + y * ((width + 1) / 2) + x] & 0xff;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /** Writes a picture for people to look at. */
  static void png(I420 picture, Path file) {
    byte[] rgba = dev.callcast.gst.LibYuv.toRgba(picture);
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < picture.width() * picture.height(); i++) {
      image.setRGB(
          i % picture.width(),
          i / picture.width(),
          (rgba[4 * i] & 0xff) << 16 | (rgba[4 * i + 1] & 0xff) << 8 | rgba[4 * i + 2] & 0xff);
    }
    try {
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
