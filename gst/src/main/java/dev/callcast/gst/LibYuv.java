package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * libyuv's operations on whole pictures (Debian's {@code libyuv0}). Stateless: any thread, as long
 * as the pictures are its own.
 */
public final class LibYuv {
  /**
   * How {@link #scale} samples. Where the ratio is 1, 1/2, 3/4 or 2, fast exact paths are taken.
   */
  public enum Filter {
    NONE(0),
    LINEAR(1),
    BILINEAR(2),
    BOX(3);

    private final int mode;

    Filter(int mode) {
      this.mode = mode;
    }
  }

  /** All of a picture's share in a {@link #mix}. */
  public static final int WHOLE = 256;

  private static final SymbolLookup LIBRARY = load();

  // Y, U and V of one picture, each with its stride.
  private static final MemoryLayout[] PICTURE = {
    ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT
  };

  private static final MethodHandle COPY = bind("I420Copy", PICTURE, PICTURE, ints(2));
  private static final MethodHandle SCALE =
      bind("I420Scale", PICTURE, ints(2), PICTURE, ints(2), ints(1));
  private static final MethodHandle RECT = bind("I420Rect", PICTURE, ints(4), ints(3));
  private static final MethodHandle BLEND_PLANE =
      bind(
          "BlendPlane",
          new MemoryLayout[] {
            ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT
          },
          ints(2));

  /** What most calls never need: linking a function takes 10 ms of CPU time. */
  private static final class Seldom {
    static final MethodHandle ROTATE = bind("I420Rotate", PICTURE, PICTURE, ints(3));
    static final MethodHandle MIX = bind("I420Interpolate", PICTURE, PICTURE, PICTURE, ints(3));
    static final MethodHandle TO_ABGR =
        bind("I420ToABGR", PICTURE, new MemoryLayout[] {ADDRESS, JAVA_INT}, ints(2));
    static final MethodHandle FROM_ARGB =
        bind("ARGBToI420", new MemoryLayout[] {ADDRESS, JAVA_INT}, PICTURE, ints(2));
  }

  private LibYuv() {}

  private static SymbolLookup load() {
    try {
      return SymbolLookup.libraryLookup("libyuv.so.0", Arena.global());
    } catch (IllegalArgumentException e) {
      throw new UnsatisfiedLinkError("libyuv.so.0 is missing (Debian package libyuv0): " + e);
    }
  }

  private static MemoryLayout[] ints(int count) {
    MemoryLayout[] layouts = new MemoryLayout[count];
    Arrays.fill(layouts, JAVA_INT);
    return layouts;
  }

  private static MethodHandle bind(String name, MemoryLayout[]... arguments) {
    List<MemoryLayout> all = new ArrayList<>();
    for (MemoryLayout[] some : arguments) {
      all.addAll(List.of(some));
    }
    MemorySegment symbol =
        LIBRARY
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("libyuv.so.0 has no " + name));
    return Linker.nativeLinker()
        .downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, all.toArray(new MemoryLayout[0])));
  }

  /** Copies {@code from} to {@code to}, which must be as large. */
  public static void copy(I420 from, I420 to) {
    sameSize(from, to);
    try {
      check(
          "I420Copy",
          (int)
              COPY.invokeExact(
                  from.y(),
                  from.strideY(),
                  from.u(),
                  from.strideU(),
                  from.v(),
                  from.strideV(),
                  to.y(),
                  to.strideY(),
                  to.u(),
                  to.strideU(),
                  to.v(),
                  to.strideV(),
                  from.width(),
                  from.height()));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** Scales all of {@code from} to all of {@code to}. */
  public static void scale(I420 from, I420 to, Filter filter) {
    try {
      check(
          "I420Scale",
          (int)
              SCALE.invokeExact(
                  from.y(),
                  from.strideY(),
                  from.u(),
                  from.strideU(),
                  from.v(),
                  from.strideV(),
                  from.width(),
                  from.height(),
                  to.y(),
                  to.strideY(),
                  to.u(),
                  to.strideU(),
                  to.v(),
                  to.strideV(),
                  to.width(),
                  to.height(),
                  filter.mode));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Turns {@code from} into {@code to}.
   *
   * @param degrees clockwise: 0, 90, 180 or 270
   */
  public static void rotate(I420 from, I420 to, int degrees) {
    boolean turned = degrees % 180 != 0;
    if (from.width() != (turned ? to.height() : to.width())
        || from.height() != (turned ? to.width() : to.height())) {
      throw new IllegalArgumentException(
          "%dx%d turned by %d is not %dx%d"
              .formatted(from.width(), from.height(), degrees, to.width(), to.height()));
    }
    try {
      check(
          "I420Rotate",
          (int)
              Seldom.ROTATE.invokeExact(
                  from.y(),
                  from.strideY(),
                  from.u(),
                  from.strideU(),
                  from.v(),
                  from.strideV(),
                  to.y(),
                  to.strideY(),
                  to.u(),
                  to.strideU(),
                  to.v(),
                  to.strideV(),
                  from.width(),
                  from.height(),
                  degrees));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** Fills all of {@code picture} with one colour. */
  public static void fill(I420 picture, int y, int u, int v) {
    try {
      check(
          "I420Rect",
          (int)
              RECT.invokeExact(
                  picture.y(),
                  picture.strideY(),
                  picture.u(),
                  picture.strideU(),
                  picture.v(),
                  picture.strideV(),
                  0,
                  0,
                  picture.width(),
                  picture.height(),
                  y,
                  u,
                  v));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Blends {@code top} onto {@code bottom}: each sample becomes (alpha * top + (255 - alpha) *
   * bottom + 255) / 256, rounded down, so that 0 keeps and 255 replaces exactly. Colours of {@code
   * top} are straight. All three have the same size.
   */
  public static void blend(I420 top, NativeAlpha alpha, I420 bottom) {
    sameSize(top, bottom);
    if (alpha.width() != top.width() || alpha.height() != top.height()) {
      throw new IllegalArgumentException(
          "mask of %dx%d for a picture of %dx%d"
              .formatted(alpha.width(), alpha.height(), top.width(), top.height()));
    }
    blendPlane(
        top.y(),
        top.strideY(),
        alpha.luma(),
        alpha.strideLuma(),
        bottom.y(),
        bottom.strideY(),
        top.width(),
        top.height());
    blendPlane(
        top.u(),
        top.strideU(),
        alpha.chroma(),
        alpha.strideChroma(),
        bottom.u(),
        bottom.strideU(),
        top.chromaWidth(),
        top.chromaHeight());
    blendPlane(
        top.v(),
        top.strideV(),
        alpha.chroma(),
        alpha.strideChroma(),
        bottom.v(),
        bottom.strideV(),
        top.chromaWidth(),
        top.chromaHeight());
  }

  private static void blendPlane(
      MemorySegment top,
      int strideTop,
      MemorySegment alpha,
      int strideAlpha,
      MemorySegment bottom,
      int strideBottom,
      int width,
      int height) {
    try {
      check(
          "BlendPlane",
          (int)
              BLEND_PLANE.invokeExact(
                  top,
                  strideTop,
                  bottom,
                  strideBottom,
                  alpha,
                  strideAlpha,
                  bottom,
                  strideBottom,
                  width,
                  height));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Mixes two pictures into a third: each sample becomes ({@code share} * other + (256 - {@code
   * share}) * one + 128) / 256, rounded down, so that what is the same in both stays exactly that.
   *
   * @param share of {@code other}, 1 to 255
   */
  public static void mix(I420 one, I420 other, int share, I420 to) {
    sameSize(one, other);
    sameSize(one, to);
    if (share < 1 || share >= WHOLE) {
      throw new IllegalArgumentException("a share of " + share + " of " + WHOLE);
    }
    try {
      check(
          "I420Interpolate",
          (int)
              Seldom.MIX.invokeExact(
                  one.y(),
                  one.strideY(),
                  one.u(),
                  one.strideU(),
                  one.v(),
                  one.strideV(),
                  other.y(),
                  other.strideY(),
                  other.u(),
                  other.strideU(),
                  other.v(),
                  other.strideV(),
                  to.y(),
                  to.strideY(),
                  to.u(),
                  to.strideU(),
                  to.v(),
                  to.strideV(),
                  to.width(),
                  to.height(),
                  share));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** Converts BT.601 limited range to opaque RGBA, four bytes a pixel, rows without padding. */
  public static byte[] toRgba(I420 picture) {
    int stride = picture.width() * 4;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rgba = arena.allocate((long) stride * picture.height());
      check(
          "I420ToABGR",
          (int)
              Seldom.TO_ABGR.invokeExact(
                  picture.y(),
                  picture.strideY(),
                  picture.u(),
                  picture.strideU(),
                  picture.v(),
                  picture.strideV(),
                  rgba,
                  stride,
                  picture.width(),
                  picture.height()));
      return rgba.toArray(JAVA_BYTE);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Converts opaque BGRA, four bytes a pixel, to BT.601 limited range.
   *
   * @param bgra direct, with as many rows as the picture
   * @param stride bytes from one row to the next
   */
  public static void fromBgra(ByteBuffer bgra, int stride, I420 to) {
    MemorySegment pixels = MemorySegment.ofBuffer(bgra);
    if (!pixels.isNative()
        || stride < 4 * to.width()
        || pixels.byteSize() < (long) stride * (to.height() - 1) + 4L * to.width()) {
      throw new IllegalArgumentException(
          "%d bytes, %d a row, for a picture of %dx%d"
              .formatted(pixels.byteSize(), stride, to.width(), to.height()));
    }
    try {
      check(
          "ARGBToI420",
          (int)
              Seldom.FROM_ARGB.invokeExact(
                  pixels,
                  stride,
                  to.y(),
                  to.strideY(),
                  to.u(),
                  to.strideU(),
                  to.v(),
                  to.strideV(),
                  to.width(),
                  to.height()));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  private static void sameSize(I420 one, I420 other) {
    if (one.width() != other.width() || one.height() != other.height()) {
      throw new IllegalArgumentException(
          "%dx%d against %dx%d"
              .formatted(one.width(), one.height(), other.width(), other.height()));
    }
  }

  private static void check(String function, int result) {
    if (result != 0) {
      throw new IllegalStateException(function + " returned " + result);
    }
  }

  static RuntimeException rethrow(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    return t instanceof RuntimeException runtime ? runtime : new IllegalStateException(t);
  }
}
