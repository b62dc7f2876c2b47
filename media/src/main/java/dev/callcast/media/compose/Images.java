package dev.callcast.media.compose;

import io.github.humbleui.skija.AnimationDisposalMode;
import io.github.humbleui.skija.AnimationFrameInfo;
import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.Codec;
import io.github.humbleui.skija.ColorAlphaType;
import io.github.humbleui.skija.ColorType;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.FilterMipmap;
import io.github.humbleui.skija.FilterMode;
import io.github.humbleui.skija.Image;
import io.github.humbleui.skija.ImageInfo;
import io.github.humbleui.skija.MipmapMode;
import io.github.humbleui.skija.Paint;
import io.github.humbleui.skija.Pixmap;
import io.github.humbleui.skija.SamplingMode;
import io.github.humbleui.skija.svg.SVGDOM;
import io.github.humbleui.skija.svg.SVGLengthContext;
import io.github.humbleui.types.Rect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images from files, decoded once. {@link #prepare} lets any thread decode ahead, so that the tick
 * thread does not have to; all else belongs to the tick thread. {@link Graphics} closes it.
 */
final class Images implements AutoCloseable {
  /** Of what is decoded, in native memory; the last one used is kept whatever it takes. */
  private static final long KEPT_BYTES = 256 << 20;

  private static final int KEPT = 64;

  private static final int MOST_TIMINGS = 1000;

  /** Of an image that moves. */
  static final int MOST_FRAMES = 1000;

  /** Of each of its frames: they are decoded between two ticks. */
  static final long MOST_MOVING_PIXELS = 1280 * 720;

  /** Of all its frames together: what a round costs. */
  static final long MOST_PIXELS_IN_ALL = 200_000_000;

  /** A file that could not be decoded is not looked at again for so long. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(5);

  private static final Logger LOG = LoggerFactory.getLogger(Images.class);

  private static final SamplingMode SMALLER =
      new FilterMipmap(FilterMode.LINEAR, MipmapMode.LINEAR);

  /** An image that can be painted at any size. */
  sealed interface Decoded extends AutoCloseable {
    /** px; of a drawing without a size of its own, what its proportions are. */
    double width();

    double height();

    /** {@code frame} as of {@link #timing}. */
    void paint(Canvas canvas, Rect from, Rect to, int frame);

    /** When it shows what. */
    default Timing timing() {
      return Timing.STILL;
    }

    /** Native memory that it takes. */
    long bytes();

    @Override
    void close();
  }

  /** When each frame of an image is over. */
  static final class Timing {
    static final Timing STILL = new Timing(new long[] {0}, 1);

    /** Shorter ones are for programs that could not do better; browsers take this for them. */
    private static final int SHORTEST_MILLIS = 20;

    private static final int USUAL_MILLIS = 100;

    private final long[] ends; // of the frames, µs from its beginning
    private final int plays; // how often before the last frame stays; 0 for ever

    private Timing(long[] ends, int plays) {
      this.ends = ends;
      this.plays = plays;
    }

    static Timing of(AnimationFrameInfo[] frames, int repetitions) {
      long[] ends = new long[frames.length];
      long end = 0;
      for (int i = 0; i < frames.length; i++) {
        int millis = frames[i].getDuration();
        end += TimeUnit.MILLISECONDS.toMicros(millis < SHORTEST_MILLIS ? USUAL_MILLIS : millis);
        ends[i] = end;
      }
      return new Timing(ends, repetitions < 0 ? 0 : repetitions + 1);
    }

    boolean moves() {
      return ends.length > 1;
    }

    /** The frame that is shown at an age in s. */
    int frame(double age) {
      int last = ends.length - 1;
      long at = Math.max(0, Math.round(age * 1e6));
      if (plays > 0 && at >= plays * ends[last]) {
        return last;
      }
      int found = Arrays.binarySearch(ends, at % ends[last]);
      return found >= 0 ? found + 1 : -found - 1;
    }
  }

  /**
   * Of pixels that change: the encoded bytes, and one frame or two, whatever their number. Frames
   * are made of earlier ones; those on the way from what is there to the one that is wanted are
   * decoded one after the other, so that going on costs what was skipped and no more.
   */
  private static final class Moving implements Decoded {
    private final Codec codec;
    private final ImageInfo info;
    private final AnimationFrameInfo[] frames;
    private final Timing timing;
    private final Bitmap bitmap;
    private int there = -1;

    /** What the frame that is there covers for its own time only. */
    private @Nullable Bitmap before;

    private int beforeIs = -1;

    Moving(Codec codec, AnimationFrameInfo[] frames) {
      this.codec = codec;
      this.frames = frames;
      timing = Timing.of(frames, codec.getRepetitionCount());
      info =
          new ImageInfo(
              codec.getImageInfo().getWidth(),
              codec.getImageInfo().getHeight(),
              ColorType.RGBA_8888,
              ColorAlphaType.PREMUL);
      bitmap = allocate();
    }

    private Bitmap allocate() {
      Bitmap made = new Bitmap();
      if (!made.allocPixels(info)) {
        made.close();
        throw new IllegalArgumentException("there is no memory for its pixels");
      }
      return made;
    }

    @Override
    public double width() {
      return bitmap.getWidth();
    }

    @Override
    public double height() {
      return bitmap.getHeight();
    }

    @Override
    public Timing timing() {
      return timing;
    }

    @Override
    public long bytes() {
      return 2 * bitmap.computeByteSize(); // with the encoded ones, which are fewer
    }

    private void decode(int frame) {
      Deque<Integer> way = new ArrayDeque<>();
      int known = frame;
      while (known >= 0 && known != there && known != beforeIs) {
        way.push(known);
        known = frames[known].getRequiredFrame();
      }
      if (known >= 0 && known != there && before != null) {
        copy(before, bitmap);
        there = known;
      }
      for (int next : way) {
        int from = frames[next].getRequiredFrame();
        if (from >= 0
            && frames[next].getDisposalMethod() == AnimationDisposalMode.RESTORE_PREVIOUS
            && beforeIs != from) {
          if (before == null) {
            before = allocate();
          }
          copy(bitmap, before);
          beforeIs = from;
        }
        there = -1; // until it is whole
        if (from >= 0) {
          codec.readPixels(bitmap, next, from);
        } else {
          bitmap.erase(0);
          codec.readPixels(bitmap, next);
        }
        there = next;
      }
      bitmap.notifyPixelsChanged();
    }

    private static void copy(Bitmap from, Bitmap to) {
      try (@Nullable Pixmap source = from.peekPixels();
          @Nullable Pixmap target = to.peekPixels()) {
        Objects.requireNonNull(target).getBuffer().put(Objects.requireNonNull(source).getBuffer());
      }
    }

    /** Decodes each frame, in order, and says which cannot be: -1 for none. */
    int damaged() {
      for (int i = 0; i < frames.length; i++) {
        if (!frames[i].isFullyReceived()) {
          return i;
        }
        try {
          decode(i);
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
          return i;
        }
      }
      return -1;
    }

    @Override
    public void paint(Canvas canvas, Rect from, Rect to, int frame) {
      int wanted = Math.clamp(frame, 0, frames.length - 1);
      if (wanted != there) {
        decode(wanted);
      }
      try (Image image = Image.makeRasterFromBitmap(bitmap)) {
        // Beyond its own size not as sharp as one that stands still, which takes ten times as long.
        draw(canvas, image, from, to, SamplingMode.LINEAR);
      }
    }

    @Override
    public void close() {
      bitmap.close();
      if (before != null) {
        before.close();
      }
      codec.close();
    }
  }

  private static void draw(Canvas canvas, Image image, Rect from, Rect to, SamplingMode larger) {
    boolean smaller = to.getWidth() < from.getWidth();
    try (Paint paint = new Paint().setAntiAlias(true)) {
      canvas.drawImageRect(image, from, to, smaller ? SMALLER : larger, paint, true);
    }
  }

  /** Of pixels. */
  private record Pixels(Image image) implements Decoded {
    @Override
    public long bytes() {
      return 4L * image.getWidth() * image.getHeight();
    }

    @Override
    public double width() {
      return image.getWidth();
    }

    @Override
    public double height() {
      return image.getHeight();
    }

    @Override
    public void paint(Canvas canvas, Rect from, Rect to, int frame) {
      draw(canvas, image, from, to, SamplingMode.MITCHELL);
    }

    @Override
    public void close() {
      image.close();
    }
  }

  /** Of shapes: sharp at every size. */
  private record Shapes(SVGDOM dom, double width, double height, long bytes) implements Decoded {
    @Override
    public void paint(Canvas canvas, Rect from, Rect to, int frame) {
      canvas.save();
      canvas.clipRect(to);
      canvas.translate(to.getLeft(), to.getTop());
      canvas.scale(to.getWidth() / from.getWidth(), to.getHeight() / from.getHeight());
      canvas.translate(-from.getLeft(), -from.getTop());
      dom.setContainerSize((float) width, (float) height);
      dom.render(canvas);
      canvas.restore();
    }

    @Override
    public void close() {
      dom.close();
    }
  }

  private final LinkedHashMap<String, Decoded> images =
      new LinkedHashMap<>(16, 0.75f, true); // guarded by this

  private long weighs; // guarded by this; bytes of images

  /** When a file could not be decoded last, ns. */
  private final Map<String, Long> broken = new HashMap<>(); // guarded by this

  /** When what was decoded shows what, by its file; asked at every tick. */
  private final Map<String, Timing> timings = new ConcurrentHashMap<>();

  /** Decodes a file ahead of its use. */
  void prepare(String file) {
    with(file, image -> {});
  }

  /** When a file shows what; still where it cannot be shown. */
  Timing timing(String file) {
    Timing known = timings.get(file);
    if (known == null) {
      with(file, image -> timings.put(file, image.timing()));
      known = timings.get(file);
    }
    return known == null ? Timing.STILL : known;
  }

  /** What to do with an image. */
  interface Use {
    void with(Decoded image);
  }

  /** Uses an image; a file that is gone or no image is logged once and left out. */
  synchronized void with(String file, Use use) {
    Decoded image = images.get(file);
    if (image == null && !failedLately(file)) {
      try {
        image = decode(Files.readAllBytes(Path.of(file)));
        images.put(file, image);
        if (timings.size() >= MOST_TIMINGS) {
          timings.clear(); // of files long gone
        }
        weighs += image.bytes();
        while (images.size() > KEPT || (weighs > KEPT_BYTES && images.size() > 1)) {
          Decoded oldest = images.pollFirstEntry().getValue();
          weighs -= oldest.bytes();
          oldest.close();
        }
      } catch (IOException | RuntimeException e) {
        LOG.error("image {} cannot be shown", file, e);
        broken.put(file, System.nanoTime());
      }
    }
    if (image != null) {
      use.with(image);
    }
  }

  private synchronized boolean failedLately(String file) {
    Long failed = broken.get(file);
    return failed != null && System.nanoTime() - failed < RETRY;
  }

  /**
   * Decodes PNG, JPEG, GIF, WebP or SVG.
   *
   * @throws IllegalArgumentException if it is none of these, or damaged
   */
  static Decoded decode(byte[] bytes) {
    if (looksLikeXml(bytes)) {
      return shapes(bytes);
    }
    Decoded moving = mayMove(bytes) ? moving(bytes) : null;
    return moving == null ? pixels(bytes) : moving;
  }

  /** GIF and WebP may have several frames. */
  private static boolean mayMove(byte[] bytes) {
    String start = new String(bytes, 0, Math.min(4, bytes.length), StandardCharsets.ISO_8859_1);
    return start.equals("GIF8") || start.equals("RIFF");
  }

  /** Null of one that does not move, or has more in it than moves in time: its first frame. */
  private static @Nullable Moving moving(byte[] bytes) {
    try (Data data = Data.makeFromBytes(bytes)) {
      Codec codec = Codec.makeFromData(data);
      try {
        AnimationFrameInfo[] frames = codec.getFramesInfo();
        if (frames.length > 1 && tooLargeToMove(frames.length, codec) == null) {
          return new Moving(codec, frames);
        }
      } catch (RuntimeException e) {
        codec.close();
        throw e;
      }
      codec.close();
      return null;
    }
  }

  private static @Nullable String tooLargeToMove(int frames, Codec codec) {
    long width = codec.getImageInfo().getWidth();
    long height = codec.getImageInfo().getHeight();
    return frames > MOST_FRAMES
            || width * height > MOST_MOVING_PIXELS
            || frames * width * height > MOST_PIXELS_IN_ALL
        ? ("it moves, with %d frames of %dx%d pixels, where at most %d frames, %d pixels in each"
                + " and %d in all can be shown in time")
            .formatted(frames, width, height, MOST_FRAMES, MOST_MOVING_PIXELS, MOST_PIXELS_IN_ALL)
        : null;
  }

  /**
   * Decodes all frames of an image that may have more than one, as they are going to be.
   *
   * @throws IllegalArgumentException if there are too many, or one is damaged
   */
  static void checkFrames(byte[] bytes) {
    if (!mayMove(bytes)) {
      return;
    }
    try (Data data = Data.makeFromBytes(bytes);
        Codec codec = Codec.makeFromData(data)) {
      int frames = codec.getFrameCount();
      String tooLarge = frames > 1 ? tooLargeToMove(frames, codec) : null;
      if (tooLarge != null) {
        throw new IllegalArgumentException(tooLarge);
      }
    }
    try (@Nullable Moving moving = moving(bytes)) {
      int damaged = moving == null ? -1 : moving.damaged();
      if (damaged >= 0) {
        throw new IllegalArgumentException(
            "its frame %d is damaged or cut short".formatted(damaged + 1));
      }
    }
  }

  static boolean looksLikeXml(byte[] bytes) {
    int i = 0;
    if (bytes.length > 3 && (bytes[0] & 0xff) == 0xef && (bytes[1] & 0xff) == 0xbb) {
      i = 3; // byte order mark
    }
    while (i < bytes.length && Character.isWhitespace(bytes[i])) {
      i++;
    }
    return i < bytes.length && bytes[i] == '<';
  }

  private static Decoded pixels(byte[] bytes) {
    try (Image encoded = Image.makeDeferredFromEncodedBytes(bytes);
        Bitmap bitmap = new Bitmap()) {
      ImageInfo info =
          new ImageInfo(
              encoded.getWidth(), encoded.getHeight(), ColorType.RGBA_8888, ColorAlphaType.PREMUL);
      // Decodes now: a deferred image would do it at its first use.
      if (!bitmap.allocPixels(info) || !encoded.readPixels(bitmap)) {
        throw new IllegalArgumentException("its pixels cannot be decoded");
      }
      bitmap.setImmutable();
      return new Pixels(Image.makeRasterFromBitmap(bitmap));
    }
  }

  private static Decoded shapes(byte[] bytes) {
    try (Data data = Data.makeFromBytes(bytes)) {
      SVGDOM dom = new SVGDOM(data);
      var root = dom.getRoot();
      if (root == null) {
        dom.close();
        throw new IllegalArgumentException("it is not an SVG image");
      }
      try (root) {
        var size = root.getIntrinsicSize(new SVGLengthContext(100, 100));
        var box = root.getViewBox();
        double boxWidth = box == null || box.getWidth() <= 0 ? 100 : box.getWidth();
        double boxHeight = box == null || box.getHeight() <= 0 ? 100 : box.getHeight();
        double width = size.getX() > 0 ? size.getX() : boxWidth;
        double height = size.getY() > 0 ? size.getY() : boxHeight;
        // A guess: the file, and what its elements are in memory.
        return new Shapes(dom, width, height, 4L * bytes.length);
      }
    }
  }

  @Override
  public synchronized void close() {
    images.values().forEach(Decoded::close);
    images.clear();
  }
}
