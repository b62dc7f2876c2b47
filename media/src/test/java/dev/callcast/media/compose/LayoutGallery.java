package dev.callcast.media.compose;

import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.Scene;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every layout for people to look at, in {@code target/gallery}. */
@Tag("bench")
class LayoutGallery {
  private static final String[] NAMES = {
    "Ada Lovelace",
    "محمد علي",
    "山田太郎",
    "🦊 Fox",
    "Åsa Öberg",
    "Ольга Петрова",
    "Wolfeschlegelsteinhausenbergerdorff the very long, of a place far away",
    "नमस्ते",
    "שלום עולם",
    "👩‍👩‍👧‍👦 Family",
    "김민준",
    "x"
  };
  private static final int[][] SIZES = {{640, 360}, {300, 169}, {360, 640}, {640, 480}, {320, 180}};

  private final Map<String, Frame> frames = new HashMap<>();

  private SceneState state(int count, boolean screen, String speaker) {
    List<Participant> people = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] size = SIZES[i % 5 == 4 ? 4 : i % 7 % 4];
      boolean camera = i % 4 != 3;
      Video video = camera ? new Video("p" + i + "/cam", size[0], size[1], i % 9 == 5) : null;
      if (camera) {
        frames.computeIfAbsent(
            "p" + i + "/cam", id -> Gallery.colourful(size[0], size[1], id.hashCode(), 0));
      }
      Video shared = screen && i == 1 ? new Video("p1/screen", 1920, 1080, false) : null;
      if (shared != null) {
        frames.computeIfAbsent("p1/screen", _ -> Gallery.colourful(1920, 1080, 5, 0));
      }
      people.add(
          new Participant(
              "p" + i, NAMES[i % NAMES.length], false, video, shared, i % 3 != 2, i % 5 / 4.0));
    }
    return new SceneState(people, speaker, 1);
  }

  private void shot(
      String name,
      String preset,
      Map<String, Object> params,
      int width,
      int height,
      SceneState state) {
    CanvasPool pool = new CanvasPool(width, height, 2);
    try (Composer composer = new Composer(pool)) {
      Scene scene =
          Layouts.scene(preset, LayoutParams.parse(params), width, height, Color.BLACK, state);
      Canvas canvas =
          composer.compose(
              scene, track -> frames.containsKey(track) ? frames.get(track).retain() : null);
      Pictures.png(canvas.picture().view(), Path.of("target", "gallery", name + ".png"));
      canvas.release();
    }
    pool.close();
  }

  @Test
  void all() {
    Map<String, Object> labels =
        Map.of("videoSettings.showParticipantLabels", true, "videoSettings.showMicStatus", true);
    for (int n : new int[] {0, 1, 2, 3, 5, 9, 12, 25, 50}) {
      Map<String, Object> params = new HashMap<>(labels);
      params.put("videoSettings.maxCamStreams", 50);
      shot("grid-%02d".formatted(n), "grid", params, 1280, 720, state(n, false, "p0"));
    }
    shot("grid-portrait-07", "grid", labels, 720, 1280, state(7, false, "p2"));
    Map<String, Object> round = new HashMap<>(labels);
    round.put("videoSettings.roundedCorners", true);
    round.put("videoSettings.grid.labelPlacement", "inside-at-bottom");
    shot("grid-round-inside-06", "grid", round, 1280, 720, state(6, false, "p1"));
    shot("grid-round-tiny-06", "grid", round, 160, 90, state(6, false, "p1"));
    shot("grid-4k-06", "grid", round, 3840, 2160, state(6, false, "p1"));
    for (String preset :
        List.of(
            "single",
            "split",
            "dominant",
            "pip",
            "portrait",
            "audio-only",
            "default",
            "active-participant")) {
      for (boolean screen : new boolean[] {false, true}) {
        Map<String, Object> params = new HashMap<>(labels);
        if (screen) {
          params.put("videoSettings.preferScreenshare", true);
        }
        shot(preset + (screen ? "-screen" : ""), preset, params, 1280, 720, state(7, screen, "p2"));
      }
      shot(preset + "-upright", preset, round, 720, 1280, state(5, false, "p1"));
      shot(preset + "-small", preset, labels, 320, 180, state(5, false, "p1"));
    }
    Map<String, Object> inset = new HashMap<>(round);
    inset.put("portrait.variant", "inset");
    shot("portrait-inset", "portrait", inset, 720, 1280, state(2, false, "p1"));
    shot("audio-only-01", "audio-only", Map.of(), 1280, 720, state(1, false, "p0"));
    shot("audio-only-25", "audio-only", Map.of(), 1280, 720, state(25, false, "p0"));
    Map<String, Object> full = new HashMap<>(labels);
    full.put("videoSettings.grid.fullScreenHighlightItemIndex", 1);
    shot("grid-fullscreen", "grid", full, 1280, 720, state(5, false, "p1"));
    Map<String, Object> fit = new HashMap<>(labels);
    fit.put("videoSettings.scaleMode", "fit");
    fit.put("videoSettings.roundedCorners", true);
    shot("grid-fit-09", "grid", fit, 1280, 720, state(9, false, "p0"));
    frames.values().forEach(Frame::release);
  }
}
