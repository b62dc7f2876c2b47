package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A plain colour as a picture to blend from: one row per plane, read again for every row. Whoever
 * makes it closes it.
 */
public final class NativeColor implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int width;
  private final MemorySegment y;
  private final MemorySegment u;
  private final MemorySegment v;

  private NativeColor(int y, int u, int v, int width) {
    this.width = width;
    this.y = arena.allocate(width).fill((byte) y);
    this.u = arena.allocate(width).fill((byte) u);
    this.v = arena.allocate(width).fill((byte) v);
  }

  /** Makes one for pictures up to {@code width}. */
  public static NativeColor of(int y, int u, int v, int width) {
    return new NativeColor(y, u, v, width);
  }

  /** A picture of this colour. */
  public I420 view(int width, int height) {
    if (width > this.width) {
      throw new IllegalArgumentException(width + " is wider than " + this.width);
    }
    return new I420(width, height, y, 0, u, 0, v, 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
