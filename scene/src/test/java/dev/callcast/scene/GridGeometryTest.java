package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GridGeometryTest {
  private static final double[] ASPECTS = {16.0 / 9, 4.0 / 3, 1, 9.0 / 16};

  @Test
  void noNumberOfColumnsMakesLargerCells() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      int count = 1 + random.nextInt(50);
      int width = 200 + 2 * random.nextInt(1800);
      int height = 200 + 2 * random.nextInt(1000);
      double aspect = ASPECTS[random.nextInt(ASPECTS.length)];
      int gap = 2 * random.nextInt(5);
      int band = random.nextBoolean() ? 0 : 8;
      Rect area = new Rect(0, 0, width, height);
      List<Rect> cells = GridGeometry.cells(count, area, aspect, gap, band, true);
      Rect cell = cells.getFirst();

      double bestWidth = 0;
      for (int columns = 1; columns <= count; columns++) {
        int rows = Math.ceilDiv(count, columns);
        double roomWidth = (width - (columns - 1.0) * gap) / columns;
        double roomHeight = (height - (rows - 1.0) * gap) / rows - band;
        bestWidth = Math.max(bestWidth, Math.min(roomWidth, roomHeight * aspect));
      }
      double bestHeight = bestWidth / aspect;
      String what =
          "%d in %dx%d, aspect %.2f, gap %d, band %d: %s"
              .formatted(count, width, height, aspect, gap, band, cell);
      // Even sizes cost up to 2 px of the length that limits, and 1 px of the other.
      double narrower = (bestWidth - 2) * ((bestWidth - 2) / aspect - 1);
      double lower = (bestHeight - 2) * ((bestHeight - 2) * aspect - 1);
      boolean large = (double) cell.width() * cell.height() >= Math.min(narrower, lower);
      boolean shaped = Math.abs(cell.width() - cell.height() * aspect) <= 2 * Math.max(1, aspect);
      if (!large || !shaped || cells.size() != count) {
        throw new AssertionError("%s, best %.1fx%.1f".formatted(what, bestWidth, bestHeight));
      }
    }
  }

  @Test
  void rowsAreCentredAndTheLastOneMayBeShort() {
    List<Rect> cells = GridGeometry.cells(5, new Rect(0, 0, 1280, 720), 16.0 / 9, 10, 0, true);
    assertThat(cells)
        .containsExactly(
            new Rect(0, 118, 420, 236),
            new Rect(430, 118, 420, 236),
            new Rect(860, 118, 420, 236),
            new Rect(214, 364, 420, 236),
            new Rect(644, 364, 420, 236));
  }

  @Test
  void whereBothShapesAreAsGoodCellsRunAlongTheLongerSide() {
    assertThat(GridGeometry.cells(2, new Rect(0, 0, 1280, 720), 16.0 / 9, 0, 0, true))
        .containsExactly(new Rect(0, 180, 640, 360), new Rect(640, 180, 640, 360));
    assertThat(GridGeometry.cells(2, new Rect(0, 0, 720, 1280), 9.0 / 16, 0, 0, true))
        .containsExactly(new Rect(180, 0, 360, 640), new Rect(180, 640, 360, 640));
  }

  @Test
  void gapsAndBandsGiveWayAndWhatHasNoRoomIsLeftOut() {
    assertThat(GridGeometry.cells(50, new Rect(0, 0, 16, 16), 1, 40, 0, true)).hasSize(50);
    assertThat(GridGeometry.cells(64, new Rect(0, 0, 16, 16), 1, 0, 0, true)).hasSize(64);
    assertThat(GridGeometry.cells(90, new Rect(0, 0, 16, 16), 1, 0, 0, true)).hasSize(64);
    assertThat(GridGeometry.cells(0, new Rect(0, 0, 16, 16), 1, 0, 0, true)).isEmpty();
  }
}
