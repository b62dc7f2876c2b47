package dev.callcast.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.scene.Rect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pictures are compared with the ones that they are, and the error is the known one. */
@Tag("media")
@Timeout(60)
class LikenessTest {
  private static final List<Tile> TILES =
      List.of(
          Tile.of(0, new Rect(0, 0, 640, 360)).between(1, 5),
          Tile.of(1, new Rect(640, 0, 640, 360)).between(1, 5));

  @TempDir Path directory;

  @Test
  void aRepeatedFrameIsNoErrorAndABrighterOneIsAKnownError() throws Exception {
    Path ideal = directory.resolve("ideal.yuv");
    KnownFile known = new KnownFile();
    known.options = "-map 0:v -c:v rawvideo -f rawvideo";
    known.write(ideal);

    KnownFile frozen = new KnownFile();
    frozen.frozenTile = 1;
    frozen.options = "-c:v ffv1 -c:a aac";
    Path same = frozen.write(directory.resolve("same.mkv"));
    assertThat(Likeness.psnr(same, TILES, ideal)).isInfinite();

    // Two levels in luma, nothing in chroma: a mean square of 4 * 2/3.
    frozen.options = "-vf lutyuv=y=val+2 -c:v ffv1 -c:a aac";
    Path brighter = frozen.write(directory.resolve("brighter.mkv"));
    double expected = 10 * Math.log10(255 * 255 / (4 * 2 / 3.0));
    assertThat(Likeness.psnr(brighter, TILES, ideal)).isCloseTo(expected, within(0.01));
  }

  @Test
  void onlyWholeChromaSamplesOfAPlaceAreCompared() {
    assertThat(Likeness.area(new Placement(0, 0.4, 426, 239.6)))
        .isEqualTo(new Rect(0, 2, 426, 238));
    assertThat(Likeness.area(new Placement(2, 4, 8, 6))).isEqualTo(new Rect(2, 4, 8, 6));
  }
}
