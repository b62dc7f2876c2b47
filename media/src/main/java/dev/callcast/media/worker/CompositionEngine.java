package dev.callcast.media.worker;

import dev.callcast.gst.NativePicture;
import dev.callcast.gst.PictureBuffer;
import dev.callcast.media.compose.Canvas;
import dev.callcast.media.compose.CanvasPool;
import dev.callcast.media.compose.Composer;
import dev.callcast.media.compose.FrameSource;
import dev.callcast.media.encode.Encoder;
import dev.callcast.media.encode.Packet;
import dev.callcast.media.encode.StreamFormat;
import dev.callcast.media.mix.Mixer;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Scene;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The work of one composition without any clock: asked for a tick it lays out, composes and encodes
 * one picture, asked for sound it mixes and encodes a stretch. {@link CompositionRunner} asks by
 * the wall clock; offline, whoever has the inputs asks as fast as they come.
 *
 * <p>{@link #tick} belongs to one thread, {@link #sound} to one thread (it may be another). The
 * maker closes it, when both have ended.
 */
public final class CompositionEngine implements AutoCloseable {
  public static final int SAMPLE_RATE = 48_000;

  /**
   * What x264 looks ahead, what waits before it, one for a snapshot, one being painted, and two for
   * each scene that leaves, with room to breathe. Only those that are needed are ever made.
   */
  private static final int CANVASES = 32;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int fps;
  private final int channels;
  private final @Nullable Painting painting; // null where the video is off
  private final Mixer mixer;
  private final ContentWatch content = new ContentWatch();
  private final Encoder encoder;

  /** A scene and what it was made of. */
  private record Painted(Scene scene, CompositionSpec spec, CallView view) {}

  /** What makes pictures. */
  private record Painting(CanvasPool pool, Composer composer, Layouter layouter) {
    static Painting of(
        CompositionSpec.Canvas canvas, ScriptedLayout.Listener scripts, boolean waits) {
      CanvasPool pool = new CanvasPool(canvas.width(), canvas.height(), CANVASES);
      Composer composer = new Composer(pool);
      return new Painting(pool, composer, new Layouter(composer.meter(), scripts, waits));
    }
  }

  // Owned by the tick thread.
  private final IdentityHashMap<NativePicture, PictureBuffer> buffers = new IdentityHashMap<>();
  private final Queue<Canvas> inFlight = new ArrayDeque<>();

  private int bitrate; // the encoder's
  private boolean moved; // the last tick asked for its scene
  private @Nullable Painted painted; // by the last tick

  private float[] sound = new float[0]; // owned by the sound thread

  private final Object lastLock = new Object();
  private @Nullable Canvas last; // guarded by lastLock; the newest picture, for snapshots

  /** One by a virtual clock: what it waits for costs nothing but time. */
  public CompositionEngine(CompositionSpec spec, Encoder.Output output) {
    this(spec, output, Layouter.SILENT, true);
  }

  /** One by the wall clock, whose ticks wait for no custom layout. */
  static CompositionEngine live(
      CompositionSpec spec, Encoder.Output output, ScriptedLayout.Listener scripts) {
    return new CompositionEngine(spec, output, scripts, false);
  }

  private CompositionEngine(
      CompositionSpec spec, Encoder.Output output, ScriptedLayout.Listener scripts, boolean waits) {
    fps = spec.canvas().fps();
    channels = spec.audio().channels();
    bitrate = spec.video().bitrate();
    // First: it is what fails where a plugin is missing.
    encoder = new Encoder(spec.canvas(), spec.video(), spec.audio(), output);
    painting = spec.video().off() ? null : Painting.of(spec.canvas(), scripts, waits);
    mixer = new Mixer(channels);
  }

  /** Loads what the first tick would otherwise have to wait for. */
  void warmUp() {
    if (painting != null) {
      painting.composer.warmUp();
    }
  }

  /**
   * Loads what any composition needs: GStreamer, its encoders, Skia and the fonts. Once that is
   * done the first one starts half a second sooner.
   */
  static void preload() {
    CompositionSpec spec =
        new CompositionSpec(
            "",
            new CompositionSpec.Canvas(64, 36, 30, "#000000"),
            new CompositionSpec.Layout("grid", Map.of()),
            new CompositionSpec.Selection(List.of(), List.of(), "joined"),
            new CompositionSpec.Video(100_000, 2, Latency.NORMAL, "superfast"),
            new CompositionSpec.Audio(64_000, 2),
            new CompositionSpec.Limits(0, 0),
            List.of(),
            1,
            false);
    try (CompositionEngine engine = new CompositionEngine(spec, new Nowhere())) {
      engine.warmUp();
      var _ = engine.tick(0, false, spec, CallView.EMPTY, _ -> null);
    }
  }

  private static final class Nowhere implements Encoder.Output {
    @Override
    public void started(StreamFormat format) {}

    @Override
    public void packet(Packet packet) {}

    @Override
    public void failed(String reason) {}
  }

  /** What there was nothing of in what was put out. */
  ContentWatch content() {
    return content;
  }

  /** The mixer, for its sources and levels. */
  public Mixer mixer() {
    return mixer;
  }

  /** Start of tick {@code n} in ns of media time. */
  public long mediaTime(long n) {
    return n * SECOND / fps;
  }

  /**
   * Composes and encodes tick {@code n}.
   *
   * @param key the picture is to be a key frame
   * @param frames asked for the pictures of that moment
   * @return the scene that was painted, or null when every canvas is still in the encoder: the tick
   *     is skipped
   */
  public @Nullable Scene tick(
      long n, boolean key, CompositionSpec spec, CallView view, FrameSource frames) {
    return tick(n, key, spec, view, frames, Ladder.NOTHING_GIVEN_UP);
  }

  /** The same with what is given up for want of time. */
  @Nullable Scene tick(
      long n, boolean key, CompositionSpec spec, CallView view, FrameSource frames, Ladder ladder) {
    takeBack();
    long pts = mediaTime(n);
    Painting with = Objects.requireNonNull(painting, "video is off");
    with.composer.cheap(ladder.has(Ladder.Step.SCALING));
    setBitrate(
        ladder.has(Ladder.Step.BITRATE)
            ? (int) (spec.video().bitrate() * Ladder.BITRATE_SHARE)
            : spec.video().bitrate());
    Scene next = scene(with.layouter, spec, view, pts, ladder.has(Ladder.Step.GRAPHICS));
    Canvas canvas = with.composer.compose(next, frames, (double) pts / SECOND);
    if (canvas == null) {
      return null;
    }
    PictureBuffer buffer = buffers.computeIfAbsent(canvas.picture(), NativePicture::buffer);
    encoder.video(buffer, pts, mediaTime(n + 1) - pts, key);
    content.picture(pts, canvas.picture().view());
    inFlight.add(canvas);
    synchronized (lastLock) {
      if (last != null) {
        last.release();
      }
      last = canvas.retain();
    }
    return next;
  }

  /** What is to be painted; at half the rate it stands still in every other picture. */
  @SuppressWarnings("ReferenceEquality") // a spec or view that is new is another object
  private Scene scene(
      Layouter layouter, CompositionSpec spec, CallView view, long pts, boolean halfRate) {
    Painted before = painted;
    if (halfRate && moved && before != null && before.spec() == spec && before.view() == view) {
      moved = false;
      return before.scene();
    }
    moved = true;
    Scene next = layouter.scene(spec, view, (double) pts / SECOND);
    painted = new Painted(next, spec, view);
    return next;
  }

  private void setBitrate(int wanted) {
    if (wanted != bitrate) {
      bitrate = wanted;
      encoder.setBitrate(wanted);
    }
  }

  /** The tiles where they are or move to, as of the last tick. Belongs to its thread. */
  List<Layer> videos() {
    return painting == null ? List.of() : painting.layouter.videos();
  }

  /** Since when images that move are in the picture, as of {@link Composer#playing}. Any thread. */
  Map<String, Double> playing() {
    return painting == null ? Map.of() : painting.composer.playing();
  }

  /** Decodes an uploaded image ahead of its first use. Any thread. */
  void prepare(String file) {
    if (painting != null) {
      painting.composer.prepare(file);
    }
  }

  /**
   * Asks the custom layouts of these specs ahead of the ticks that want their scenes, which takes
   * up to a second each, and lets go of others. Any thread.
   */
  void prepare(List<CompositionSpec> specs, CallView view, double seconds) {
    if (painting != null) {
      painting.layouter.prepareOnly(specs, view, seconds);
    }
  }

  /** Lets an emoji fly, from the next tick on. Any thread. */
  public void react(String emoji) {
    if (painting != null) {
      painting.layouter.react(emoji);
    }
  }

  /** Shows a toast, from the next tick on or after those before it. Any thread. */
  public void toast(String text) {
    if (painting != null) {
      painting.layouter.toast(text);
    }
  }

  /** Shows a caption from the next tick on; 0 s: for as long as the params say. Any thread. */
  public void caption(String text, double seconds) {
    if (painting != null) {
      painting.layouter.caption(text, seconds);
    }
  }

  /**
   * Mixes and encodes a stretch of sound.
   *
   * @param firstFrame its first sample's number since media time 0
   * @param frames how many samples for each channel
   * @param callTime the call's time of the first, ns
   * @return the samples, interleaved, until the next call
   */
  public float[] sound(long firstFrame, int frames, long callTime) {
    if (sound.length < frames * channels) {
      sound = new float[frames * channels];
    }
    mixer.mix(callTime, sound, frames);
    content.sound(firstFrame * SECOND / SAMPLE_RATE, sound, frames * channels);
    encoder.audio(sound, frames, firstFrame * SECOND / SAMPLE_RATE);
    return sound;
  }

  /** A stretch of sound as it is, for who encodes it himself: floats, little-endian. */
  Packet pcm(float[] samples, int frames, long firstFrame) {
    byte[] data = new byte[frames * channels * Float.BYTES];
    ByteBuffer.wrap(data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(samples, 0, frames * channels);
    long pts = firstFrame * SECOND / SAMPLE_RATE;
    return new Packet(Packet.Kind.AUDIO, data, pts, pts, frames * SECOND / SAMPLE_RATE, true);
  }

  /**
   * Pictures that the encoder holds: its lookahead, and what it has not come to yet. Belongs to the
   * thread of {@link #tick}.
   */
  public int picturesInFlight() {
    takeBack();
    return inFlight.size();
  }

  /** The newest picture with a reference for the caller, or null before the first. Any thread. */
  public @Nullable Canvas newest() {
    synchronized (lastLock) {
      return last == null ? null : last.retain();
    }
  }

  /** Encodes what is inside to its end, within {@code millis}; says whether all came out. */
  public boolean drain(long millis) throws InterruptedException {
    return encoder.drain(millis);
  }

  @Override
  public void close() {
    encoder.close();
    synchronized (lastLock) {
      if (last != null) {
        last.release();
        last = null;
      }
    }
    buffers.values().forEach(PictureBuffer::close);
    inFlight.forEach(Canvas::release);
    inFlight.clear();
    if (painting != null) {
      painting.layouter.close();
      painting.composer.close();
      painting.pool.close();
    }
  }

  /** Canvases come back when their buffer's reference count says so, not by a callback. */
  private void takeBack() {
    for (Iterator<Canvas> it = inFlight.iterator(); it.hasNext(); ) {
      Canvas canvas = it.next();
      PictureBuffer buffer = buffers.get(canvas.picture());
      if (buffer != null && buffer.isFree()) {
        it.remove();
        canvas.release();
      }
    }
  }
}
