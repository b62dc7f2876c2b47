package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.gst.NativePicture;
import dev.callcast.media.worker.ContentWatch.Kind;
import dev.callcast.media.worker.ContentWatch.Stretch;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContentWatchTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int WIDTH = 320;
  private static final int HEIGHT = 180;

  private final NativePicture picture = NativePicture.allocate(WIDTH, HEIGHT);
  private final byte[] samples = new byte[WIDTH * HEIGHT * 3 / 2];
  private final ContentWatch watch = new ContentWatch();
  private long tick;

  @AfterEach
  void close() {
    picture.close();
  }

  /** Shows a square of that luma, moved or not, for so many seconds at 30 a second. */
  private void show(double seconds, int luma, boolean moves) {
    for (long end = tick + Math.round(seconds * 30); tick < end; tick++) {
      Arrays.fill(samples, (byte) 16);
      int x = moves ? (int) (tick * 7 % 200) : 50;
      for (int y = 40; y < 120; y++) {
        Arrays.fill(samples, y * WIDTH + x, y * WIDTH + x + 80, (byte) luma);
      }
      Arrays.fill(samples, WIDTH * HEIGHT, samples.length, (byte) 128);
      picture.load(samples);
      watch.picture(tick * SECOND / 30, picture.view());
    }
  }

  @Test
  void aPictureThatMovesIsNothingToTell() {
    show(5, 180, true);
    assertThat(watch.take()).isEmpty();
    assertThat(watch.open(5 * SECOND)).isEmpty();
  }

  @Test
  void stillAndBlackStretchesAreTold() {
    show(2, 180, true);
    show(3, 180, false); // still from 2 to 5
    show(2, 180, true);
    show(3, 16, true); // black from 7 to 10, and black does not move
    show(1, 180, true);
    assertThat(watch.take())
        .satisfiesExactly(
            still -> near(still, Kind.FROZEN, 2, 5),
            one -> near(one, Kind.BLACK, 7, 10),
            other -> near(other, Kind.FROZEN, 7, 10));
    assertThat(watch.take()).isEmpty();
    show(2, 16, false);
    assertThat(watch.open(13 * SECOND)).extracting(Stretch::kind).contains(Kind.BLACK);
  }

  private static void near(Stretch stretch, Kind kind, double from, double to) {
    assertThat(stretch.kind()).isEqualTo(kind);
    assertThat(stretch.from() / 1e9).isBetween(from - 0.01, from + 0.51);
    assertThat(stretch.to() / 1e9).isBetween(to - 0.01, to + 0.51);
  }

  @Test
  void silenceIsToldToTheBlock() {
    float[] loud = new float[1920];
    loud[77] = 0.01f;
    float[] quiet = new float[1920];
    quiet[77] = 0.0009f;
    for (int block = 0; block < 300; block++) { // 6 s
      watch.sound(block * 20_000_000L, block >= 50 && block < 150 ? quiet : loud, 1920);
    }
    assertThat(watch.take())
        .containsExactly(new Stretch(Kind.SILENT, 50 * 20_000_000L, 150 * 20_000_000L));
    for (int block = 300; block < 340; block++) { // too short
      watch.sound(block * 20_000_000L, quiet, 1920);
    }
    watch.sound(340 * 20_000_000L, loud, 1920);
    assertThat(watch.take()).isEmpty();
  }
}
