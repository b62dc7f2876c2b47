package dev.callcast.scene;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cells of a grid: equal, of one aspect, as large as they can be. Pure. */
final class GridGeometry {
  private GridGeometry() {}

  /**
   * One way to lay out the cells. Sizes in px, even.
   *
   * @param gap between cells
   */
  private record Candidate(int columns, int rows, int gap, Rect cell) {}

  /**
   * Lays out {@code count} cells in rows of equal length, a shorter last row centred, the whole
   * centred in the area. All columns are tried; the largest cells win, then the fewest empty
   * places.
   *
   * @param area even
   * @param aspect width by height of a cell
   * @param gap between cells, even, px; given up where it would take more than half of the area
   * @param band px kept free below each cell, even
   * @param keepAspect false: cells take all the room, whatever their aspect becomes
   * @return the cells; fewer than {@code count} where the area cannot hold that many of 2x2
   */
  static List<Rect> cells(
      int count, Rect area, double aspect, int gap, int band, boolean keepAspect) {
    for (int n = count; n > 0; n--) {
      Candidate best = best(n, area, aspect, gap, band, keepAspect);
      if (best != null) {
        return place(n, area, band, best);
      }
    }
    return List.of();
  }

  private static @Nullable Candidate best(
      int count, Rect area, double aspect, int gap, int band, boolean keepAspect) {
    Candidate best = null;
    long bestPicture = -1;
    for (int columns = 1; columns <= count; columns++) {
      int rows = (count + columns - 1) / columns;
      int room = Math.min(room(area.width(), columns), room(area.height(), rows));
      int between = Math.min(gap, room);
      int width = Fitting.even((area.width() - (columns - 1) * between) / columns);
      int height = Fitting.even((area.height() - (rows - 1) * between) / rows) - band;
      if (width < 2 || height < 2) {
        continue;
      }
      Rect cell = new Rect(0, 0, width, height);
      Rect picture = Fitting.fit(cell, aspect);
      long size = (long) picture.width() * picture.height();
      if (best == null
          || size > bestPicture
          || (size == bestPicture && betterShape(area, columns, rows, best))) {
        bestPicture = size;
        best =
            new Candidate(
                columns,
                rows,
                between,
                keepAspect ? new Rect(0, 0, picture.width(), picture.height()) : cell);
      }
    }
    return best;
  }

  /** Fewer empty places; else along the longer side of the area. */
  private static boolean betterShape(Rect area, int columns, int rows, Candidate best) {
    int places = columns * rows;
    int bestPlaces = best.columns * best.rows;
    return places < bestPlaces || (places == bestPlaces && area.width() >= area.height());
  }

  /** The widest gap that leaves half of a length to its cells. */
  private static int room(int length, int cells) {
    return cells == 1 ? length : Fitting.even(length / 2 / (cells - 1));
  }

  private static List<Rect> place(int count, Rect area, int band, Candidate grid) {
    int width = grid.cell.width();
    int height = grid.cell.height();
    int pitch = height + band + grid.gap;
    int top = area.y() + Fitting.even((area.height() - grid.rows * pitch + grid.gap) / 2);
    List<Rect> cells = new ArrayList<>();
    for (int row = 0; row < grid.rows; row++) {
      int inRow = Math.min(grid.columns, count - row * grid.columns);
      int used = inRow * (width + grid.gap) - grid.gap;
      int left = area.x() + Fitting.even((area.width() - used) / 2);
      for (int column = 0; column < inRow; column++) {
        cells.add(new Rect(left + column * (width + grid.gap), top + row * pitch, width, height));
      }
    }
    return cells;
  }
}
