package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

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

  /**
   * The part of this picture that starts at ({@code x}, {@code y}); both must be even, so that
   * chroma starts on a sample.
   */
  public I420 crop(int x, int y, int width, int height) {
    if (((x | y) & 1) != 0) {
      throw new IllegalArgumentException("crop starts at odd (" + x + ", " + y + ")");
    }
    if (x < 0
        || y < 0
        || width < 1
        || height < 1
        || x + width > this.width
        || y + height > this.height) {
      throw new IllegalArgumentException(
          "crop %d,%d %dx%d is outside a picture of %dx%d"
              .formatted(x, y, width, height, this.width, this.height));
    }
    return new I420(
        width,
        height,
        this.y.asSlice((long) y * strideY + x),
        strideY,
        u.asSlice((long) (y / 2) * strideU + x / 2),
        strideU,
        v.asSlice((long) (y / 2) * strideV + x / 2),
        strideV);
  }

  /** A copy of the samples without padding: the Y plane, then U, then V. */
  public byte[] toBytes() {
    int luma = width * height;
    int chroma = chromaWidth() * chromaHeight();
    byte[] bytes = new byte[luma + 2 * chroma];
    read(y, strideY, width, height, bytes, 0);
    read(u, strideU, chromaWidth(), chromaHeight(), bytes, luma);
    read(v, strideV, chromaWidth(), chromaHeight(), bytes, luma + chroma);
    return bytes;
  }

  /**
   * Luma in the middles of a grid's cells, row by row: a look at a picture for little.
   *
   * @param into {@code columns * rows} bytes, unsigned
   */
  public void sampleLuma(int columns, int rows, byte[] into) {
    for (int row = 0; row < rows; row++) {
      long line = (long) (height * (2 * row + 1) / (2 * rows)) * strideY;
      for (int column = 0; column < columns; column++) {
        into[row * columns + column] =
            y.get(JAVA_BYTE, line + width * (2 * column + 1) / (2 * columns));
      }
    }
  }

  private static void read(
      MemorySegment plane, int stride, int width, int height, byte[] into, int offset) {
    for (int row = 0; row < height; row++) {
      MemorySegment.copy(plane, JAVA_BYTE, (long) row * stride, into, offset + row * width, width);
    }
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
