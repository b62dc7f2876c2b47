package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RectTest {
  @Test
  void nothingRemainsUnderWhatCoversAll() {
    Rect whole = new Rect(0, 0, 8, 8);

    assertThat(whole.minus(List.of(whole))).isEmpty();
    assertThat(whole.minus(List.of(new Rect(0, 0, 4, 8), new Rect(4, 0, 4, 8)))).isEmpty();
    assertThat(whole.minus(List.of())).containsExactly(whole);
  }

  @Test
  void everyPixelOutsideTheHolesRemainsOnce() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Rect whole = new Rect(2, 4, 24, 18);
      List<Rect> holes = new ArrayList<>();
      for (int i = 0; i < round % 7; i++) {
        holes.add(
            new Rect(
                random.nextInt(30),
                random.nextInt(26),
                1 + random.nextInt(12),
                1 + random.nextInt(12)));
      }
      int[][] counts = new int[32][32];
      for (Rect rect : whole.minus(holes)) {
        for (int y = rect.y(); y < rect.bottom(); y++) {
          for (int x = rect.x(); x < rect.right(); x++) {
            counts[y][x]++;
          }
        }
      }
      for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
          Rect pixel = new Rect(x, y, 1, 1);
          boolean remains = whole.contains(pixel) && holes.stream().noneMatch(pixel::intersects);
          assertThat(counts[y][x]).as("%d,%d of %s", x, y, holes).isEqualTo(remains ? 1 : 0);
        }
      }
    }
  }
}
