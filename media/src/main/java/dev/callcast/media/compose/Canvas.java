package dev.callcast.media.compose;

import dev.callcast.gst.NativePicture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A composed picture, shared read-only by whoever shows, encodes or stores it. Counted: the last
 * {@link #release} gives it back to its {@link CanvasPool}. Only the composer that acquired it
 * writes to it, before it hands it out.
 */
public final class Canvas {
  private final CanvasPool pool;
  private final NativePicture picture;
  private final AtomicInteger references = new AtomicInteger();

  Canvas(CanvasPool pool, NativePicture picture) {
    this.pool = pool;
    this.picture = picture;
  }

  /** The pixels: BT.601 limited range. Valid while the caller holds a reference. */
  public NativePicture picture() {
    return picture;
  }

  /** Adds a reference; only a holder of one may. */
  public Canvas retain() {
    if (references.getAndIncrement() <= 0) {
      throw new IllegalStateException("canvas used after its release");
    }
    return this;
  }

  /** Gives up one reference. Any thread may. */
  public void release() {
    int after = references.decrementAndGet();
    if (after == 0) {
      pool.returned(this);
    } else if (after < 0) {
      throw new IllegalStateException("canvas released twice");
    }
  }

  void acquired() {
    references.set(1);
  }
}
