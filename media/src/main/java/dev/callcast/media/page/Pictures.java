package dev.callcast.media.page;

import dev.callcast.gst.LibYuv;
import dev.callcast.gst.NativePicture;
import dev.callcast.media.ingest.Frame;
import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Codec;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.ImageInfo;
import io.github.humbleui.skija.Pixmap;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest picture of a page. One thread brings them; any thread takes them, with a reference of
 * its own. Memory that comes back is used again, so that there is as much as is looked at and no
 * more.
 */
final class Pictures implements AutoCloseable {
  private static final int MOST_FREE = 2;
  private static final int LARGEST = 4096;

  private final Deque<NativePicture> free = new ArrayDeque<>(); // guarded by this
  private @Nullable Frame newest; // guarded by this
  private boolean closed; // guarded by this

  // Owned by the thread that brings them.
  private @Nullable Bitmap bitmap;
  private long serial;

  /**
   * Decodes one.
   *
   * @throws IllegalArgumentException if it is none, or too large
   */
  void add(byte[] encoded) {
    try (Data data = Data.makeFromBytes(encoded);
        Codec codec = Codec.makeFromData(data)) {
      int width = codec.getImageInfo().getWidth();
      int height = codec.getImageInfo().getHeight();
      if (width > LARGEST || height > LARGEST) {
        throw new IllegalArgumentException("a picture of " + width + "x" + height);
      }
      Bitmap pixels = bitmap(width, height);
      codec.readPixels(pixels);
      NativePicture picture = take(width, height);
      try (@Nullable Pixmap source = pixels.peekPixels()) {
        Pixmap bgra = Objects.requireNonNull(source);
        LibYuv.fromBgra(bgra.getBuffer(), bgra.getRowBytes(), picture.view());
      } catch (RuntimeException | Error e) {
        giveBack(picture);
        throw e;
      }
      publish(new Frame(picture.view(), System.nanoTime(), 0, ++serial, () -> giveBack(picture)));
    }
  }

  private Bitmap bitmap(int width, int height) {
    Bitmap known = bitmap;
    if (known != null && known.getWidth() == width && known.getHeight() == height) {
      return known;
    }
    if (known != null) {
      known.close();
      bitmap = null;
    }
    Bitmap made = new Bitmap();
    if (!made.allocPixels(
        new ImageInfo(width, height, ColorType.BGRA_8888, ColorAlphaType.OPAQUE))) {
      made.close();
      throw new IllegalArgumentException("there is no memory for its pixels");
    }
    bitmap = made;
    return made;
  }

  private synchronized void publish(Frame next) {
    if (closed) {
      next.release();
      return;
    }
    if (newest != null) {
      newest.release();
    }
    newest = next;
  }

  /** The newest one with a reference for the caller, or null. Any thread. */
  synchronized @Nullable Frame newest() {
    return newest == null ? null : newest.retain();
  }

  private synchronized NativePicture take(int width, int height) {
    NativePicture known = free.poll();
    while (known != null && (known.width() != width || known.height() != height)) {
      known.close();
      known = free.poll();
    }
    return known == null ? NativePicture.allocate(width, height) : known;
  }

  private synchronized void giveBack(NativePicture picture) {
    if (closed || free.size() >= MOST_FREE) {
      picture.close();
    } else {
      free.push(picture);
    }
  }

  /**
   * After the thread that brings them has ended; what others hold stays until they let go of it.
   */
  @Override
  public void close() {
    Frame last;
    synchronized (this) {
      closed = true;
      last = newest;
      newest = null;
      free.forEach(NativePicture::close);
      free.clear();
    }
    if (last != null) {
      last.release();
    }
    if (bitmap != null) {
      bitmap.close();
      bitmap = null;
    }
  }
}
