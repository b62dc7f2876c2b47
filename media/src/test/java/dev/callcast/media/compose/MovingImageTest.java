package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.compose.MovingPictures.GifFrame;
import dev.callcast.media.compose.Pictures.Samples;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which frame of an image that moves is in the picture of which media time. */
@Tag("media")
class MovingImageTest {
  private static final int SIZE = 128;
  private static final String KEEP = "doNotDispose";
  private static final String CLEAR = "restoreToBackgroundColor";
  private static final String UNDO = "restoreToPrevious";
  private static final java.awt.Color RED = new java.awt.Color(255, 0, 0);
  private static final java.awt.Color GREEN = new java.awt.Color(0, 255, 0);
  private static final java.awt.Color BLUE = new java.awt.Color(0, 0, 255);
  private static final java.awt.Color WHITE = new java.awt.Color(255, 255, 255);

  private final CanvasPool pool = new CanvasPool(SIZE, SIZE, 3);
  private Composer composer = new Composer(pool);

  @TempDir Path directory;

  @AfterEach
  void close() {
    composer.close();
    pool.close();
  }

  private static Layer shown(Path file) {
    return new Drawing(
        "image",
        new Rect(32, 32, 64, 64),
        64,
        64,
        0,
        1,
        List.of(new Picture(0, 0, 64, 64, new Asset(file.toString()), ScaleMode.FILL)),
        1);
  }

  private Samples paint(double seconds, Layer... layers) {
    Canvas canvas =
        composer.compose(
            new Scene(SIZE, SIZE, Color.BLACK, List.of(layers)), track -> null, seconds);
    try {
      return new Samples(canvas);
    } finally {
      canvas.release();
    }
  }

  private int luma(Path file, double seconds) {
    return paint(seconds, shown(file)).y(64, 64);
  }

  /** Luma of a frame of {@link MovingPictures#greys}. */
  private static int grey(int frame) {
    return Yuv.of(40 + 40 * frame, 40 + 40 * frame, 40 + 40 * frame).y();
  }

  private static int luma(java.awt.Color color) {
    return Yuv.of(color.getRed(), color.getGreen(), color.getBlue()).y();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.gif", "a.webp"})
  void theFrameOfTheMediaTimeIsShownForEver(String name) throws Exception {
    Path file = MovingPictures.greys(directory.resolve(name), "64x64", 0);
    for (int tick = 0; tick < 60; tick++) {
      assertThat(luma(file, 7 + tick / 30.0))
          .as("tick %d", tick)
          .isCloseTo(grey(tick / 3 % 5), within(1));
    }
  }

  /** A GIF counts repeats, a WebP rounds. */
  @ParameterizedTest
  @CsvSource({"a.gif,-1,1", "a.gif,1,2", "a.webp,1,1", "a.webp,2,2"})
  void afterItsLastRoundItKeepsItsLastFrame(String name, int loop, int rounds) throws Exception {
    Path file = MovingPictures.greys(directory.resolve(name), "64x64", loop);
    for (int tenth = 0; tenth < 5 * rounds; tenth++) {
      assertThat(luma(file, 1.05 + tenth / 10.0)).isCloseTo(grey(tenth % 5), within(1));
    }
    double end = 1.05 + rounds * 0.5;
    assertThat(luma(file, end)).isCloseTo(grey(4), within(1));
    long painted = composer.painted();
    assertThat(luma(file, end + 0.15)).isCloseTo(grey(4), within(1));
    assertThat(luma(file, end + 1000)).isCloseTo(grey(4), within(1));
    assertThat(composer.painted()).as("it stands still").isEqualTo(painted);
  }

  @Test
  void itBeginsWithTheFirstPictureThatItIsIn() throws Exception {
    Path file = MovingPictures.greys(directory.resolve("a.gif"), "64x64", 0);
    Path other = MovingPictures.greys(directory.resolve("b.gif"), "64x64", 0);
    luma(file, 1);
    assertThat(luma(file, 1.3)).isCloseTo(grey(3), within(1));
    paint(1.31);
    assertThat(luma(file, 1.33)).as("after it was away").isCloseTo(grey(0), within(1));
    assertThat(luma(file, 1.54)).isCloseTo(grey(2), within(1));
    assertThat(luma(other, 1.56)).as("in its place").isCloseTo(grey(0), within(1));
    assertThat(luma(other, 1.78)).isCloseTo(grey(2), within(1));
  }

  @Test
  void untilTheFrameChangesNothingIsPainted() throws Exception {
    Path file = MovingPictures.greys(directory.resolve("a.gif"), "64x64", 0);
    luma(file, 0);
    for (int tick = 1; tick < 30; tick++) {
      long painted = composer.painted();
      luma(file, tick / 30.0);
      assertThat(composer.painted() - painted).as("tick %d", tick).isEqualTo(tick % 3 == 0 ? 1 : 0);
    }
  }

  @Test
  void eachFrameHasItsOwnDuration() throws IOException {
    Path file =
        MovingPictures.gif(
            directory.resolve("a.gif"),
            0,
            List.of(
                new GifFrame(0, 0, 64, 64, RED, 5, KEEP),
                new GifFrame(0, 0, 64, 64, GREEN, 20, KEEP),
                new GifFrame(0, 0, 64, 64, BLUE, 0, KEEP), // counts as 100 ms
                new GifFrame(0, 0, 64, 64, WHITE, 3, KEEP)));
    double[] ends = {0.05, 0.25, 0.35, 0.38};
    List<java.awt.Color> colors = List.of(RED, GREEN, BLUE, WHITE);
    for (int i = 0; i < 100; i++) {
      double age = i / 100.0;
      int frame = 0;
      while (ends[frame] <= age % 0.38 + 1e-9) {
        frame = (frame + 1) % 4;
      }
      assertThat(luma(file, 5 + age))
          .as("after %.2f s", age)
          .isCloseTo(luma(colors.get(frame)), within(1));
    }
  }

  /** Left and right half of each frame, by hand; null where nothing is. */
  private static final List<GifFrame> DISPOSING =
      List.of(
          new GifFrame(0, 0, 64, 64, RED, 10, KEEP),
          new GifFrame(0, 0, 32, 64, BLUE, 10, UNDO),
          new GifFrame(32, 0, 32, 64, GREEN, 10, UNDO),
          new GifFrame(0, 0, 32, 64, WHITE, 10, KEEP),
          new GifFrame(32, 0, 32, 64, BLUE, 10, CLEAR),
          new GifFrame(8, 8, 8, 8, GREEN, 10, UNDO),
          new GifFrame(0, 0, 32, 64, BLUE, 10, CLEAR),
          new GifFrame(32, 0, 32, 64, RED, 10, KEEP));

  private static final java.awt.Color[][] HALVES = {
    {RED, RED},
    {BLUE, RED},
    {RED, GREEN},
    {WHITE, RED},
    {WHITE, BLUE},
    {WHITE, null},
    {BLUE, null},
    {null, RED}
  };

  /** Ticks that leave frames out must find the same as those that see all of them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 11})
  void framesAreTakenBackAsTheySay(int step) throws IOException {
    Path file = MovingPictures.gif(directory.resolve("a.gif"), 0, DISPOSING);
    paint(0, shown(file));
    for (int at = 0; at < 64; at += step) {
      Samples samples = paint(at / 10.0 + 0.01, shown(file));
      java.awt.Color[] halves = HALVES[at % 8];
      for (int half = 0; half < 2; half++) {
        int seen = samples.y(half == 0 ? 60 : 90, 90);
        assertThat(seen)
            .as("half %d of frame %d", half, at % 8)
            .isCloseTo(halves[half] == null ? 16 : luma(halves[half]), within(1));
      }
    }
  }

  @Test
  void theSameMomentGivesTheSamePictureWhateverCameBefore() throws IOException {
    Path file = MovingPictures.gif(directory.resolve("a.gif"), 0, DISPOSING);
    List<byte[]> pictures = new ArrayList<>();
    for (int tick = 0; tick < 60; tick++) {
      pictures.add(paint(tick / 30.0, shown(file)).bytes());
    }
    for (int tick : new int[] {59, 31, 4}) {
      composer.close();
      composer = new Composer(pool);
      composer.continues(java.util.Map.of(file.toString(), 0.0));
      assertThat(paint(tick / 30.0, shown(file)).bytes())
          .as("tick %d", tick)
          .isEqualTo(pictures.get(tick));
    }
  }

  @Test
  void tellsSinceWhenItHasBeenShown() throws Exception {
    Path file = MovingPictures.greys(directory.resolve("a.gif"), "64x64", 0);
    luma(file, 3);
    luma(file, 4);
    assertThat(composer.playing()).containsOnlyKeys(file.toString()).containsValue(3.0);
    paint(5);
    assertThat(composer.playing()).isEmpty();
  }

  @Test
  void whatIsTooLargeToMoveIsRefusedWithTheLimits() throws Exception {
    assertThat(AssetCheck.line(MovingPictures.greys(directory.resolve("a.gif"), "1282x720", 0)))
        .contains("error")
        .contains("5 frames of 1282x720", "at most 1000 frames, 921600 pixels in each");
    Path still = directory.resolve("still.gif");
    MovingPictures.gif(still, 0, List.of(new GifFrame(0, 0, 1282, 720, RED, 10, KEEP)));
    assertThat(AssetCheck.line(still)).contains("image/gif").contains("1282").doesNotContain("err");
    List<GifFrame> frames = new ArrayList<>();
    for (int i = 0; i < 1001; i++) {
      frames.add(new GifFrame(0, 0, 2, 2, i % 2 == 0 ? RED : BLUE, 10, KEEP));
    }
    Path many = directory.resolve("many.gif");
    assertThat(AssetCheck.line(MovingPictures.gif(many, 0, frames)))
        .contains("error")
        .contains("1001 frames of 2x2");
    frames.removeLast();
    assertThat(AssetCheck.line(MovingPictures.gif(many, 0, frames))).doesNotContain("error");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.gif", "a.webp"})
  void whatIsCutShortIsRefused(String name) throws Exception {
    Path file = MovingPictures.greys(directory.resolve(name), "64x64", 0);
    assertThat(AssetCheck.line(file))
        .contains(name.endsWith("gif") ? "image/gif" : "image/webp")
        .contains("64");
    byte[] bytes = Files.readAllBytes(file);
    for (double share : new double[] {0.3, 0.5, 0.9}) {
      Files.write(file, Arrays.copyOf(bytes, (int) (bytes.length * share)));
      assertThat(AssetCheck.line(file)).as("%.1f of it", share).contains("error");
    }
  }
}
