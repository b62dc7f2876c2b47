package dev.callcast.gst;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * zimg's bilinear scaler (Debian's {@code libzimg2}): filtered downwards, and exact to the
 * subpixel, also for the half chroma samples of odd sizes. It keeps one filter graph for each
 * geometry used lately. One thread; whoever makes it closes it.
 */
public final class Zimg implements AutoCloseable {
  /** Alignment of rows that AVX2 wants: the least. */
  private static final int ALIGNMENT = 32;

  /** What AVX-512 wants, which takes a fifth less time where the processor has it. */
  static final int BEST_ALIGNMENT = 64;

  /**
   * Down to what part of the width AVX-512 is used. Where it scales down by 2 to 2.1, and here and
   * there beyond, zimg 3.0.4 reads wrong pixels with it.
   */
  private static final double WIDE_RATIO = 1.9;

  private static final int GRAPHS = 128;
  private static final SymbolLookup LIBRARY = load();
  private static final MethodHandle FORMAT_DEFAULT = bind("zimg_image_format_default", 2);
  private static final MethodHandle PARAMS_DEFAULT = bind("zimg_graph_builder_params_default", 2);
  private static final MethodHandle BUILD = bind("zimg_filter_graph_build", 3);
  private static final MethodHandle FREE = bind("zimg_filter_graph_free", 1);
  private static final MethodHandle TMP_SIZE = bind("zimg_filter_graph_get_tmp_size", 2);
  private static final MethodHandle PROCESS = bind("zimg_filter_graph_process", 8);
  private static final MethodHandle LAST_ERROR = bind("zimg_get_last_error", 2);

  /** Offsets and values of zimg.h, which a test holds against the header. */
  static final class Layout {
    static final int API_VERSION = 0x204;
    static final int FORMAT_SIZE = 96;
    static final int FORMAT_WIDTH = 4;
    static final int FORMAT_HEIGHT = 8;
    static final int FORMAT_PIXEL_TYPE = 12;
    static final int FORMAT_COLOR_FAMILY = 24;
    static final int FORMAT_PIXEL_RANGE = 44;
    static final int FORMAT_ACTIVE_LEFT = 56;
    static final int FORMAT_ACTIVE_TOP = 64;
    static final int FORMAT_ACTIVE_WIDTH = 72;
    static final int FORMAT_ACTIVE_HEIGHT = 80;
    static final int PARAMS_SIZE = 72;
    static final int PARAMS_FILTER = 4;
    static final int PARAMS_CPU = 52;
    static final int BUFFER_SIZE = 104;
    static final int BUFFER_DATA = 8;
    static final int BUFFER_STRIDE = 16;
    static final int BUFFER_MASK = 24;
    static final int PIXEL_BYTE = 0;
    static final int COLOR_GREY = 0;
    static final int RANGE_LIMITED = 0;
    static final int RESIZE_BILINEAR = 1;
    static final int CPU_AUTO = 1;
    static final int CPU_AUTO_64B = 2;

    private Layout() {}
  }

  /** One plane's scaling. Crop in samples of the plane, possibly halves; wide: by 64 bytes. */
  private record Geometry(
      boolean wide,
      int fromWidth,
      int fromHeight,
      double left,
      double top,
      double width,
      double height,
      int toWidth,
      int toHeight) {}

  private final Arena arena = Arena.ofShared();
  private final MemorySegment from = arena.allocate(Layout.BUFFER_SIZE, 8);
  private final MemorySegment to = arena.allocate(Layout.BUFFER_SIZE, 8);
  private final LinkedHashMap<Geometry, Long> graphs = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable Arena workArena;
  private MemorySegment work = MemorySegment.NULL;

  /** Makes a scaler without graphs. */
  public Zimg() {
    for (MemorySegment buffer : new MemorySegment[] {from, to}) {
      buffer.set(JAVA_INT, 0, Layout.API_VERSION);
      buffer.set(JAVA_INT, Layout.BUFFER_MASK, -1); // All rows are there.
    }
  }

  private static SymbolLookup load() {
    try {
      return SymbolLookup.libraryLookup("libzimg.so.2", Arena.global());
    } catch (IllegalArgumentException e) {
      throw new UnsatisfiedLinkError("libzimg.so.2 is missing (Debian package libzimg2): " + e);
    }
  }

  private static MethodHandle bind(String name, int arguments) {
    return C.handle(LIBRARY, name, arguments);
  }

  /** Whether planes and rows are aligned as {@link #scale} wants them. */
  public static boolean isAligned(I420 picture) {
    return isAligned(picture, ALIGNMENT);
  }

  private static boolean isAligned(I420 picture, int bytes) {
    long all =
        picture.y().address()
            | picture.u().address()
            | picture.v().address()
            | picture.strideY()
            | picture.strideU()
            | picture.strideV();
    return (all & (bytes - 1)) == 0;
  }

  /**
   * Scales a part of a picture to all of another. Both are {@link #isAligned}; of the target, also
   * the padding up to the next multiple of 64 in each row is written.
   *
   * @param x left edge of the part, px, even
   * @param y top edge of the part, px, even
   */
  public void scale(I420 source, int x, int y, int width, int height, I420 target) {
    if (!isAligned(source) || !isAligned(target)) {
      throw new IllegalArgumentException("zimg needs rows aligned to " + ALIGNMENT + " bytes");
    }
    boolean wide =
        isAligned(source, BEST_ALIGNMENT)
            && isAligned(target, BEST_ALIGNMENT)
            && WIDE_RATIO * target.width() >= width;
    plane(
        new Geometry(
            wide,
            source.width(),
            source.height(),
            x,
            y,
            width,
            height,
            target.width(),
            target.height()),
        source.y(),
        source.strideY(),
        target.y(),
        target.strideY());
    // A chroma sample covers two px: of an odd size, the last one counts by half.
    Geometry chroma =
        new Geometry(
            wide,
            source.chromaWidth(),
            source.chromaHeight(),
            x / 2.0,
            y / 2.0,
            width / 2.0,
            height / 2.0,
            target.chromaWidth(),
            target.chromaHeight());
    plane(chroma, source.u(), source.strideU(), target.u(), target.strideU());
    plane(chroma, source.v(), source.strideV(), target.v(), target.strideV());
  }

  private void plane(
      Geometry geometry,
      MemorySegment source,
      int sourceStride,
      MemorySegment target,
      int targetStride) {
    long graph = graph(geometry);
    from.set(ADDRESS, Layout.BUFFER_DATA, source);
    from.set(JAVA_LONG, Layout.BUFFER_STRIDE, sourceStride);
    to.set(ADDRESS, Layout.BUFFER_DATA, target);
    to.set(JAVA_LONG, Layout.BUFFER_STRIDE, targetStride);
    try {
      check(
          "zimg_filter_graph_process",
          (int)
              (long)
                  PROCESS.invokeExact(
                      graph, from.address(), to.address(), work.address(), 0L, 0L, 0L, 0L));
    } catch (Throwable t) {
      throw LibYuv.rethrow(t);
    }
  }

  private long graph(Geometry geometry) {
    Long known = graphs.get(geometry);
    if (known != null) {
      return known;
    }
    long graph = build(geometry);
    graphs.put(geometry, graph);
    if (graphs.size() > GRAPHS) {
      free(graphs.pollFirstEntry().getValue());
    }
    return graph;
  }

  private long build(Geometry geometry) {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment source = format(scope, geometry.fromWidth(), geometry.fromHeight());
      source.set(JAVA_DOUBLE, Layout.FORMAT_ACTIVE_LEFT, geometry.left());
      source.set(JAVA_DOUBLE, Layout.FORMAT_ACTIVE_TOP, geometry.top());
      source.set(JAVA_DOUBLE, Layout.FORMAT_ACTIVE_WIDTH, geometry.width());
      source.set(JAVA_DOUBLE, Layout.FORMAT_ACTIVE_HEIGHT, geometry.height());
      MemorySegment target = format(scope, geometry.toWidth(), geometry.toHeight());
      MemorySegment params = scope.allocate(Layout.PARAMS_SIZE, 8);
      C.ignore((long) PARAMS_DEFAULT.invokeExact(params.address(), (long) Layout.API_VERSION));
      params.set(JAVA_INT, Layout.PARAMS_FILTER, Layout.RESIZE_BILINEAR);
      params.set(
          JAVA_INT, Layout.PARAMS_CPU, geometry.wide() ? Layout.CPU_AUTO_64B : Layout.CPU_AUTO);
      long graph = (long) BUILD.invokeExact(source.address(), target.address(), params.address());
      if (graph == 0) {
        throw new IllegalStateException("zimg cannot scale " + geometry + ": " + lastError(scope));
      }
      MemorySegment size = scope.allocate(JAVA_LONG);
      check(
          "zimg_filter_graph_get_tmp_size",
          (int) (long) TMP_SIZE.invokeExact(graph, size.address()));
      growWork(size.get(JAVA_LONG, 0));
      return graph;
    } catch (Throwable t) {
      throw LibYuv.rethrow(t);
    }
  }

  private static MemorySegment format(Arena scope, int width, int height) throws Throwable {
    MemorySegment format = scope.allocate(Layout.FORMAT_SIZE, 8);
    C.ignore((long) FORMAT_DEFAULT.invokeExact(format.address(), (long) Layout.API_VERSION));
    format.set(JAVA_INT, Layout.FORMAT_WIDTH, width);
    format.set(JAVA_INT, Layout.FORMAT_HEIGHT, height);
    format.set(JAVA_INT, Layout.FORMAT_PIXEL_TYPE, Layout.PIXEL_BYTE);
    format.set(JAVA_INT, Layout.FORMAT_COLOR_FAMILY, Layout.COLOR_GREY);
    format.set(JAVA_INT, Layout.FORMAT_PIXEL_RANGE, Layout.RANGE_LIMITED);
    return format;
  }

  private void growWork(long size) {
    if (size > work.byteSize()) {
      if (workArena != null) {
        workArena.close();
      }
      workArena = Arena.ofShared();
      work = workArena.allocate(size, 64);
    }
  }

  private static void check(String function, int result) throws Throwable {
    if (result != 0) {
      try (Arena scope = Arena.ofConfined()) {
        throw new IllegalStateException(function + " failed: " + lastError(scope));
      }
    }
  }

  private static String lastError(Arena scope) throws Throwable {
    MemorySegment text = scope.allocate(256);
    int code = (int) (long) LAST_ERROR.invokeExact(text.address(), text.byteSize());
    return text.getString(0) + " (" + code + ")";
  }

  private static void free(long graph) {
    try {
      C.ignore((long) FREE.invokeExact(graph));
    } catch (Throwable t) {
      throw LibYuv.rethrow(t);
    }
  }

  @Override
  public void close() {
    graphs.values().forEach(Zimg::free);
    graphs.clear();
    if (workArena != null) {
      workArena.close();
      workArena = null;
    }
    work = MemorySegment.NULL;
    arena.close();
  }
}
