package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.compose.Pictures.Samples;
import dev.callcast.media.ingest.Frame;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Image;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.Plate;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Words;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import io.github.humbleui.skija.Bitmap;
import io.github.humbleui.skija.Canvas;
import io.github.humbleui.skija.Data;
import io.github.humbleui.skija.EncodedImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drawings in the picture: what each attribute of a part does to the pixels. */
@Tag("media")
class DrawingTest {
  private static final Color CLEAR = new Color(0, 0, 0, 0);
  private static final Color RED = new Color(255, 0, 0, 255);
  private static final int SIZE = 256;

  private final CanvasPool pool = new CanvasPool(SIZE, SIZE, 3);
  private final Composer composer = new Composer(pool);
  private final List<Frame> frames = new ArrayList<>();

  @AfterEach
  void close() {
    composer.close();
    pool.close();
    frames.forEach(Frame::release);
  }

  private Samples paint(Layer... layers) {
    var canvas =
        composer.compose(
            new Scene(SIZE, SIZE, Color.BLACK, List.of(layers)),
            track -> frames.get(Integer.parseInt(track)).retain());
    try {
      return new Samples(canvas);
    } finally {
      canvas.release();
    }
  }

  private static Drawing drawing(Rect rect, double rotation, double scaleX, Part... parts) {
    return new Drawing(
        "d", rect, rect.width() / scaleX, rect.height(), rotation, scaleX, List.of(parts), 1);
  }

  private static final Rect ALL = new Rect(0, 0, SIZE, SIZE);

  private static TextStyle style(String family, int weight, boolean italic, double size) {
    return new TextStyle(family, weight, italic, size, Color.WHITE, CLEAR, 0);
  }

  private static Words words(String text, TextStyle style) {
    return new Words(10, 60, 236, List.of(new Run(text, style)), Align.LEFT, 0);
  }

  /** How much is painted: sum of luma over black, in full pixels of white. */
  private static double ink(Samples samples) {
    double sum = 0;
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        sum += (samples.y(x, y) - 16) / 219.0;
      }
    }
    return sum;
  }

  private double ink(String text, TextStyle style) {
    return ink(paint(drawing(ALL, 0, 1, words(text, style))));
  }

  @Test
  void heavierTextHasMoreInk() {
    for (String family : List.of("Roboto", "RobotoCondensed", "DMSans", "Bitter", "Exo", "Teko")) {
      double light = ink("Hamburg", style(family, 300, false, 50));
      double regular = ink("Hamburg", style(family, 400, false, 50));
      double bold = ink("Hamburg", style(family, 700, false, 50));
      assertThat(regular).as(family).isGreaterThan(light * 1.05);
      assertThat(bold).as(family).isGreaterThan(regular * 1.15);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Roboto",
        "RobotoCondensed",
        "Anton",
        "Bangers",
        "Bitter",
        "DMSans",
        "Exo",
        "Magra",
        "PermanentMarker",
        "SuezOne",
        "Teko"
      })
  void everyFamilyHasItsOwnShapes(String family) {
    byte[] own =
        paint(drawing(ALL, 0, 1, words("Quick fox", style(family, 400, false, 40)))).bytes();
    String other = family.equals("Roboto") ? "DMSans" : "Roboto";
    byte[] others =
        paint(drawing(ALL, 0, 1, words("Quick fox", style(other, 400, false, 40)))).bytes();
    byte[] unknown =
        paint(drawing(ALL, 0, 1, words("Quick fox", style("NoSuchFont", 400, false, 40)))).bytes();
    assertThat(own).isNotEqualTo(others);
    if (!family.equals("Roboto")) {
      assertThat(own).isNotEqualTo(unknown);
    }
  }

  @Test
  void italicsLeanToTheRight() {
    for (String family : List.of("Roboto", "RobotoCondensed", "DMSans", "Bitter", "Exo")) {
      double upright = lean(style(family, 400, false, 100));
      double italic = lean(style(family, 400, true, 100));
      assertThat(italic).as(family).isGreaterThan(upright + 4);
    }
  }

  /** Middle of the upper half of an l minus that of the lower half, px. */
  private double lean(TextStyle style) {
    Samples samples = paint(drawing(ALL, 0, 1, words("|", style)));
    double[] moment = new double[2];
    double[] weight = new double[2];
    int top = SIZE;
    int bottom = 0;
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        if (samples.y(x, y) > 40) {
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
    }
    for (int y = top; y <= bottom; y++) {
      for (int x = 0; x < SIZE; x++) {
        int half = y < (top + bottom) / 2 ? 0 : 1;
        moment[half] += x * (samples.y(x, y) - 16);
        weight[half] += samples.y(x, y) - 16;
      }
    }
    return moment[0] / weight[0] - moment[1] / weight[1];
  }

  @Test
  void textHasItsColourAndItsOutline() {
    TextStyle red = new TextStyle("Anton", 400, false, 120, RED, CLEAR, 0);
    Samples filled = paint(drawing(ALL, 0, 1, words("I", red)));
    Samples outlined =
        paint(
            drawing(
                ALL,
                0,
                1,
                words("I", new TextStyle("Anton", 400, false, 120, RED, Color.WHITE, 12))));
    assertThat(count(filled, 81, 90, 240)).isGreaterThan(800);
    assertThat(count(outlined, 81, 90, 240)).isEqualTo(count(filled, 81, 90, 240));
    assertThat(count(filled, 235, 128, 128)).isZero();
    assertThat(count(outlined, 235, 128, 128)).isGreaterThan(500);
  }

  /** Pixels of a colour, ± 3, chroma as sampled. */
  private static int count(Samples samples, int y, int u, int v) {
    int count = 0;
    for (int row = 0; row < SIZE; row++) {
      for (int x = 0; x < SIZE; x++) {
        if (Math.abs(samples.y(x, row) - y) <= 3
            && Math.abs(samples.u(x / 2, row / 2) - u) <= 3
            && Math.abs(samples.v(x / 2, row / 2) - v) <= 3) {
          count++;
        }
      }
    }
    return count;
  }

  @Test
  void linesAreBrokenAlignedAndMeasuredAsTheyArePainted() {
    List<Run> runs = List.of(new Run("one two three", style("Roboto", 400, false, 40)));
    var size = composer.meter().measure(runs, 150, 0);
    assertThat(size.lines()).isEqualTo(2);
    assertThat(size.width()).isBetween(120.0, 150.0);
    assertThat(size.height()).isBetween(80.0, 110.0);
    assertThat(composer.meter().measure(runs, 1000, 0).lines()).isEqualTo(1);
    assertThat(composer.meter().measure(runs, 150, 1).lines()).isEqualTo(1);
    Samples right = paint(drawing(ALL, 0, 1, new Words(6, 10, 240, runs, Align.RIGHT, 0)));
    Samples left = paint(drawing(ALL, 0, 1, new Words(6, 10, 240, runs, Align.LEFT, 0)));
    assertThat(edge(right, true)).isBetween(240, 247);
    assertThat(edge(left, false)).isBetween(5, 10);
  }

  private static int edge(Samples samples, boolean rightmost) {
    int edge = rightmost ? 0 : SIZE;
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        if (samples.y(x, y) > 60) {
          edge = rightmost ? Math.max(edge, x) : Math.min(edge, x);
        }
      }
    }
    return edge;
  }

  @Test
  void scriptsAreShapedAndEmojiJoined() {
    assertThat(width("ب ب ب".replace(" ", ""))).isLessThan(3 * width("ب") * 0.8); // joined forms
    assertThat(width("क्ष")).isLessThan(width("क") + width("ष")); // a conjunct
    double one = width("👩");
    assertThat(width("👩‍👩‍👧‍👦")).isCloseTo(one, within(one * 0.2)); // a family is one picture
    assertThat(width("🇩🇪")).isCloseTo(one, within(one * 0.2)); // a flag is one picture
    assertThat(width("👍🏽")).isCloseTo(one, within(one * 0.2)); // a skin tone is no second picture
    assertThat(width("山")).isCloseTo(40, within(3.0));
  }

  private double width(String text) {
    return composer
        .meter()
        .measure(List.of(new Run(text, style("Roboto", 400, false, 40))), 1000, 0)
        .width();
  }

  @Test
  void emojiHaveColourAndFillTheirPlace() {
    Samples samples =
        paint(drawing(ALL, 0, 1, new Picture(64, 64, 128, 128, new Emoji("❤️"), ScaleMode.FIT)));
    assertThat(samples.v(64, 62)).isGreaterThan(180); // red
    assertThat(edge(samples, false)).isBetween(62, 80);
    assertThat(edge(samples, true)).isBetween(176, 194);
  }

  @Test
  void platesHaveCornersStrokesAndOpacity() {
    Plate plate = new Plate(28, 28, 200, 200, new Color(255, 255, 255, 128), 50, RED, 8);
    Samples samples = paint(drawing(ALL, 0, 1, plate));
    assertThat(samples.y(128, 128)).isCloseTo(16 + 219 / 2, within(2));
    assertThat(samples.v(64, 14)).isCloseTo(240, within(4)); // stroke at the upper edge
    assertThat(samples.y(32, 32)).isEqualTo(16); // outside the round corner
    Samples faint = paint(drawing(ALL, 0, 1, plate).withOpacity(0.5));
    assertThat(faint.y(128, 128)).isCloseTo(16 + 219 / 4, within(2));
  }

  @Test
  void drawingsAreTurnedAndStretchedAroundTheirMiddle() {
    Plate bar = new Plate(28, 118, 200, 20, Color.WHITE, 0, CLEAR, 0);
    Samples upright = paint(drawing(ALL, 90, 1, bar));
    assertThat(upright.y(128, 40)).isGreaterThan(230);
    assertThat(upright.y(40, 128)).isEqualTo(16);
    Plate half = new Plate(0, 118, 128, 20, Color.WHITE, 0, CLEAR, 0);
    Samples stretched = paint(drawing(ALL, 0, 2, half));
    assertThat(stretched.y(4, 128)).isGreaterThan(230);
    assertThat(stretched.y(250, 128)).isGreaterThan(230);
    assertThat(stretched.y(128, 100)).isEqualTo(16);
  }

  @Test
  void aDrawingLiesBetweenTwoVideos() {
    frames.add(Pictures.solid(64, 64, 60, 128, 128));
    frames.add(Pictures.solid(64, 64, 180, 128, 128));
    Drawing between =
        drawing(new Rect(64, 64, 128, 128), 0, 1, new Plate(0, 0, 128, 128, RED, 0, CLEAR, 0));
    Samples samples = paint(tile("0", ALL), between, tile("1", new Rect(128, 128, 128, 128)));
    assertThat(samples.y(10, 10)).isEqualTo(60);
    assertThat(samples.y(100, 100)).isEqualTo(81);
    assertThat(samples.v(50, 50)).isEqualTo(240);
    assertThat(samples.y(160, 160)).isEqualTo(180);
    assertThat(samples.v(80, 80)).isEqualTo(128);
  }

  private static Layer.Tile tile(String id, Rect rect) {
    return Pictures.tile(id, rect);
  }

  @Test
  void aTileKeepsItsLastPictureWhenItsTrackIsGone() {
    frames.add(Pictures.solid(64, 64, 180, 128, 128));
    Scene scene = new Scene(SIZE, SIZE, Color.BLACK, List.of(tile("0", ALL)));
    composer.compose(scene, track -> frames.getFirst().retain()).release();
    Scene fading =
        new Scene(SIZE, SIZE, Color.BLACK, List.of(Pictures.with(tile("0", ALL), 0, 0.5, null)));
    var canvas = composer.compose(fading, track -> null);
    assertThat(new Samples(canvas).y(128, 128)).isCloseTo(16 + (180 - 16) / 2, within(2));
    canvas.release();
    var other = composer.compose(new Scene(SIZE, SIZE, Color.BLACK, List.of()), track -> null);
    other.release();
    var back = composer.compose(scene, track -> null);
    assertThat(new Samples(back).y(10, 10)).isLessThan(60); // the placeholder
    back.release();
  }

  @Test
  void imagesOfEveryFormatAreShown(@TempDir Path directory) throws IOException {
    Map<String, byte[]> files =
        Map.of(
            "a.png", encoded(EncodedImageFormat.PNG),
            "a.jpg", encoded(EncodedImageFormat.JPEG),
            "a.webp", encoded(EncodedImageFormat.WEBP),
            "a.svg",
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 20'><rect width='40' height='20' fill='red'/></svg>"
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    for (var file : files.entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.write(path, file.getValue());
      Image image = new Asset(path.toString());
      Samples fit = paint(drawing(ALL, 0, 1, new Picture(28, 28, 200, 200, image, ScaleMode.FIT)));
      assertThat(fit.v(64, 64)).as(file.getKey()).isCloseTo(240, within(4));
      assertThat(fit.y(128, 40)).as(file.getKey()).isEqualTo(16); // above the picture, 2:1
      assertThat(fit.y(128, 84)).as(file.getKey()).isCloseTo(81, within(4));
      Samples fill =
          paint(drawing(ALL, 0, 1, new Picture(28, 28, 200, 200, image, ScaleMode.FILL)));
      assertThat(fill.y(128, 40)).as(file.getKey()).isCloseTo(81, within(4));
      assertThat(fill.y(128, 20)).as(file.getKey()).isEqualTo(16);
    }
  }

  @Test
  void anImageThatIsGoneIsLeftOut(@TempDir Path directory) {
    Image image = new Asset(directory.resolve("gone.png").toString());
    assertThat(ink(paint(drawing(ALL, 0, 1, new Picture(0, 0, 256, 256, image, ScaleMode.FIT)))))
        .isZero();
  }

  /** 40x20, red. */
  private static byte[] encoded(EncodedImageFormat format) {
    try (Bitmap bitmap = new Bitmap()) {
      bitmap.allocN32Pixels(40, 20);
      try (Canvas canvas = new Canvas(bitmap)) {
        canvas.clear(0xffff0000);
      }
      try (var image = io.github.humbleui.skija.Image.makeRasterFromBitmap(bitmap.setImmutable());
          Data data = image.encodeToData(format, 100)) {
        return data.getBytes();
      }
    }
  }
}
