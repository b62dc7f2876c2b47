package dev.callcast.media.compose;

import dev.callcast.gst.NativePicture;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The canvases of one composition, used in turn: while the encoder still reads some, the composer
 * paints the next. Any thread may call; the composition closes it. Canvases that are still held
 * then are freed by their last release.
 */
public final class CanvasPool implements AutoCloseable {
  private final int width;
  private final int height;
  private final int limit;

  // Guarded by this.
  private final ArrayDeque<Canvas> free = new ArrayDeque<>();
  private int made;
  private boolean closed;

  /**
   * Makes an empty pool; canvases are allocated as they are needed.
   *
   * @param width px, even
   * @param height px, even
   * @param limit most canvases that may exist; memory is 1.5 × width × height bytes each
   */
  public CanvasPool(int width, int height, int limit) {
    if (((width | height) & 1) != 0 || width < 2 || height < 2) {
      throw new IllegalArgumentException("canvas of " + width + "x" + height + " is not even");
    }
    if (limit < 2) {
      throw new IllegalArgumentException("a pool needs two canvases at least, not " + limit);
    }
    this.width = width;
    this.height = height;
    this.limit = limit;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /** A canvas with one reference, the caller's, and any content; null if all are in use. */
  public synchronized @Nullable Canvas acquire() {
    if (closed) {
      throw new IllegalStateException("canvas pool is closed");
    }
    // The one returned last: its memory is the warmest in the cache.
    Canvas canvas = free.pollLast();
    if (canvas == null) {
      if (made == limit) {
        return null;
      }
      made++;
      canvas = new Canvas(this, NativePicture.allocate(width, height));
    }
    canvas.acquired();
    return canvas;
  }

  /** Number of canvases that are held by someone. */
  public synchronized int inUse() {
    return made - free.size();
  }

  synchronized void returned(Canvas canvas) {
    if (closed) {
      made--;
      canvas.picture().close();
    } else {
      free.addLast(canvas);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    for (Canvas canvas; (canvas = free.poll()) != null; ) {
      made--;
      canvas.picture().close();
    }
  }
}
