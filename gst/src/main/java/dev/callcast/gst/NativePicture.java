package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A 4:2:0 picture in native memory of its own: one allocation that holds Y, then U, then V, each
 * row and each plane starting on a multiple of 64 bytes (zimg's widest vectors). Whoever allocates
 * it closes it, after the last native reader is done; it is not counted.
 *
 * <p>Not synchronised: one thread writes at a time, and hands it over safely.
 */
public final class NativePicture implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final Arena arena;
  private final MemorySegment memory;
  private final I420 view;
  private final long offsetU;
  private final long offsetV;

  private NativePicture(int width, int height) {
    if (width < 1 || height < 1 || width > 16384 || height > 16384) {
      throw new IllegalArgumentException("picture of " + width + "x" + height);
    }
    int strideY = aligned(width);
    int strideC = aligned((width + 1) / 2);
    offsetU = (long) strideY * height;
    offsetV = offsetU + (long) strideC * ((height + 1) / 2);
    long size = offsetV + (long) strideC * ((height + 1) / 2);
    arena = Arena.ofShared();
    memory = arena.allocate(size, ALIGNMENT);
    view =
        new I420(
            width,
            height,
            memory.asSlice(0, offsetU),
            strideY,
            memory.asSlice(offsetU, offsetV - offsetU),
            strideC,
            memory.asSlice(offsetV),
            strideC);
  }

  /** Allocates a picture, all samples 0. */
  public static NativePicture allocate(int width, int height) {
    return new NativePicture(width, height);
  }

  private static int aligned(int bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** The picture. Valid until {@link #close}. */
  public I420 view() {
    return view;
  }

  public int width() {
    return view.width();
  }

  public int height() {
    return view.height();
  }

  /** Start of the allocation, which is the start of Y. */
  public long address() {
    return memory.address();
  }

  /** Bytes in the allocation. */
  public long size() {
    return memory.byteSize();
  }

  /** Offset of a plane in the allocation, in bytes: 0 is Y, 1 is U, 2 is V. */
  public long offset(int plane) {
    return switch (plane) {
      case 0 -> 0;
      case 1 -> offsetU;
      case 2 -> offsetV;
      default -> throw new IllegalArgumentException("plane " + plane);
    };
  }

  /** Bytes from one row of a plane to the next: 0 is Y, 1 is U, 2 is V. */
  public int stride(int plane) {
    return switch (plane) {
      case 0 -> view.strideY();
      case 1 -> view.strideU();
      case 2 -> view.strideV();
      default -> throw new IllegalArgumentException("plane " + plane);
    };
  }

  /** This picture as a GstBuffer that shares its memory. The buffer must be closed first. */
  public PictureBuffer buffer() {
    return new PictureBuffer(
        address(),
        size(),
        width(),
        height(),
        new long[] {0, offsetU, offsetV},
        new int[] {view.strideY(), view.strideU(), view.strideV()});
  }

  /**
   * Fills the picture from samples without padding, as {@link I420#toBytes} gives them.
   *
   * @throws IllegalArgumentException if there are not exactly as many as the picture has
   */
  public void load(byte[] samples) {
    int luma = width() * height();
    int chroma = view.chromaWidth() * view.chromaHeight();
    if (samples.length != luma + 2 * chroma) {
      throw new IllegalArgumentException(
          samples.length + " bytes for a picture of " + width() + "x" + height());
    }
    write(samples, 0, view.y(), view.strideY(), width(), height());
    write(samples, luma, view.u(), view.strideU(), view.chromaWidth(), view.chromaHeight());
    write(
        samples, luma + chroma, view.v(), view.strideV(), view.chromaWidth(), view.chromaHeight());
  }

  static void write(
      byte[] from, int offset, MemorySegment plane, int stride, int width, int height) {
    for (int row = 0; row < height; row++) {
      MemorySegment.copy(from, offset + row * width, plane, JAVA_BYTE, (long) row * stride, width);
    }
  }

  /** Frees the memory. Views of it must not be used any more. */
  @Override
  public void close() {
    arena.close();
  }
}
