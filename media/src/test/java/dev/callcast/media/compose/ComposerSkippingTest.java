package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.Frame;
import dev.callcast.media.ingest.FrameStore;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept from picture to picture is byte for byte what painting everything would give. */
class ComposerSkippingTest {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 144;
  private static final int[][] SIZES = {{128, 72}, {64, 36}, {75, 43}, {96, 54}, {40, 90}};
  private static final Color[] COLORS = {
    Color.WHITE, new Color(200, 30, 60, 255), new Color(10, 180, 90, 120), new Color(0, 40, 80, 255)
  };

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void randomSequencesComposeLikeFromScratch(long seed) {
    Random random = new Random(seed);
    int alive = Pictures.ALIVE.get();
    Map<String, Frame> frames = new HashMap<>();
    List<Layer> layers = new ArrayList<>();
    Color background = Color.BLACK;
    // The encoder's part: some canvases stay in use, so that the pool rotates.
    ArrayDeque<Canvas> inUse = new ArrayDeque<>();
    CanvasPool pool = new CanvasPool(WIDTH, HEIGHT, 5);
    CanvasPool other = new CanvasPool(WIDTH, HEIGHT, 2);
    Composer composer = new Composer(pool);
    Composer scratch = new Composer(other);
    FrameSource source =
        track -> {
          Frame frame = frames.get(track);
          return frame == null ? null : frame.retain();
        };
    for (int step = 0; step < 100; step++) {
      int changes = random.nextInt(3);
      for (int i = 0; i < changes; i++) {
        change(random, layers, frames);
      }
      if (random.nextInt(25) == 0) {
        background = COLORS[random.nextInt(COLORS.length)];
      }
      Scene scene = new Scene(WIDTH, HEIGHT, background, layers);
      Canvas canvas = composer.compose(scene, source);
      assertThat(canvas).isNotNull();
      byte[] incremental = canvas.picture().view().toBytes();
      scratch.forget();
      Canvas fresh = scratch.compose(scene, source);
      assertThat(fresh).isNotNull();
      byte[] whole = fresh.picture().view().toBytes();
      fresh.release();
      if (!java.util.Arrays.equals(incremental, whole)) {
        int at = java.util.Arrays.mismatch(incremental, whole);
        throw new AssertionError(
            "step %d differs at byte %d (%d,%d): %d, not %d; scene %s"
                .formatted(step, at, at % WIDTH, at / WIDTH, incremental[at], whole[at], scene));
      }
      inUse.add(canvas);
      while (inUse.size() > random.nextInt(4)) {
        inUse.remove().release();
      }
    }
    assertThat(composer.kept()).as("the test is about keeping").isGreaterThan(100);
    inUse.forEach(Canvas::release);
    composer.close();
    scratch.close();
    assertThat(pool.inUse()).isZero();
    pool.close();
    other.close();
    frames.values().forEach(Frame::release);
    assertThat(Pictures.ALIVE).hasValue(alive);
  }

  private static void change(Random random, List<Layer> layers, Map<String, Frame> frames) {
    int what = random.nextInt(10);
    if (layers.isEmpty() || what < 2 && layers.size() < 8) {
      layers.add(random.nextInt(layers.size() + 1), layer(random, "l" + random.nextInt(10_000)));
    } else if (what == 2) {
      layers.remove(random.nextInt(layers.size()));
    } else if (what == 3) {
      Collections.swap(layers, random.nextInt(layers.size()), random.nextInt(layers.size()));
    } else if (what == 4) {
      int at = random.nextInt(layers.size());
      layers.set(at, layer(random, layers.get(at).id()));
    } else if (what == 5) {
      // A new record with equal content must not matter, nor an id used twice.
      Layer layer = layers.get(random.nextInt(layers.size()));
      if (layer instanceof Box box) {
        layers.add(new Box(box.id(), box.rect(), box.color(), box.cornerRadius(), box.opacity()));
      }
    } else {
      String track = "t" + random.nextInt(4);
      Frame before =
          random.nextInt(8) == 0 ? frames.remove(track) : frames.put(track, frame(random));
      if (before != null) {
        before.release();
      }
    }
  }

  private static Frame frame(Random random) {
    int[] size = SIZES[random.nextInt(SIZES.length)];
    int rotation = random.nextInt(4) == 0 ? 90 * random.nextInt(4) : 0;
    return Pictures.textured(size[0], size[1], rotation, random.nextLong());
  }

  private static Layer layer(Random random, String id) {
    double opacity = random.nextInt(3) == 0 ? random.nextDouble() : 1;
    double radius = random.nextBoolean() ? 0 : random.nextInt(20);
    Color color = COLORS[random.nextInt(COLORS.length)];
    return switch (random.nextInt(5)) {
      case 0 -> Pictures.box(id, anywhere(random), color, radius, opacity);
      case 1 ->
          Pictures.label(
              id,
              anywhere(random),
              "Name " + random.nextInt(5),
              random.nextBoolean() ? Icon.MICROPHONE_MUTED : null);
      default -> {
        int[] size = SIZES[random.nextInt(SIZES.length)];
        int w = random.nextBoolean() ? size[0] & ~1 : 2 + 2 * random.nextInt(60);
        int h = random.nextBoolean() ? size[1] & ~1 : 2 + 2 * random.nextInt(60);
        Rect rect =
            new Rect(
                2 * random.nextInt((WIDTH - w) / 2 + 1),
                2 * random.nextInt((HEIGHT - h) / 2 + 1),
                w,
                h);
        yield new Tile(
            id,
            "p",
            random.nextInt(8) == 0 ? null : "t" + random.nextInt(4),
            rect,
            random.nextBoolean() ? ScaleMode.FILL : ScaleMode.FIT,
            random.nextBoolean() ? 1 : 1.5,
            radius,
            opacity,
            random.nextInt(3) == 0 ? new Border(random.nextInt(60) / 10.0, color) : null,
            new Placeholder("XY", COLORS[random.nextInt(COLORS.length)]));
      }
    };
  }

  private static Rect anywhere(Random random) {
    return new Rect(
        random.nextInt(WIDTH + 20) - 20,
        random.nextInt(HEIGHT + 20) - 20,
        1 + random.nextInt(120),
        1 + random.nextInt(60));
  }

  /** Two compositions of one call, of other sizes and rates, read the same stores. */
  @Test
  void twoComposersReadTheSameStores() {
    int alive = Pictures.ALIVE.get();
    FrameStore store = new FrameStore();
    CanvasPool wide = new CanvasPool(320, 180, 3);
    CanvasPool tall = new CanvasPool(90, 160, 3);
    Composer at30 = new Composer(wide);
    Composer at15 = new Composer(tall);
    long frame = 1_000_000_000L / 30;
    for (int n = 0; n < 60; n++) {
      // Frame n has luma 20 + 3n: which one is shown can be read from the picture.
      Frame solid = Pictures.solid(64, 36, 20 + 3 * n, 128, 128);
      store.add(new Frame(solid.picture(), n * frame, 0, n, solid::release));
      assertShows(at30, 320, 180, store, n * frame, frame / 2, n);
      if (n % 2 == 1 && n >= 7) {
        // The slower one runs later: it still finds the frames of its own time.
        assertShows(at15, 90, 160, store, (n - 6) * frame, frame, n - 6);
      }
    }
    at30.close();
    at15.close();
    store.close();
    assertThat(wide.inUse() + tall.inUse()).isZero();
    wide.close();
    tall.close();
    assertThat(Pictures.ALIVE).hasValue(alive);
  }

  private static void assertShows(
      Composer composer, int width, int height, FrameStore store, long time, long half, int n) {
    Scene scene =
        new Scene(
            width, height, Color.BLACK, List.of(Pictures.tile("t", new Rect(0, 0, width, height))));
    Canvas canvas = composer.compose(scene, track -> store.acquire(time, half));
    assertThat(canvas).isNotNull();
    assertThat(canvas.picture().view().toBytes()[width * height / 2] & 0xff).isEqualTo(20 + 3 * n);
    canvas.release();
  }
}
