package dev.callcast.gst;

import java.lang.foreign.MemorySegment;

/**
 * A view of a planar 4:2:0 picture in native memory: full-size Y, then U and V of half the size,
 * rounded up. It owns nothing; whoever made it says how long its memory lives.
 */
public final class I420 {
  private final int width;
  private final int height;
  private final MemorySegment y;
  private final MemorySegment u;
  private final MemorySegment v;
  private final int strideY;
  private final int strideU;
  private final int strideV;

  I420(
      int width,
      int height,
      MemorySegment y,
      int strideY,
      MemorySegment u,
      int strideU,
      MemorySegment v,
      int strideV) {
    this.width = width;
    this.height = height;
    this.y = y;
    this.u = u;
    this.v = v;
    this.strideY = strideY;
    this.strideU = strideU;
    this.strideV = strideV;
  }

  /** Width in px, as it is: may be odd. */
  public int width() {
    return width;
  }

  /** Height in px, as it is: may be odd. */
  public int height() {
    return height;
  }

  /** Width of the U and V planes in px. */
  public int chromaWidth() {
    return (width + 1) / 2;
  }

  /** Height of the U and V planes in px. */
  public int chromaHeight() {
    return (height + 1) / 2;
  }

  MemorySegment y() {
    return y;
  }

  MemorySegment u() {
    return u;
  }

  MemorySegment v() {
    return v;
  }

  int strideY() {
    return strideY;
  }

  int strideU() {
    return strideU;
  }

  int strideV() {
    return strideV;
  }
}
