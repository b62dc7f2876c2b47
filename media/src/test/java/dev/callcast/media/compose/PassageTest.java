package dev.callcast.media.compose;

import static dev.callcast.media.compose.Pictures.box;
import static dev.callcast.media.compose.Pictures.label;
import static dev.callcast.media.compose.Pictures.solid;
import static dev.callcast.media.compose.Pictures.textured;
import static dev.callcast.media.compose.Pictures.tile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import dev.callcast.scene.Scene.Passage;
import dev.callcast.scene.Transition.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures on the way from one scene to the next, sample by sample. */
class PassageTest {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 180;
  private static final Color BLUE = new Color(20, 40, 90, 255);
  private static final Rect LEFT = new Rect(0, 0, 160, 90);
  private static final Rect MIDDLE = new Rect(80, 44, 160, 90);

  private final CanvasPool pool = new CanvasPool(WIDTH, HEIGHT, 8);
  private final Composer composer = new Composer(pool);
  private final Map<String, Frame> frames = new HashMap<>();
  private final int aliveBefore = Pictures.ALIVE.get();

  @AfterEach
  void nothingIsLeft() {
    composer.close();
    assertThat(pool.inUse()).isZero();
    pool.close();
    frames.values().forEach(Frame::release);
    assertThat(Pictures.ALIVE).hasValue(aliveBefore);
  }

  private @Nullable Frame frame(String track) {
    Frame frame = frames.get(track);
    return frame == null ? null : frame.retain();
  }

  private static Scene scene(Color background, int take, @Nullable Passage passage, Layer... all) {
    return new Scene(WIDTH, HEIGHT, background, List.of(all), take, passage);
  }

  private byte[] paint(Scene scene) {
    return paint(composer, scene);
  }

  private byte[] paint(Composer with, Scene scene) {
    Canvas canvas = with.compose(scene, this::frame);
    assertThat(canvas).isNotNull();
    byte[] bytes = canvas.picture().view().toBytes();
    canvas.release();
    return bytes;
  }

  private Scene old(@Nullable Passage passage) {
    return scene(
        Color.BLACK,
        1,
        passage,
        tile("a", LEFT),
        label("l", new Rect(8, 60, 120, 24), "Grace Hopper", null),
        box("glass", new Rect(200, 20, 60, 60), new Color(255, 0, 0, 128), 12, 1));
  }

  private Scene next(@Nullable Passage passage) {
    return scene(
        BLUE,
        2,
        passage,
        tile("b", MIDDLE),
        label("l", new Rect(90, 100, 120, 24), "Ada", null),
        tile("a", new Rect(0, 100, 80, 46)));
  }

  @Test
  void aCrossFadeMixesEverySampleOfLumaAndChroma() {
    frames.put("a", textured(160, 90, 0, 1));
    frames.put("b", textured(320, 180, 0, 2));
    byte[] from = paint(old(null));
    byte[] to = paint(next(null));
    for (int i = 0; i <= 30; i++) {
      double p = i / 30.0;
      byte[] seen = paint(next(new Passage(old(null), Kind.CROSS_FADE, p)));
      int share = (int) Math.round(256 * p);
      for (int at = 0; at < seen.length; at++) {
        int mixed = ((from[at] & 0xff) * (256 - share) + (to[at] & 0xff) * share + 128) >> 8;
        assertThat(seen[at] & 0xff).as("byte %d at %s", at, p).isEqualTo(mixed);
        assertThat(seen[at] & 0xff)
            .isBetween(
                Math.min(from[at] & 0xff, to[at] & 0xff), Math.max(from[at] & 0xff, to[at] & 0xff));
      }
    }
  }

  @Test
  void whatIsTheSameInBothStaysExactlyThat() {
    // Each layer faded by itself would let the background through: darker in the middle.
    frames.put("a", solid(64, 36, 200, 60, 220));
    frames.put("b", solid(64, 36, 200, 60, 220));
    Layer whole = tile("b", new Rect(0, 0, WIDTH, HEIGHT));
    Scene before = scene(Color.BLACK, 1, null, tile("a", new Rect(0, 0, WIDTH, HEIGHT)));
    byte[] wanted = paint(before);
    for (int i = 0; i <= 256; i++) {
      Passage passage = new Passage(before, Kind.CROSS_FADE, i / 256.0);
      assertThat(paint(scene(Color.WHITE, 2, passage, whole))).as("%d", i).isEqualTo(wanted);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"CROSS_FADE"},
      mode = EnumSource.Mode.EXCLUDE)
  void aWipeShowsEachSideUntouched(Kind kind) {
    frames.put("a", textured(160, 90, 0, 1));
    frames.put("b", textured(320, 180, 0, 2));
    byte[] from = paint(old(null));
    byte[] to = paint(next(null));
    for (int i = 0; i <= 30; i++) {
      double p = i / 30.0;
      byte[] seen = paint(next(new Passage(old(null), kind, p)));
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          // How far the sample is from where the edge comes from.
          double way =
              switch (kind) {
                case WIPE_LEFT -> WIDTH - 0.5 - x - WIDTH * p;
                case WIPE_RIGHT -> x + 0.5 - WIDTH * p;
                case WIPE_UP -> HEIGHT - 0.5 - y - HEIGHT * p;
                default -> y + 0.5 - HEIGHT * p;
              };
          if (Math.abs(way) > 2) {
            byte[] side = way < 0 ? to : from;
            int luma = y * WIDTH + x;
            int chroma = WIDTH * HEIGHT + y / 2 * (WIDTH / 2) + x / 2;
            assertThat(seen[luma]).as("%d,%d at %s", x, y, p).isEqualTo(side[luma]);
            assertThat(seen[chroma]).as("%d,%d at %s", x, y, p).isEqualTo(side[chroma]);
          }
        }
      }
    }
  }

  @Test
  void whatIsKeptOnTheWayIsWhatPaintingEverythingGives() {
    Random random = new Random(7);
    CanvasPool other = new CanvasPool(WIDTH, HEIGHT, 8);
    @Nullable Scene behind = null;
    Scene shown = old(null);
    for (int step = 0; step < 120; step++) {
      for (String track : List.of("a", "b")) {
        if (random.nextInt(3) == 0) {
          Frame gone = frames.put(track, textured(160, 90, 0, random.nextLong()));
          if (gone != null) {
            gone.release();
          }
        }
      }
      if (random.nextInt(8) == 0) {
        behind = random.nextBoolean() ? shown.passage() == null ? shown : null : null;
        int take = shown.take() + 1;
        Scene made = random.nextBoolean() ? old(null) : next(null);
        shown = scene(made.background(), take, null, made.layers().toArray(new Layer[0]));
      }
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      Scene asked =
          behind == null
              ? shown
              : scene(
                  shown.background(),
                  shown.take(),
                  new Passage(behind, kind, random.nextDouble()),
                  shown.layers().toArray(new Layer[0]));
      try (Composer fresh = new Composer(other)) {
        assertThat(paint(asked)).as("step %d", step).isEqualTo(paint(fresh, asked));
      }
    }
    assertThat(composer.kept()).as("the test is about keeping").isGreaterThan(50);
    other.close();
  }

  @Test
  void aPictureThatIsGoneStaysUntilItsSceneHasLeft() {
    frames.put("a", solid(64, 36, 200, 60, 220));
    Scene before = scene(Color.BLACK, 1, null, tile("a", new Rect(0, 0, WIDTH, HEIGHT)));
    byte[] wanted = paint(before);
    frames.remove("a").release();
    Passage passage = new Passage(before, Kind.WIPE_LEFT, 0.25);
    byte[] seen = paint(scene(Color.WHITE, 2, passage));
    assertThat(seen[0]).isEqualTo(wanted[0]);
    assertThat(seen[WIDTH - 1] & 0xff).isEqualTo(235);
    int used = pool.inUse();
    paint(scene(Color.WHITE, 2, null));
    assertThat(pool.inUse()).as("what was remembered of the old scene is gone").isLessThan(used);
  }
}
