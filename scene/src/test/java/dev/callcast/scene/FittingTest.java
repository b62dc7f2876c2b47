package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.Fitting.Placement;
import dev.callcast.scene.Layer.ScaleMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FittingTest {
  @ParameterizedTest(name = "{0} zoom {1}: {2}x{3} into {4}x{5}")
  @CsvSource({
    // mode, zoom, source, box, destination, crop
    "FILL, 1, 640, 360, 640, 360,   0,   0, 640, 360,   0,   0, 640, 360",
    "FILL, 1, 640, 360, 426, 240,   0,   0, 426, 240,   0,   0, 640, 360",
    "FILL, 1, 640, 360, 360, 360,   0,   0, 360, 360, 140,   0, 360, 360",
    "FILL, 1, 640, 480, 640, 360,   0,   0, 640, 360,   0,  60, 640, 360",
    "FILL, 1, 360, 640, 640, 360,   0,   0, 640, 360,   0, 218, 360, 202",
    "FILL, 2, 640, 360, 640, 360,   0,   0, 640, 360, 160,  90, 320, 180",
    "FILL, 1, 300, 169, 320, 180,   0,   0, 320, 180,   0,   0, 300, 169",
    "FILL, 1, 300, 169, 100, 100,   0,   0, 100, 100,  64,   0, 170, 169",
    "FILL, 1, 301, 169, 300, 100,   0,   0, 300, 100,   0,  34, 301, 100",
    "FILL, 4, 300, 169, 320, 180,   0,   0, 320, 180, 112,  64,  76,  42",
    "FILL, 1,   1,   1, 320, 180,   0,   0, 320, 180,   0,   0,   1,   1",
    "FILL, 1,   2, 999, 320, 180,   0,   0, 320, 180,   0, 498,   2,   2",
    "FIT,  1, 640, 360, 640, 720,   0, 180, 640, 360,   0,   0, 640, 360",
    "FIT,  1, 360, 640, 640, 360, 218,   0, 202, 360,   0,   0, 360, 640",
    "FIT,  3, 300, 169, 640, 360,   0,   0, 640, 360,   0,   0, 300, 169",
    "FIT,  1, 4000,  1, 640, 360,   0, 178, 640,   2,   0,   0, 4000,  1",
    "FIT,  1,   1,   1, 100, 200,   0,  50, 100, 100,   0,   0,   1,   1"
  })
  void placesExactly(
      ScaleMode mode,
      double zoom,
      int sourceWidth,
      int sourceHeight,
      int boxWidth,
      int boxHeight,
      int x,
      int y,
      int width,
      int height,
      int cropX,
      int cropY,
      int cropWidth,
      int cropHeight) {
    Rect box = new Rect(10, 20, boxWidth, boxHeight);
    assertThat(Fitting.place(box, mode, zoom, sourceWidth, sourceHeight))
        .isEqualTo(
            new Placement(
                new Rect(10 + x, 20 + y, width, height), cropX, cropY, cropWidth, cropHeight));
  }

  @Test
  void anySourceInAnyBox() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      int sourceWidth = 1 + random.nextInt(2000);
      int sourceHeight = 1 + random.nextInt(2000);
      Rect box =
          new Rect(
              2 * random.nextInt(500),
              2 * random.nextInt(500),
              2 + 2 * random.nextInt(1000),
              2 + 2 * random.nextInt(1000));
      ScaleMode mode = random.nextBoolean() ? ScaleMode.FILL : ScaleMode.FIT;
      double zoom = random.nextBoolean() ? 1 : 1 + 3 * random.nextDouble();
      Placement placed = Fitting.place(box, mode, zoom, sourceWidth, sourceHeight);
      String problem = problem(placed, box, mode, zoom, sourceWidth, sourceHeight);
      if (!problem.isEmpty()) {
        throw new AssertionError(
            "%s: %s of %dx%d zoom %s into %s is %s"
                .formatted(problem, mode, sourceWidth, sourceHeight, zoom, box, placed));
      }
    }
  }

  private static String problem(
      Placement placed, Rect box, ScaleMode mode, double zoom, int width, int height) {
    Rect to = placed.destination();
    if (!box.contains(to) || ((to.x() | to.y() | to.width() | to.height()) & 1) != 0) {
      return "destination";
    }
    int right = placed.cropX() + placed.cropWidth();
    int bottom = placed.cropY() + placed.cropHeight();
    if (placed.cropX() < 0 || placed.cropY() < 0 || right > width || bottom > height) {
      return "crop outside";
    }
    if (placed.cropWidth() < 1
        || placed.cropHeight() < 1
        || ((placed.cropX() | placed.cropY()) & 1) != 0
        || (placed.cropWidth() % 2 != 0 && right != width)
        || (placed.cropHeight() % 2 != 0 && bottom != height)) {
      return "crop not on chroma samples";
    }
    if (Math.abs(placed.cropX() - (width - right)) > 2
        || Math.abs(placed.cropY() - (height - bottom)) > 2) {
      return "crop not centred";
    }
    if (mode == ScaleMode.FILL) {
      double boxAspect = (double) box.width() / box.height();
      double wantedWidth = Math.min(width, height * boxAspect) / zoom;
      double wantedHeight = Math.min(height, width / boxAspect) / zoom;
      return !to.equals(box)
              || Math.abs(placed.cropWidth() - wantedWidth) > Math.max(1 + 1e-9, 2 - wantedWidth)
              || Math.abs(placed.cropHeight() - wantedHeight) > Math.max(1 + 1e-9, 2 - wantedHeight)
          ? "not filled"
          : "";
    }
    double scale = Math.min((double) box.width() / width, (double) box.height() / height);
    return placed.cropWidth() != width
            || placed.cropHeight() != height
            || Math.abs(to.width() - width * scale) > Math.max(1 + 1e-9, 2 - width * scale)
            || Math.abs(to.height() - height * scale) > Math.max(1 + 1e-9, 2 - height * scale)
            || Math.abs(to.x() - box.x() - (box.right() - to.right())) > 2
            || Math.abs(to.y() - box.y() - (box.bottom() - to.bottom())) > 2
        ? "not fitted"
        : "";
  }

  @Test
  void refusesSourcesWithoutASize() {
    assertThatThrownBy(() -> Fitting.place(new Rect(0, 0, 2, 2), ScaleMode.FIT, 1, 0, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
