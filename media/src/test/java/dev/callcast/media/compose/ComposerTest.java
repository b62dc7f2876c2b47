package dev.callcast.media.compose;

import static dev.callcast.media.compose.Pictures.box;
import static dev.callcast.media.compose.Pictures.label;
import static dev.callcast.media.compose.Pictures.solid;
import static dev.callcast.media.compose.Pictures.textured;
import static dev.callcast.media.compose.Pictures.tile;
import static dev.callcast.media.compose.Pictures.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.compose.Pictures.Samples;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import io.github.humbleui.skija.FontMgr;
import io.github.humbleui.skija.FontStyle;
import io.github.humbleui.skija.Typeface;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComposerTest {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 240;
  private static final Color GREY = new Color(128, 128, 128, 255);
  private static final int GREY_Y = 126;
  private static final Color RED = new Color(255, 0, 0, 255); // Y 81, U 90, V 240

  private final CanvasPool pool = new CanvasPool(WIDTH, HEIGHT, 4);
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

  private Frame frame(String track) {
    Frame frame = frames.get(track);
    return frame == null ? null : frame.retain();
  }

  private Samples compose(Layer... layers) {
    Canvas canvas = composer.compose(new Scene(WIDTH, HEIGHT, GREY, List.of(layers)), this::frame);
    Samples samples = new Samples(canvas);
    canvas.release();
    return samples;
  }

  private static void assertRegion(Samples samples, Rect rect, int y, int u, int v) {
    for (int row = rect.y(); row < rect.bottom(); row++) {
      for (int x = rect.x(); x < rect.right(); x++) {
        if (samples.y(x, row) != y
            || samples.u(x / 2, row / 2) != u
            || samples.v(x / 2, row / 2) != v) {
          throw new AssertionError(
              "%d,%d is %d %d %d, not %d %d %d"
                  .formatted(
                      x,
                      row,
                      samples.y(x, row),
                      samples.u(x / 2, row / 2),
                      samples.v(x / 2, row / 2),
                      y,
                      u,
                      v));
        }
      }
    }
  }

  @Test
  void tilesFillTheirRectanglesExactlyAndNothingElse() {
    frames.put("a", solid(640, 360, 81, 90, 240));
    frames.put("b", solid(300, 169, 145, 54, 34));
    frames.put("c", solid(97, 55, 41, 240, 110));
    Rect a = new Rect(10, 6, 106, 60);
    Rect b = new Rect(150, 6, 94, 170);
    Rect c = new Rect(2, 100, 140, 38);
    Samples samples = compose(tile("a", a), tile("b", b), tile("c", c));
    assertRegion(samples, a, 81, 90, 240);
    assertRegion(samples, b, 145, 54, 34);
    assertRegion(samples, c, 41, 240, 110);
    assertRegion(samples, new Rect(0, 0, WIDTH, 6), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(0, 0, 2, HEIGHT), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(116, 6, 34, 94), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(10, 66, 106, 34), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(244, 0, WIDTH - 244, HEIGHT), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(0, 176, WIDTH, HEIGHT - 176), GREY_Y, 128, 128);
  }

  /** Of the same pictures, as new ones. */
  private Samples composeTextured(Rect odd, Rect half) {
    for (String track : List.of("odd", "half")) {
      Frame before = frames.put(track, textured(212, 120, 0, 5));
      if (before != null) {
        before.release();
      }
    }
    return compose(tile("odd", odd), tile("half", half));
  }

  @Test
  void theCheaperFilterIsForOddRatiosAndOnlyWhileItIsWanted() {
    Rect odd = new Rect(0, 0, 140, 80);
    Rect half = new Rect(0, 100, 106, 60);
    Samples fine = composeTextured(odd, half);
    composer.cheap(true);
    Samples cheap = composeTextured(odd, half);
    assertThat(difference(fine, cheap, half)).isZero();
    assertThat(difference(fine, cheap, odd)).isBetween(0.5, 12.0);
    composer.cheap(false);
    assertThat(difference(fine, composeTextured(odd, half), odd)).isZero();
  }

  /** Of luma, the mean. */
  private static double difference(Samples one, Samples other, Rect rect) {
    long sum = 0;
    for (int row = rect.y(); row < rect.bottom(); row++) {
      for (int x = rect.x(); x < rect.right(); x++) {
        sum += Math.abs(one.y(x, row) - other.y(x, row));
      }
    }
    return (double) sum / (rect.width() * rect.height());
  }

  @Test
  void fitShowsWhatLiesBeneathInItsBars() {
    frames.put("a", solid(640, 360, 81, 90, 240));
    Tile fit = with(tile("a", new Rect(0, 0, 320, 240)), ScaleMode.FIT, 1);
    Samples samples = compose(fit);
    assertRegion(samples, new Rect(0, 30, 320, 180), 81, 90, 240);
    assertRegion(samples, new Rect(0, 0, 320, 30), GREY_Y, 128, 128);
    assertRegion(samples, new Rect(0, 210, 320, 30), GREY_Y, 128, 128);
  }

  @Test
  void fillCropsAtTheCentre() {
    // Left, middle and right third in three colours: a tile of a third's aspect shows the middle.
    int w = 180;
    int h = 90;
    byte[] bytes = new byte[w * h * 3 / 2];
    for (int row = 0; row < h; row++) {
      for (int x = 0; x < w; x++) {
        bytes[row * w + x] = (byte) (x < 60 ? 40 : x < 120 ? 120 : 200);
      }
    }
    java.util.Arrays.fill(bytes, w * h, bytes.length, (byte) 128);
    frames.put("a", Pictures.frame(w, h, bytes, 0));
    Samples samples = compose(tile("a", new Rect(0, 0, 160, 240)));
    // At the crop's very edges the filter sees the neighbours, as it would without a crop.
    assertRegion(samples, new Rect(4, 0, 152, 240), 120, 128, 128);
  }

  /** The quarters of a picture, each with a colour of its own, end up where rotation puts them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 90, 180, 270})
  void rotationTurnsClockwise(int rotation) {
    for (int odd = 0; odd < 2; odd++) {
      int w = 200 + odd;
      int h = 100 + odd;
      byte[] bytes = new byte[w * h + 2 * ((w + 1) / 2) * ((h + 1) / 2)];
      int[] values = {40, 90, 160, 220}; // top left, top right, bottom left, bottom right
      for (int row = 0; row < h; row++) {
        for (int x = 0; x < w; x++) {
          bytes[row * w + x] = (byte) values[(x < w / 2 ? 0 : 1) + (row < h / 2 ? 0 : 2)];
        }
      }
      Frame frame = Pictures.frame(w, h, bytes, rotation);
      Frame before = frames.put("a", frame);
      if (before != null) {
        before.release();
      }
      boolean turned = rotation % 180 != 0;
      Rect rect = turned ? new Rect(0, 0, 100, 200) : new Rect(0, 0, 200, 100);
      Samples samples = compose(tile("a", rect));
      int left = rect.width() / 4;
      int right = rect.width() * 3 / 4;
      int top = rect.height() / 4;
      int bottom = rect.height() * 3 / 4;
      int[] seen = {
        samples.y(left, top),
        samples.y(right, top),
        samples.y(left, bottom),
        samples.y(right, bottom)
      };
      assertThat(seen)
          .isEqualTo(
              switch (rotation) {
                case 90 -> new int[] {160, 40, 220, 90};
                case 180 -> new int[] {220, 160, 90, 40};
                case 270 -> new int[] {90, 220, 40, 160};
                default -> values;
              });
    }
  }

  @Test
  void opacityMixesExactly() {
    frames.put("a", solid(64, 36, 200, 60, 220));
    Rect rect = new Rect(20, 20, 64, 36);
    Samples samples = compose(with(tile("a", rect), 0, 0.25, null));
    int alpha = 64;
    assertRegion(samples, rect, mix(alpha, 200, GREY_Y), mix(alpha, 60, 128), mix(alpha, 220, 128));
    assertRegion(samples, new Rect(84, 0, 100, 100), GREY_Y, 128, 128);
  }

  private static int mix(int alpha, int top, int bottom) {
    return (alpha * top + (255 - alpha) * bottom + 255) >> 8;
  }

  @Test
  void roundedCornersCutExactlyTheirArea() {
    frames.put("a", solid(64, 36, 226, 60, 220));
    double radius = 21;
    Rect rect = new Rect(40, 30, 160, 120);
    for (double opacity : new double[] {1, 0.5}) {
      Samples samples = compose(with(tile("a", rect), radius, opacity, null));
      double covered = 0;
      double chroma = 0;
      int alpha = TilePainter.opacity(opacity);
      double full = (226 - GREY_Y) * alpha / 255.0;
      for (int y = rect.y(); y < rect.bottom(); y++) {
        for (int x = rect.x(); x < rect.right(); x++) {
          covered += (samples.y(x, y) - GREY_Y) / full;
          chroma += (samples.v(x / 2, y / 2) - 128) / ((220 - 128) * alpha / 255.0);
        }
      }
      double area = rect.width() * rect.height() - (4 - Math.PI) * radius * radius;
      assertThat(covered).isCloseTo(area, within(area * 0.008));
      assertThat(chroma).isCloseTo(area, within(area * 0.012));
      assertThat(samples.y(40, 30)).as("the corner itself").isEqualTo(GREY_Y);
      assertThat(samples.u(20, 15)).isEqualTo(128);
      assertThat(samples.y(120, 30)).as("middle of the edge").isEqualTo(mix(alpha, 226, GREY_Y));
      assertThat(samples.y(39, 90)).as("outside").isEqualTo(GREY_Y);
    }
  }

  @Test
  void bordersLieInsideAndFollowTheCorners() {
    frames.put("a", solid(64, 36, 60, 128, 128));
    Rect rect = new Rect(40, 30, 160, 120);
    Border border = new Border(4, RED);
    Samples samples = compose(with(tile("a", rect), 0, 1, border));
    assertRegion(samples, new Rect(40, 30, 160, 4), 81, 90, 240);
    assertRegion(samples, new Rect(40, 146, 160, 4), 81, 90, 240);
    assertRegion(samples, new Rect(40, 30, 4, 120), 81, 90, 240);
    assertRegion(samples, new Rect(196, 30, 4, 120), 81, 90, 240);
    assertRegion(samples, new Rect(44, 34, 152, 112), 60, 128, 128);
    assertRegion(samples, new Rect(36, 30, 4, 120), GREY_Y, 128, 128);

    double radius = 20;
    Samples rounded = compose(with(tile("a", rect), radius, 1, border));
    assertThat(rounded.y(40, 30)).isEqualTo(GREY_Y);
    assertRegion(rounded, new Rect(80, 30, 80, 4), 81, 90, 240);
    assertRegion(rounded, new Rect(44, 60, 152, 60), 60, 128, 128);
    // On the diagonal, half the border's width inside the arc.
    int diagonal = (int) Math.round(radius - (radius - 2) / Math.sqrt(2));
    assertThat(rounded.y(40 + diagonal, 30 + diagonal)).isEqualTo(81);
    assertThat(rounded.y(40 + diagonal + 5, 30 + diagonal + 5)).isEqualTo(60);
    double ring = 0;
    for (int y = rect.y(); y < rect.bottom(); y++) {
      for (int x = rect.x(); x < rect.right(); x++) {
        ring += (rounded.v(x / 2, y / 2) - 128) / (240.0 - 128);
      }
    }
    double outer = 160 * 120 - (4 - Math.PI) * radius * radius;
    double inner = 152 * 112 - (4 - Math.PI) * 16 * 16;
    assertThat(ring).isCloseTo(outer - inner, within((outer - inner) * 0.02));
  }

  @Test
  void oddPlacesAndTilesOutsideAreRefused() {
    for (Rect rect :
        List.of(
            new Rect(1, 0, 10, 10),
            new Rect(0, 1, 10, 10),
            new Rect(0, 0, 11, 10),
            new Rect(0, 0, 10, 11),
            new Rect(0, 0, 0, 10),
            new Rect(-2, 0, 10, 10),
            new Rect(312, 0, 10, 10))) {
      assertThatThrownBy(() -> compose(tile("a", rect)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tile a");
    }
    assertThatThrownBy(() -> composer.compose(new Scene(640, 360, GREY, List.of()), this::frame))
        .hasMessageContaining("640x360");
  }

  @Test
  void boxesMayBeOddTransparentRoundedAndHalfOutside() {
    Samples samples =
        compose(
            box("plain", new Rect(10, 10, 20, 20), RED, 0, 1),
            box("glass", new Rect(50, 10, 20, 20), new Color(255, 0, 0, 128), 0, 1),
            box("odd", new Rect(101, 11, 7, 9), RED, 0, 1),
            box("outside", new Rect(-10, 230, 30, 30), RED, 0, 1));
    assertRegion(samples, new Rect(10, 10, 20, 20), 81, 90, 240);
    assertRegion(
        samples,
        new Rect(50, 10, 20, 20),
        mix(128, 81, GREY_Y),
        mix(128, 90, 128),
        mix(128, 240, 128));
    assertRegion(samples, new Rect(102, 12, 6, 8), 81, 90, 240);
    assertThat(samples.y(101, 11)).isEqualTo(81);
    assertThat(samples.y(100, 11)).isEqualTo(GREY_Y);
    assertThat(samples.y(108, 15)).isEqualTo(GREY_Y);
    assertThat(samples.v(50, 6))
        .as("half a chroma sample")
        .isCloseTo(mix(128, 240, 128), within(1));
    assertRegion(samples, new Rect(0, 230, 20, 10), 81, 90, 240);
  }

  @Test
  void layersArePaintedInOrderAlsoABoxBetweenTwoVideos() {
    frames.put("a", solid(64, 36, 60, 128, 128));
    frames.put("b", solid(64, 36, 200, 128, 128));
    Samples samples =
        compose(
            tile("a", new Rect(0, 0, 200, 200)),
            box("box", new Rect(20, 20, 100, 100), RED, 0, 1),
            tile("b", new Rect(60, 60, 100, 100)));
    assertRegion(samples, new Rect(0, 0, 20, 200), 60, 128, 128);
    assertRegion(samples, new Rect(20, 20, 40, 100), 81, 90, 240);
    assertRegion(samples, new Rect(60, 60, 100, 100), 200, 128, 128);
  }

  @Test
  void labelsAreVisibleAndStayInsideTheirRectangle() {
    Rect rect = new Rect(31, 41, 151, 29);
    Samples samples = compose(label("l", rect, "Grace Hopper", Icon.MICROPHONE_MUTED));
    int bright = 0;
    int dark = 0;
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean inside = x >= rect.x() && x < rect.right() && y >= rect.y() && y < rect.bottom();
        int value = samples.y(x, y);
        if (!inside) {
          assertThat(value).as("%d,%d", x, y).isEqualTo(GREY_Y);
        } else if (value > 220) {
          bright++;
        } else if (value < 40) {
          dark++;
        }
      }
    }
    assertThat(bright).as("white letters").isGreaterThan(400);
    assertThat(dark).as("their outline").isGreaterThan(200);
  }

  @Test
  void aTextTooLongEndsInAnEllipsisInsideTheRectangle() {
    Rect rect = new Rect(20, 40, 100, 30);
    Samples cut = compose(label("l", rect, "A very long name that does not fit at all", null));
    int rightmost = 0;
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        if (cut.y(x, y) > 200) {
          rightmost = Math.max(rightmost, x);
        }
      }
    }
    assertThat(rightmost).isBetween(rect.right() - 30, rect.right() - 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"محمد علي", "山田太郎", "김철수", "Ольга", "🦊🎉", "नमस्ते", "שלום"})
  void everyScriptHasGlyphs(String text) {
    try (Typeface font =
        FontMgr.getDefault()
            .matchFamilyStyleCharacter(null, FontStyle.NORMAL, null, text.codePointAt(0))) {
      // ./test installs fonts for all of them.
      assertThat(font).as("a font for " + text + " is installed").isNotNull();
    }
    Rect rect = new Rect(20, 40, 200, 40);
    byte[] some = compose(label("l", rect, text, null)).bytes();
    byte[] tofu = compose(label("l", rect, "\uE123".repeat(text.length()), null)).bytes();
    byte[] nothing = compose(label("l", rect, " ", null)).bytes();
    assertThat(some).isNotEqualTo(nothing).isNotEqualTo(tofu);
  }

  @Test
  void withoutAPictureThePlaceholderShowsInitialsOnItsColour() {
    Rect rect = new Rect(40, 30, 160, 120);
    Tile tile =
        new Tile("t", "p", "t", rect, ScaleMode.FILL, 1, 0, 1, null, new Placeholder("GH", RED));
    Samples samples = compose(tile);
    assertRegion(samples, new Rect(40, 30, 160, 20), 81, 90, 240);
    int bright = 0;
    for (int y = 60; y < 120; y++) {
      for (int x = 60; x < 180; x++) {
        bright += samples.y(x, y) > 220 ? 1 : 0;
      }
    }
    assertThat(bright).as("initials").isGreaterThan(300);
    frames.put("t", solid(64, 36, 60, 128, 128));
    assertRegion(compose(tile), rect, 60, 128, 128);
  }

  @Test
  void tinyAndHugeSourcesArePainted() {
    int n = 0;
    for (int[] size : new int[][] {{1, 1}, {1, 50}, {3, 2}, {2, 3}, {2000, 2}, {1920, 1080}}) {
      for (int rotation : new int[] {0, 90, 180, 270}) {
        String track = "t" + n++;
        Frame solid = solid(size[0], size[1], 81, 90, 240);
        frames.put(track, Pictures.frame(size[0], size[1], solid.picture().toBytes(), rotation));
        solid.release();
        for (ScaleMode mode : ScaleMode.values()) {
          Samples samples = compose(with(tile(track, new Rect(10, 10, 62, 34)), mode, 2));
          if (mode == ScaleMode.FILL) {
            assertRegion(samples, new Rect(10, 10, 62, 34), 81, 90, 240);
          }
        }
      }
    }
  }

  /**
   * Of an odd source the last chroma sample covers one luma sample only. The colour must reach to
   * the last row and column all the same, and change exactly where the brightness does.
   */
  @ParameterizedTest
  @ValueSource(strings = {"300x169", "301x168", "301x169", "299x171", "97x55", "640x360"})
  void colourLiesUnderItsBrightnessUpToTheEdges(String size) {
    int w = Integer.parseInt(size.substring(0, size.indexOf('x')));
    int h = Integer.parseInt(size.substring(size.indexOf('x') + 1));
    for (int rotation : new int[] {0, 90, 180, 270}) {
      for (boolean upright : new boolean[] {true, false}) {
        Frame old = frames.put("a", halves(w, h, upright, rotation));
        if (old != null) {
          old.release();
        }
        boolean turned = rotation % 180 != 0;
        int width = turned ? 180 : 320;
        int height = turned ? 234 : 180;
        Tile tile = with(tile("a", new Rect(0, 0, width, height)), ScaleMode.FILL, 1);
        Samples samples = compose(tile);
        // A line across the boundary, at both ends and in the middle of the other direction.
        boolean across = upright != turned;
        int length = across ? width : height;
        int other = across ? height : width;
        for (int at : new int[] {0, other / 2, other - 1}) {
          int[] luma = new int[length];
          int[] u = new int[length];
          int[] v = new int[length];
          for (int i = 0; i < length; i++) {
            int x = across ? i : at;
            int y = across ? at : i;
            luma[i] = samples.y(x, y);
            u[i] = samples.u(x / 2, y / 2);
            v[i] = samples.v(x / 2, y / 2);
          }
          boolean swapped =
              rotation == 180 || (rotation == 90 && !upright) || (rotation == 270 && upright);
          int first = swapped ? 1 : 0;
          String where = size + " turned by " + rotation + ", line " + at;
          assertThat(new int[] {luma[0], u[0], v[0]}).as(where).isEqualTo(HALVES[first]);
          assertThat(new int[] {luma[length - 1], u[length - 1], v[length - 1]})
              .as(where)
              .isEqualTo(HALVES[1 - first]);
          int boundary = boundary(luma);
          assertThat(boundary(u)).as(where).isCloseTo(boundary, within(2));
          assertThat(boundary(v)).as(where).isCloseTo(boundary, within(2));
        }
      }
    }
  }

  /** Y, U and V of the two halves. */
  private static final int[][] HALVES = {{60, 90, 200}, {180, 200, 60}};

  /** A picture that changes its colour at about the middle of its width, or of its height. */
  private static Frame halves(int w, int h, boolean upright, int rotation) {
    int chromaWidth = (w + 1) / 2;
    int chromaHeight = (h + 1) / 2;
    byte[] bytes = new byte[w * h + 2 * chromaWidth * chromaHeight];
    int middle = (upright ? w : h) / 4 * 2;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int[] color = HALVES[(upright ? x : y) < middle ? 0 : 1];
        int chroma = w * h + y / 2 * chromaWidth + x / 2;
        bytes[y * w + x] = (byte) color[0];
        bytes[chroma] = (byte) color[1];
        bytes[chroma + chromaWidth * chromaHeight] = (byte) color[2];
      }
    }
    return Pictures.frame(w, h, bytes, rotation);
  }

  /** Where a line of samples passes the middle between its ends. */
  private static int boundary(int[] line) {
    double middle = (line[0] + line[line.length - 1]) / 2.0;
    boolean above = line[0] > middle;
    int at = 0;
    while (at < line.length && line[at] > middle == above) {
      at++;
    }
    return at;
  }

  @Test
  void aTickIsSkippedWhenAllCanvasesAreInUse() {
    Scene scene = new Scene(WIDTH, HEIGHT, GREY, List.of());
    Canvas[] held = new Canvas[4];
    for (int i = 0; i < 4; i++) {
      held[i] = composer.compose(scene, this::frame);
      assertThat(held[i]).isNotNull();
    }
    assertThat(composer.compose(scene, this::frame)).isNull();
    held[0].release();
    Canvas again = composer.compose(scene, this::frame);
    assertThat(again).isNotNull();
    again.release();
    for (int i = 1; i < 4; i++) {
      held[i].release();
    }
  }

  @Test
  void warmingUpPaintsNothing() {
    composer.warmUp();
    assertThat(pool.inUse()).isZero();
    assertThat(composer.painted()).isZero();
  }

  @Test
  void unchangedLayersAreKept() {
    frames.put("a", solid(64, 36, 60, 128, 128));
    frames.put("b", solid(64, 36, 60, 128, 128));
    Layer[] layers = {
      tile("a", new Rect(0, 0, 100, 100)),
      label("la", new Rect(10, 80, 80, 20), "A", null),
      tile("b", new Rect(100, 0, 100, 100)),
      label("lb", new Rect(110, 80, 80, 20), "B", null)
    };
    compose(layers);
    assertThat(composer.painted()).isEqualTo(4);
    compose(layers);
    assertThat(composer.painted()).isEqualTo(4);
    frames.put("b", solid(64, 36, 70, 128, 128)).release();
    compose(layers);
    assertThat(composer.painted()).as("b and its label").isEqualTo(6);
    assertThat(composer.kept()).isEqualTo(4 + 2);
  }
}
