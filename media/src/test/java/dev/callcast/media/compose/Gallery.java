package dev.callcast.media.compose;

import dev.callcast.gst.I420;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Placeholder;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pictures for people to look at, in {@code target/gallery}. */
@Tag("bench")
class Gallery {
  private static final String[] NAMES = {
    "Grace Hopper",
    "محمد علي",
    "山田太郎",
    "🦊 Fox",
    "Åsa Öberg",
    "Ольга Петрова",
    "A very long name that will not fit",
    "नमस्ते",
    "שלום"
  };
  private static final String[] INITIALS = {"GH", "م", "山", "🦊", "ÅÖ", "ОП", "AV", "न", "ש"};

  private final Map<String, Frame> frames = new HashMap<>();

  @Test
  void grid() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Rect rect = new Rect(12 + i % 3 * 424, 10 + i / 3 * 238, 408, 224);
      String id = "p" + i;
      if (i % 3 != 1) {
        frames.put(id, colourful(i == 3 ? 300 : 640, i == 3 ? 169 : 360, i, i == 6 ? 90 : 0));
      }
      layers.add(
          new Tile(
              id,
              id,
              id,
              rect,
              i == 6 ? ScaleMode.FIT : ScaleMode.FILL,
              1,
              24,
              i == 8 ? 0.5 : 1,
              i == 0 ? new Border(4, Color.WHITE) : null,
              new Placeholder(INITIALS[i], new Color(0, 50, 80 + 15 * i, 255))));
      layers.add(
          new Label(
              "l" + i,
              new Rect(rect.x() + 12, rect.bottom() - 40, rect.width() / 2, 30),
              NAMES[i],
              i % 3 == 0 ? Align.LEFT : i % 3 == 1 ? Align.CENTER : Align.RIGHT,
              "Roboto",
              600,
              20,
              Color.WHITE,
              new Color(0, 0, 0, 230),
              4,
              i % 2 == 0 ? Icon.MICROPHONE_MUTED : null,
              1));
    }
    layers.add(
        Pictures.box("meter", new Rect(600, 340, 81, 41), new Color(255, 200, 0, 160), 12, 1));
    write("grid", layers);
  }

  @Test
  void dominant() {
    List<Layer> layers = new ArrayList<>();
    frames.put("main", colourful(1280, 720, 1, 0));
    layers.add(Pictures.tile("main", new Rect(0, 0, 1024, 720)));
    for (int i = 0; i < 4; i++) {
      frames.put("s" + i, colourful(320, 180, 2 + i, 0));
      layers.add(
          Pictures.with(
              Pictures.tile("s" + i, new Rect(1034, 10 + i * 144, 236, 132)),
              i * 8,
              1,
              new Border(i * 1.5, new Color(255, 180, 0, 255))));
    }
    layers.add(
        new Label(
            "big",
            new Rect(40, 600, 900, 100),
            "DM Sans 700 at 64 px, no stroke",
            Align.LEFT,
            "DMSans",
            700,
            56,
            new Color(255, 250, 200, 240),
            Color.BLACK,
            0,
            Icon.MICROPHONE_MUTED,
            1));
    write("dominant", layers);
  }

  private void write(String name, List<Layer> layers) {
    CanvasPool pool = new CanvasPool(1280, 720, 2);
    try (Composer composer = new Composer(pool)) {
      Canvas canvas =
          composer.compose(
              new Scene(1280, 720, new Color(24, 26, 30, 255), layers),
              track -> frames.containsKey(track) ? frames.get(track).retain() : null);
      if (canvas == null) {
        throw new IllegalStateException("no canvas");
      }
      I420 picture = canvas.picture().view();
      Pictures.png(picture, Path.of("target", "gallery", name + ".png"));
      canvas.release();
    }
    pool.close();
    frames.values().forEach(Frame::release);
  }

  /** Colour bars over a gradient, with a checkered frame of one px at the edges. */
  static Frame colourful(int width, int height, int seed, int rotation) {
    int cw = (width + 1) / 2;
    int ch = (height + 1) / 2;
    byte[] samples = new byte[width * height + 2 * cw * ch];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean edge = x < 4 || y < 4 || x >= width - 4 || y >= height - 4;
        samples[y * width + x] = (byte) (edge ? 235 : 60 + 140 * x / width);
      }
    }
    for (int y = 0; y < ch; y++) {
      for (int x = 0; x < cw; x++) {
        samples[width * height + y * cw + x] = (byte) (60 + (8 * x / cw + seed) % 8 * 18);
        samples[width * height + cw * ch + y * cw + x] = (byte) (200 - 140 * y / ch);
      }
    }
    return Pictures.frame(width, height, samples, rotation);
  }
}
