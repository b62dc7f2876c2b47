package dev.callcast.scene;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What each preset's name stands for. Params that are given win over a preset's. */
final class Presets {
  static final Map<String, LayoutParams> ALL = all();

  private static final String AUDIO_ONLY = "audio-only";
  private static final String PORTRAIT = "portrait";
  private static final String CUSTOM = "custom";

  /** With {@code portrait.variant} {@code inset}. */
  private static final LayoutParams PORTRAIT_INSET =
      LayoutParams.parse(
          Map.of(
              "mode", "pip",
              "videoSettings.scaleMode", "fill",
              "videoSettings.scaleModeForScreenshare", "fill",
              "videoSettings.pip.position", "bottom-right",
              "videoSettings.pip.aspectRatio", 0.75,
              "videoSettings.pip.height_gu", 14));

  private Presets() {}

  static LayoutParams named(String preset) {
    LayoutParams params = ALL.get(preset);
    if (params == null) {
      throw new ParamException(
          "preset",
          "must be one of %s, not '%s'".formatted(String.join(", ", ALL.keySet()), preset));
    }
    return params;
  }

  /** What holds where the params that are given are silent. */
  static LayoutParams defaults(String preset, LayoutParams given) {
    return preset.equals(PORTRAIT) && given.text("portrait.variant").equals("inset")
        ? PORTRAIT_INSET
        : named(preset);
  }

  /** An explicit mode wins over the preset, which has none of its own. */
  static boolean isAudioOnly(String preset, LayoutParams given) {
    return preset.equals(AUDIO_ONLY) && !given.given("mode");
  }

  /** The name of the layout in JavaScript that is asked for, or null. */
  static @Nullable String customLayout(String preset, LayoutParams given) {
    String name = preset.equals(CUSTOM) ? given.text("custom.layout") : "";
    return name.isEmpty() ? null : name;
  }

  private static Map<String, LayoutParams> all() {
    Map<String, LayoutParams> all = new LinkedHashMap<>();
    for (String mode : new String[] {"grid", "single", "split", "dominant", "pip"}) {
      all.put(mode, LayoutParams.parse(Map.of("mode", mode)));
    }
    all.put(
        PORTRAIT,
        LayoutParams.parse(
            Map.of(
                "mode", "split",
                "videoSettings.split.direction", "horizontal",
                "videoSettings.scaleMode", "fill",
                "videoSettings.scaleModeForScreenshare", "fill")));
    all.put(
        AUDIO_ONLY,
        LayoutParams.parse(
            Map.of(
                "videoSettings.showParticipantLabels", true,
                "videoSettings.showMicStatus", true,
                "videoSettings.maxCamStreams", 50)));
    all.put(
        "default",
        LayoutParams.parse(
            Map.of("mode", "grid", "videoSettings.grid.useDominantForSharing", true)));
    all.put("single-participant", LayoutParams.parse(Map.of("mode", "single")));
    all.put(
        "active-participant",
        LayoutParams.parse(
            Map.of(
                "mode",
                "dominant",
                "videoSettings.dominant.splitPos",
                0.9,
                "videoSettings.dominant.numChiclets",
                9)));
    // Nothing of its own: the params alone decide, or the layout of their name.
    all.put(CUSTOM, LayoutParams.EMPTY);
    return Collections.unmodifiableMap(all);
  }
}
