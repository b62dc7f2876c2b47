package dev.callcast.media.ingest;

import dev.callcast.gst.I420;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A decoded picture of one track, in native memory that it shares with the decoder. Counted: made
 * with one reference, freed by the last {@link #release}.
 */
public final class Frame {
  private final I420 picture;
  private final long pts;
  private final int rotation;
  private final long serial;
  private final Runnable free;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Makes a frame with one reference, the caller's.
   *
   * @param pts ns on the call's timeline
   * @param rotation clockwise degrees by which the picture must be turned to stand upright: 0, 90,
   *     180, 270
   * @param serial unique within the track and growing: equal serials are equal pictures
   * @param free gives the memory back
   */
  public Frame(I420 picture, long pts, int rotation, long serial, Runnable free) {
    this.picture = picture;
    this.pts = pts;
    this.rotation = rotation;
    this.serial = serial;
    this.free = free;
  }

  public I420 picture() {
    return picture;
  }

  public long pts() {
    return pts;
  }

  public int rotation() {
    return rotation;
  }

  public long serial() {
    return serial;
  }

  /** Adds a reference; only a holder of one may. */
  public Frame retain() {
    int before = references.getAndIncrement();
    if (before <= 0) {
      throw new IllegalStateException("frame used after its release");
    }
    return this;
  }

  public void release() {
    int after = references.decrementAndGet();
    if (after == 0) {
      free.run();
    } else if (after < 0) {
      throw new IllegalStateException("frame released twice");
    }
  }
}
