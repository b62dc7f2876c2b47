package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.gst.LibYuv;
import dev.callcast.media.compose.Pictures.Samples;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Material;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import dev.callcast.scene.Switcher;
import dev.callcast.scene.Transition;
import dev.callcast.scene.Transition.Easing;
import dev.callcast.scene.Transition.Kind;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every preset and graphic with 1 to 16 participants, against the contact sheets in {@code
 * docs/images/layouts}: each picture, reduced, has to be the sheet's. After a wanted change write
 * the sheets anew with {@code -Dcallcast.golden=write} and look at them.
 */
@Tag("media")
class GoldenPicturesTest {
  private static final Path DIRECTORY = Path.of("../docs/images/layouts");
  private static final int[] COUNTS = {1, 2, 3, 5, 9, 16};

  /** Of each picture in a sheet. */
  private static final int LONG_SIDE = 240;

  private static final String P = "videoSettings.";
  private static final List<String> NAMES =
      List.of("Ada Lovelace", "محمد علي", "山田 太郎", "नमस्ते", "Łukasz", "👩‍💻 Zoë", "Grace Hopper");
  private static final Map<Integer, Frame> FRAMES = new HashMap<>();

  /** One row of a sheet. */
  private record Row(String name, String preset, boolean shares, Map<String, Object> params) {}

  private static final Map<String, Object> LABELS =
      Map.of(P + "showParticipantLabels", true, P + "showMicStatus", true);

  private static final List<Row> ROWS =
      List.of(
          new Row("grid", "grid", false, LABELS),
          new Row(
              "grid, rounded",
              "grid",
              false,
              Map.of(
                  P + "showParticipantLabels", true,
                  P + "roundedCorners", true,
                  P + "grid.labelPlacement", "inside-at-bottom")),
          new Row("default, sharing", "default", true, LABELS),
          new Row("single", "single", false, LABELS),
          new Row("split", "split", false, LABELS),
          new Row("dominant", "dominant", false, LABELS),
          new Row("active-participant", "active-participant", false, Map.of()),
          new Row("pip", "pip", false, Map.of(P + "roundedCorners", true)),
          new Row("portrait", "portrait", false, Map.of()),
          new Row("portrait, inset", "portrait", false, Map.of("portrait.variant", "inset")),
          new Row("audio-only", "audio-only", false, Map.of()),
          new Row(
              "text",
              "grid",
              false,
              Map.of("showTextOverlay", true, "text.content", "Hello 👋 مرحبا\nनमस्ते 你好")),
          new Row("image", "grid", false, Map.of("showImageOverlay", true, "image.emoji", "🦊")),
          new Row("banner", "grid", false, Map.of("showBannerOverlay", true)),
          new Row(
              "title slate",
              "grid",
              false,
              Map.of("showTitleSlate", true, "titleSlate.bgColor", "rgba(20, 40, 90, 0.8)")),
          new Row(
              "sidebar",
              "grid",
              false,
              Map.of("showSidebar", true, "sidebar.shrinkVideoLayout", true)),
          new Row("toast, reactions", "grid", false, Map.of("toast.duration_secs", 10)),
          new Row(
              "clock, countdown",
              "grid",
              false,
              Map.of(
                  "showClock",
                  true,
                  "showCountdown",
                  true,
                  "countdown.text",
                  "Starts in ",
                  "countdown.target",
                  "2027-01-15T08:05:00Z")),
          new Row(
              "ticker, captions",
              "grid",
              false,
              Map.of(
                  "showTicker",
                  true,
                  "ticker.text",
                  "Breaking news: سلام 🌍 नमस्ते, and now the weather for tomorrow",
                  "captions.hold_secs",
                  10)),
          new Row("cross-fade at a half", "grid", false, LABELS),
          new Row("wipe to the left at a half", "grid", false, LABELS));

  /** What the last two rows come to. */
  private static final Map<String, Object> NEXT =
      Map.of("showTitleSlate", true, "titleSlate.bgColor", "rgba(20, 40, 90, 0.8)");

  /** 2027-01-15T08:00:00Z, s since 1970, at media time 0. */
  private static final double BEGAN = 1_800_000_000;

  @AfterAll
  static void release() {
    FRAMES.values().forEach(Frame::release);
    FRAMES.clear();
  }

  @ParameterizedTest
  @CsvSource({"1280,720", "720,1280"})
  void picturesAreAsOnTheSheets(int width, int height) throws IOException {
    compare(width, height);
  }

  @ParameterizedTest
  @CsvSource({"1920,1080", "1080,1080"})
  @Tag("long")
  void largerAndSquareOnesToo(int width, int height) throws IOException {
    compare(width, height);
  }

  private static void compare(int width, int height) throws IOException {
    int w = LONG_SIDE * width / Math.max(width, height);
    int h = LONG_SIDE * height / Math.max(width, height);
    BufferedImage sheet =
        new BufferedImage(
            COUNTS.length * (w + 4) + 4, ROWS.size() * (h + 4) + 4, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.setRGB(x, y, 0xffffff);
      }
    }
    for (int row = 0; row < ROWS.size(); row++) {
      for (int column = 0; column < COUNTS.length; column++) {
        BufferedImage picture = picture(ROWS.get(row), COUNTS[column], width, height);
        reduce(picture, sheet, 4 + column * (w + 4), 4 + row * (h + 4), w, h);
      }
    }
    Path file = DIRECTORY.resolve(width + "x" + height + ".png");
    if ("write".equals(System.getProperty("callcast.golden"))) {
      Files.createDirectories(DIRECTORY);
      ImageIO.write(sheet, "png", file.toFile());
      return;
    }
    BufferedImage wanted = ImageIO.read(file.toFile());
    assertThat(wanted.getWidth()).isEqualTo(sheet.getWidth());
    assertThat(wanted.getHeight()).isEqualTo(sheet.getHeight());
    for (int row = 0; row < ROWS.size(); row++) {
      for (int column = 0; column < COUNTS.length; column++) {
        int x = 4 + column * (w + 4);
        int y = 4 + row * (h + 4);
        String what =
            "%s with %d, %dx%d".formatted(ROWS.get(row).name(), COUNTS[column], width, height);
        for (int channel = 0; channel < 3; channel++) {
          assertThat(ssim(wanted, sheet, x, y, w, h, 8 * channel)).as(what).isGreaterThan(0.97);
        }
      }
    }
  }

  private static BufferedImage picture(Row row, int count, int width, int height) {
    CanvasPool pool = new CanvasPool(width, height, 5);
    try (Composer composer = new Composer(pool)) {
      Switcher stage = new Switcher(composer.meter());
      stage.began(BEGAN);
      set(stage, row, row.params(), width, height, state(row, count), null);
      Kind kind =
          row.name().startsWith("cross")
              ? Kind.CROSS_FADE
              : row.name().startsWith("wipe") ? Kind.WIPE_LEFT : null;
      if (kind != null) {
        SceneState at = state(row, count);
        set(
            stage,
            row,
            NEXT,
            width,
            height,
            new SceneState(at.participants(), at.speaker(), 1),
            new Transition(kind, 4, Easing.LINEAR));
      }
      if (row.name().startsWith("ticker")) {
        stage.caption("Ada: this is what I said, and it is longer than a line of captions", 0, 1);
      }
      if (row.name().startsWith("toast")) {
        stage.scene(0);
        stage.toast("Ada joined the call", 1);
        for (int i = 0; i < 12; i++) {
          stage.react(List.of("🎉", "❤️", "👍", "😂").get(i % 4), 1 + i * 0.15);
        }
      }
      Scene scene = stage.scene(3);
      Canvas canvas = composer.compose(scene, GoldenPicturesTest::frame);
      try {
        Samples samples = new Samples(canvas);
        if (kind == null) {
          check(scene, row, samples);
        }
        if (count == 1) {
          checkPlates(scene, samples, pool);
        }
        if (kind != null) {
          checkPassage(kind, scene, samples, pool);
        }
        return image(canvas);
      } finally {
        canvas.release();
      }
    } finally {
      pool.close();
    }
  }

  private static void set(
      Switcher stage,
      Row row,
      Map<String, Object> params,
      int width,
      int height,
      SceneState state,
      @Nullable Transition transition) {
    stage.set(
        row.preset(),
        LayoutParams.parse(params),
        width,
        height,
        BACKGROUND,
        state,
        Material.NONE,
        null,
        transition);
  }

  /** How much of what lies below shines through the plates of these. */
  private static final Map<String, Double> PLATES =
      Map.of("clock", 0.4, "countdown", 0.4, "ticker", 0.25, "captions", 0.3);

  private static void checkPlates(Scene scene, Samples samples, CanvasPool pool) {
    List<Layer> plates =
        scene.layers().stream().filter(layer -> PLATES.containsKey(layer.id())).toList();
    if (plates.isEmpty()) {
      return;
    }
    List<Layer> below = new ArrayList<>(scene.layers());
    below.removeAll(plates);
    Samples without =
        whole(new Scene(scene.width(), scene.height(), scene.background(), below), pool);
    double unit = Math.min(scene.width(), scene.height()) / 36.0;
    for (Layer layer : plates) {
      Rect rect = layer.rect();
      assertThat(new Rect(0, 0, scene.width(), scene.height()).contains(rect)).isTrue();
      boolean ticker = layer.id().equals("ticker");
      assertThat(rect.width() == scene.width()).as("%s", layer.id()).isEqualTo(ticker);
      // In the padding: left of all that is written, or below it.
      int x = rect.x() + (int) (unit * 0.25);
      int y = ticker ? rect.bottom() - 2 : rect.y() + rect.height() / 2;
      double through = PLATES.getOrDefault(layer.id(), 1.0);
      assertThat(samples.y(x, y))
          .as("%s", layer.id())
          .isCloseTo((int) Math.round(16 + (without.y(x, y) - 16) * through), within(2));
      int above = rect.y() - 2;
      assertThat(samples.y(x, above)).as("above %s", layer.id()).isEqualTo(without.y(x, above));
    }
  }

  /** Half of each sample of both scenes, or half of the samples. */
  private static void checkPassage(Kind kind, Scene scene, Samples samples, CanvasPool pool) {
    Scene.Passage passage = Objects.requireNonNull(scene.passage());
    assertThat(passage.progress()).isCloseTo(0.5, within(1e-9));
    Samples from = whole(passage.from(), pool);
    Samples to =
        whole(new Scene(scene.width(), scene.height(), scene.background(), scene.layers()), pool);
    int middle = scene.width() / 2;
    int wrong = 0;
    for (int y = 0; y < scene.height(); y += 3) {
      for (int x = 0; x < scene.width(); x += 3) {
        int a = from.y(x, y);
        int b = to.y(x, y);
        int seen = samples.y(x, y);
        boolean right =
            kind == Kind.CROSS_FADE
                ? Math.abs(2 * seen - a - b) <= 1
                : seen == (x < middle ? a : b);
        wrong += right ? 0 : 1;
      }
    }
    assertThat(wrong).as("samples that are not half of the way").isZero();
  }

  private static Samples whole(Scene scene, CanvasPool pool) {
    try (Composer composer = new Composer(pool)) {
      Canvas canvas = composer.compose(scene, GoldenPicturesTest::frame);
      try {
        return new Samples(canvas);
      } finally {
        canvas.release();
      }
    }
  }

  private static final Color BACKGROUND = new Color(24, 26, 30, 255);

  private static SceneState state(Row row, int count) {
    List<Participant> participants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean camera = i % 8 != 6;
      participants.add(
          new Participant(
              "p" + i,
              NAMES.get(i % NAMES.size()),
              i == 0,
              camera ? new Video(Integer.toString(i), 640, 360, false) : null,
              row.shares() && i == 0 ? new Video("100", 1920, 1080, false) : null,
              i % 3 != 2,
              i % 9 / 8.0));
    }
    return new SceneState(participants, count > 1 ? "p1" : null, 0);
  }

  private static Frame frame(String track) {
    int number = Integer.parseInt(track);
    return FRAMES.computeIfAbsent(number, GoldenPicturesTest::person).retain();
  }

  private static int luma(int number) {
    return 80 + number * 37 % 90;
  }

  private static int u(int number) {
    return 96 + number * 53 % 64;
  }

  private static int v(int number) {
    return 96 + number * 29 % 64;
  }

  /** A colour of its own with something like a head; a screen has lines. */
  private static Frame person(int number) {
    int width = number == 100 ? 960 : 640;
    int height = number == 100 ? 540 : 360;
    byte[] samples = new byte[width * height * 3 / 2];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double head = Math.hypot(x - width / 2.0, (y - height * 0.42) * 0.85);
        double body = Math.hypot((x - width / 2.0) * 0.7, y - height * 1.1);
        boolean line = number == 100 && y % 60 > 30 && x > 100 && x < 860 - y % 7 * 40;
        boolean person = number != 100 && (head < height * 0.2 || body < height * 0.4);
        samples[y * width + x] =
            (byte) (line ? 40 : person ? 205 : number == 100 ? 225 : luma(number));
      }
    }
    int chroma = width * height;
    for (int i = 0; i < chroma / 4; i++) {
      samples[chroma + i] = (byte) (number == 100 ? 128 : u(number));
      samples[chroma + chroma / 4 + i] = (byte) (number == 100 ? 128 : v(number));
    }
    return Pictures.frame(width, height, samples, 0);
  }

  /** What has to be true of a picture whatever the sheet says. */
  private static void check(Scene scene, Row row, Samples samples) {
    Rect canvas = new Rect(0, 0, scene.width(), scene.height());
    boolean plain = row.params().keySet().stream().allMatch(name -> name.startsWith(P));
    List<Layer.Tile> tiles = new ArrayList<>();
    for (Layer layer : scene.layers()) {
      if (layer instanceof Layer.Tile tile) {
        tiles.add(tile);
      } else if (layer instanceof Layer.Label label) {
        assertThat(canvas.contains(label.rect())).as("%s %s", row.name(), label).isTrue();
        assertThat(tiles.stream().filter(t -> !covers(t, label)).map(Layer.Tile::rect))
            .as("%s %s", row.name(), label)
            .noneMatch(rect -> rect.intersects(label.rect()));
      }
    }
    for (Layer.Tile tile : tiles) {
      boolean covered =
          tiles.subList(tiles.indexOf(tile) + 1, tiles.size()).stream()
              .anyMatch(over -> over.rect().intersects(tile.rect()));
      if (!plain || covered || tile.track() == null || tile.track().equals("100")) {
        continue;
      }
      int number = Integer.parseInt(tile.track());
      int inset = (int) Math.ceil(tile.cornerRadius()) + (tile.border() == null ? 2 : 8) + 2;
      Rect rect = tile.rect();
      if (rect.width() < 4 * inset || rect.height() < 4 * inset) {
        continue;
      }
      // The upper corners: heads and labels are elsewhere.
      for (int x : new int[] {rect.x() + inset, rect.right() - inset}) {
        int y = rect.y() + inset;
        assertThat(samples.y(x, y))
            .as("%s %s", row.name(), tile)
            .isBetween(luma(number) - 3, luma(number) + 3);
        assertThat(samples.u(x / 2, y / 2))
            .as("%s %s", row.name(), tile)
            .isBetween(u(number) - 3, u(number) + 3);
        assertThat(samples.v(x / 2, y / 2))
            .as("%s %s", row.name(), tile)
            .isBetween(v(number) - 3, v(number) + 3);
      }
      boolean over =
          tiles.stream().anyMatch(other -> other != tile && other.rect().intersects(rect));
      if (tile.cornerRadius() > 4 && tile.border() == null && !over) {
        assertThat(missing(samples, rect, tile.cornerRadius(), luma(number)))
            .as("area outside the upper left corner of %s", tile)
            .isBetween(
                tile.cornerRadius() * tile.cornerRadius() * (1 - Math.PI / 4) * 0.9,
                tile.cornerRadius() * tile.cornerRadius() * (1 - Math.PI / 4) * 1.1);
      }
    }
  }

  private static boolean covers(Layer.Tile tile, Layer.Label label) {
    return label.id().endsWith(tile.id());
  }

  /** How much of the square at the upper left corner shows what lies below, in px. */
  private static double missing(Samples samples, Rect rect, double radius, int luma) {
    int below = 16 + (int) Math.round((65.481 * 24 + 128.553 * 26 + 24.966 * 30) / 255);
    double sum = 0;
    for (int y = 0; y < Math.ceil(radius); y++) {
      for (int x = 0; x < Math.ceil(radius); x++) {
        sum += (double) (luma - samples.y(rect.x() + x, rect.y() + y)) / (luma - below);
      }
    }
    return sum;
  }

  private static BufferedImage image(Canvas canvas) {
    byte[] rgba = LibYuv.toRgba(canvas.picture().view());
    int width = canvas.picture().width();
    int height = canvas.picture().height();
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = new int[width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] =
          (rgba[4 * i] & 0xff) << 16 | (rgba[4 * i + 1] & 0xff) << 8 | rgba[4 * i + 2] & 0xff;
    }
    image.setRGB(0, 0, width, height, pixels, 0, width);
    return image;
  }

  /** Means of the pixels that each reduced one covers. */
  private static void reduce(BufferedImage from, BufferedImage to, int atX, int atY, int w, int h) {
    int[] pixels = from.getRGB(0, 0, from.getWidth(), from.getHeight(), null, 0, from.getWidth());
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int left = x * from.getWidth() / w;
        int right = (x + 1) * from.getWidth() / w;
        int top = y * from.getHeight() / h;
        int bottom = (y + 1) * from.getHeight() / h;
        int[] sum = new int[3];
        for (int j = top; j < bottom; j++) {
          for (int i = left; i < right; i++) {
            int pixel = pixels[j * from.getWidth() + i];
            sum[0] += pixel >> 16 & 0xff;
            sum[1] += pixel >> 8 & 0xff;
            sum[2] += pixel & 0xff;
          }
        }
        int area = (right - left) * (bottom - top);
        to.setRGB(atX + x, atY + y, (sum[0] / area) << 16 | (sum[1] / area) << 8 | sum[2] / area);
      }
    }
  }

  /** The worst of the windows' means over a picture (Wang et al. 2004), in one channel. */
  private static double ssim(
      BufferedImage a, BufferedImage b, int atX, int atY, int w, int h, int shift) {
    double sum = 0;
    int windows = 0;
    for (int y = 0; y + 8 <= h; y += 8) {
      for (int x = 0; x + 8 <= w; x += 8) {
        double ma = 0;
        double mb = 0;
        double aa = 0;
        double bb = 0;
        double ab = 0;
        for (int j = 0; j < 8; j++) {
          for (int i = 0; i < 8; i++) {
            double pa = a.getRGB(atX + x + i, atY + y + j) >> shift & 0xff;
            double pb = b.getRGB(atX + x + i, atY + y + j) >> shift & 0xff;
            ma += pa / 64;
            mb += pb / 64;
            aa += pa * pa / 64;
            bb += pb * pb / 64;
            ab += pa * pb / 64;
          }
        }
        double c1 = 6.5025;
        double c2 = 58.5225;
        sum +=
            (2 * ma * mb + c1)
                * (2 * (ab - ma * mb) + c2)
                / ((ma * ma + mb * mb + c1) * (aa - ma * ma + bb - mb * mb + c2));
        windows++;
      }
    }
    return sum / windows;
  }

  @Test
  void anotherPictureWouldBeSeen() {
    BufferedImage one = new BufferedImage(240, 135, BufferedImage.TYPE_INT_RGB);
    BufferedImage other = new BufferedImage(240, 135, BufferedImage.TYPE_INT_RGB);
    reduce(picture(ROWS.getFirst(), 3, 1280, 720), one, 0, 0, 240, 135);
    reduce(picture(ROWS.get(13), 3, 1280, 720), other, 0, 0, 240, 135);
    assertThat(ssim(one, one, 0, 0, 240, 135, 8)).isEqualTo(1);
    assertThat(ssim(one, other, 0, 0, 240, 135, 8)).isLessThan(0.95);
  }
}
