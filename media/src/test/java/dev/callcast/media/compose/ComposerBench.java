package dev.callcast.media.compose;

import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** CPU of composition alone, in cores at 30 ticks a second, all sources changing at each tick. */
@Tag("bench")
class ComposerBench {
  private static final int TICKS = 600;

  @Test
  void table() {
    System.out.printf("%-44s %8s %8s%n", "720p30", "µs/tick", "cores");
    run("9 tiles, 640x360 to 426x240", 3, 426, 240, 640, 360, false, false, true);
    run("9 tiles, 640x360 to 426x240, cheap", 3, 426, 240, 640, 360, false, false, true);
    run("9 tiles, 640x360 to 426x240, labels", 3, 426, 240, 640, 360, true, false, true);
    run("9 tiles, with labels, corners and borders", 3, 426, 240, 640, 360, true, true, true);
    run("9 tiles, 640x360 to 320x180 (1/2)", 3, 320, 180, 640, 360, false, false, true);
    run("16 tiles, 640x360 to 320x180 (1/2)", 4, 320, 180, 640, 360, false, false, true);
    run("25 tiles, 640x360 to 256x144", 5, 256, 144, 640, 360, false, false, true);
    run("25 tiles, 640x360 to 256x144, labels", 5, 256, 144, 640, 360, true, false, true);
    run("25 tiles, 640x360 to 256x144, cheap", 5, 256, 144, 640, 360, false, false, true);
    run("25 tiles, 320x180 to 256x144", 5, 256, 144, 320, 180, false, false, true);
    run("1 tile, 640x360 to 1280x720", 1, 1280, 720, 640, 360, false, false, true);
    run("1 tile, 640x360 to 960x540", 1, 960, 540, 640, 360, false, false, true);
    run("1 tile, 640x360 to 960x540, cheap", 1, 960, 540, 640, 360, false, false, true);
    run("9 tiles with labels, nothing changes", 3, 426, 240, 640, 360, true, true, false);
  }

  private static void run(
      String name,
      int columns,
      int width,
      int height,
      int sourceWidth,
      int sourceHeight,
      boolean labels,
      boolean fancy,
      boolean changing) {
    List<Layer> layers = new ArrayList<>();
    Map<String, Frame[]> sources = new HashMap<>();
    for (int i = 0; i < columns * columns; i++) {
      String id = "t" + i;
      int gap = (1280 - columns * width) / (columns + 1) & ~1;
      Rect rect = new Rect(gap + i % columns * (width + gap), i / columns * height, width, height);
      layers.add(
          fancy
              ? Pictures.with(
                  Pictures.tile(id, rect), 16, 1, i == 0 ? new Border(4, Color.WHITE) : null)
              : Pictures.tile(id, rect));
      if (labels) {
        layers.add(
            Pictures.label(
                "l" + i,
                new Rect(rect.x() + 10, rect.bottom() - 36, width - 20, 28),
                "Participant " + i,
                null));
      }
      sources.put(
          id,
          new Frame[] {
            Pictures.textured(sourceWidth, sourceHeight, 0, i),
            Pictures.textured(sourceWidth, sourceHeight, 0, 100 + i)
          });
    }
    Scene scene = new Scene(1280, 720, Color.BLACK, layers);
    CanvasPool pool = new CanvasPool(1280, 720, 4);
    try (Composer composer = new Composer(pool)) {
      composer.cheap(name.endsWith("cheap"));
      int[] tick = {0};
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 6; round++) {
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < TICKS / 6; i++) {
          tick[0]++;
          Canvas canvas =
              composer.compose(
                  scene, track -> sources.get(track)[changing ? tick[0] & 1 : 0].retain());
          if (canvas == null) {
            throw new IllegalStateException("no canvas");
          }
          canvas.release();
        }
        best =
            Math.min(best, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before);
      }
      double micros = best / 1e3 / (TICKS / 6);
      System.out.printf(Locale.ROOT, "%-44s %8.0f %8.4f%n", name, micros, micros * 30 / 1e6);
    }
    pool.close();
    sources.values().forEach(frames -> List.of(frames).forEach(Frame::release));
  }
}
