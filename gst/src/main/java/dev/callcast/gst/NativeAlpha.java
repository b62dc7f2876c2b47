package dev.callcast.gst;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Opacity of a 4:2:0 picture, sample by sample, 0 to 255: a plane for luma and one of half the size
 * (rounded up) for chroma, each chroma sample the mean of the luma samples it covers. Whoever makes
 * it closes it; crops of it are views and live as long.
 */
public final class NativeAlpha implements AutoCloseable {
  private final Arena arena;
  private final int width;
  private final int height;
  private final MemorySegment luma;
  private final int strideLuma;
  private final MemorySegment chroma;
  private final int strideChroma;

  private NativeAlpha(
      Arena arena,
      int width,
      int height,
      MemorySegment luma,
      int strideLuma,
      MemorySegment chroma,
      int strideChroma) {
    this.arena = arena;
    this.width = width;
    this.height = height;
    this.luma = luma;
    this.strideLuma = strideLuma;
    this.chroma = chroma;
    this.strideChroma = strideChroma;
  }

  /**
   * Makes one from its luma plane.
   *
   * @param alpha rows without padding
   */
  public static NativeAlpha of(byte[] alpha, int width, int height) {
    if (alpha.length != width * height) {
      throw new IllegalArgumentException(
          alpha.length + " bytes for a mask of " + width + "x" + height);
    }
    int chromaWidth = (width + 1) / 2;
    int chromaHeight = (height + 1) / 2;
    byte[] half = new byte[chromaWidth * chromaHeight];
    for (int row = 0; row < chromaHeight; row++) {
      int top = 2 * row * width;
      int bottom = 2 * row + 1 < height ? top + width : top;
      for (int column = 0; column < chromaWidth; column++) {
        int left = 2 * column;
        int right = Math.min(left + 1, width - 1);
        int sum =
            (alpha[top + left] & 0xff)
                + (alpha[top + right] & 0xff)
                + (alpha[bottom + left] & 0xff)
                + (alpha[bottom + right] & 0xff);
        half[row * chromaWidth + column] = (byte) ((sum + 2) / 4);
      }
    }
    Arena arena = Arena.ofShared();
    MemorySegment luma = arena.allocate(alpha.length);
    MemorySegment chroma = arena.allocate(half.length);
    NativePicture.write(alpha, 0, luma, width, width, height);
    NativePicture.write(half, 0, chroma, chromaWidth, chromaWidth, chromaHeight);
    return new NativeAlpha(arena, width, height, luma, width, chroma, chromaWidth);
  }

  /** Makes one that has the same value everywhere; it takes one row of memory. */
  public static NativeAlpha constant(int alpha, int width, int height) {
    Arena arena = Arena.ofShared();
    MemorySegment row = arena.allocate(width).fill((byte) alpha);
    return new NativeAlpha(arena, width, height, row, 0, row, 0);
  }

  /** Makes one with memory for every sample, to {@link #dim} others into. */
  public static NativeAlpha allocate(int width, int height) {
    Arena arena = Arena.ofShared();
    int chromaWidth = (width + 1) / 2;
    int chromaHeight = (height + 1) / 2;
    return new NativeAlpha(
        arena,
        width,
        height,
        arena.allocate((long) width * height),
        width,
        arena.allocate((long) chromaWidth * chromaHeight),
        chromaWidth);
  }

  /**
   * Takes the values of another of this size, each times {@code opacity} / 255, rounded.
   *
   * @param opacity 0 to 255
   */
  public void dim(NativeAlpha from, int opacity) {
    if (from.width != width || from.height != height) {
      throw new IllegalArgumentException(
          "mask of %dx%d into one of %dx%d".formatted(from.width, from.height, width, height));
    }
    byte[] table = new byte[256];
    for (int i = 0; i < 256; i++) {
      table[i] = (byte) ((i * opacity + 127) / 255);
    }
    byte[] row = new byte[width];
    dim(from.luma, from.strideLuma, luma, strideLuma, width, height, table, row);
    dim(
        from.chroma,
        from.strideChroma,
        chroma,
        strideChroma,
        (width + 1) / 2,
        (height + 1) / 2,
        table,
        row);
  }

  private static void dim(
      MemorySegment from,
      int strideFrom,
      MemorySegment to,
      int strideTo,
      int width,
      int height,
      byte[] table,
      byte[] row) {
    for (int y = 0; y < height; y++) {
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, (long) y * strideFrom, row, 0, width);
      for (int x = 0; x < width; x++) {
        row[x] = table[row[x] & 0xff];
      }
      MemorySegment.copy(row, 0, to, ValueLayout.JAVA_BYTE, (long) y * strideTo, width);
    }
  }

  /** The part that starts at ({@code x}, {@code y}), both even. Closing it has no effect of use. */
  public NativeAlpha crop(int x, int y, int width, int height) {
    if (((x | y) & 1) != 0
        || x < 0
        || y < 0
        || width < 1
        || height < 1
        || x + width > this.width
        || y + height > this.height) {
      throw new IllegalArgumentException(
          "crop %d,%d %dx%d of a mask of %dx%d"
              .formatted(x, y, width, height, this.width, this.height));
    }
    return new NativeAlpha(
        arena,
        width,
        height,
        luma.asSlice((long) y * strideLuma + x),
        strideLuma,
        chroma.asSlice((long) (y / 2) * strideChroma + x / 2),
        strideChroma);
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  MemorySegment luma() {
    return luma;
  }

  int strideLuma() {
    return strideLuma;
  }

  MemorySegment chroma() {
    return chroma;
  }

  int strideChroma() {
    return strideChroma;
  }

  @Override
  public void close() {
    arena.close();
  }
}
