package dev.callcast.media.compose;

import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Material;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import dev.callcast.scene.Stage;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** CPU that graphics add to the layout and composition of nine tiles at 720p30, all changing. */
@Tag("bench")
class GraphicsBench {
  private static final int TICKS = 100;
  private static final int ROUNDS = 8;

  @Test
  void table() {
    System.out.printf("%-44s %8s %8s%n", "720p30, 9 tiles", "µs/tick", "cores");
    run("nothing else", Map.of(), 0);
    Map<String, Object> still = new TreeMap<>();
    still.put("videoSettings.showParticipantLabels", true);
    still.put("videoSettings.grid.labelPlacement", "inside-at-bottom");
    run("nine labels", still, 0);
    still.put("showImageOverlay", true);
    still.put("image.emoji", "🦊");
    still.put("image.height_gu", 5);
    run("nine labels, still logo of 100x100", still, 0);
    still.put("showBannerOverlay", true);
    run("nine labels, still logo, banner", still, 0);
    run("50 reactions", Map.of(), 50);
    run("banner that is fading", Map.of("showBannerOverlay", true), -1);
    run("layout that moves", Map.of("enableLayoutAnims", true), -2);
  }

  private static void run(String name, Map<String, Object> params, int reactions) {
    List<Frame[]> sources = new ArrayList<>();
    List<Participant> participants = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      sources.add(
          new Frame[] {Pictures.textured(640, 360, 0, i), Pictures.textured(640, 360, 0, 100 + i)});
      participants.add(
          new Participant(
              "p" + i,
              "Participant " + i,
              false,
              new Video(Integer.toString(i), 640, 360, false),
              null,
              true,
              0));
    }
    CanvasPool pool = new CanvasPool(1280, 720, 4);
    try (Composer composer = new Composer(pool)) {
      long best = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        Stage stage = new Stage(composer.meter());
        Map<String, Object> before = new TreeMap<>(params);
        if (reactions == -1) {
          before.put("showBannerOverlay", false);
        }
        set(stage, before, participants.subList(0, reactions == -2 ? 5 : 9), 0);
        stage.scene(0);
        for (int i = 0; i < reactions; i++) {
          stage.react("🎉", 1);
        }
        int ticks = reactions > 0 ? 72 : reactions < 0 ? 9 : TICKS;
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        if (reactions < 0) {
          set(stage, params, participants, 1);
        }
        var scene = stage.scene(1);
        for (int i = 0; i < ticks; i++) {
          double seconds = 1 + i / 30.0;
          int tick = i;
          if (seconds >= stage.stillUntil()) {
            scene = stage.scene(seconds);
          }
          Canvas canvas =
              composer.compose(
                  scene, track -> sources.get(Integer.parseInt(track))[tick & 1].retain());
          canvas.release();
        }
        best =
            Math.min(
                best,
                (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / ticks);
      }
      System.out.printf(Locale.ROOT, "%-44s %8.0f %8.4f%n", name, best / 1e3, best * 30 / 1e9);
    }
    pool.close();
    sources.forEach(frames -> List.of(frames).forEach(Frame::release));
  }

  private static void set(
      Stage stage, Map<String, Object> params, List<Participant> participants, double seconds) {
    stage.set(
        "grid",
        LayoutParams.parse(params),
        1280,
        720,
        Color.BLACK,
        new SceneState(participants, null, seconds),
        Material.NONE);
  }
}
