package dev.callcast.media.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.compose.Pictures.Samples;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Material;
import dev.callcast.scene.Rect;
import dev.callcast.scene.Scene;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fonts that were uploaded: how wide the text is that they set, by their own tables. */
@Tag("media")
class UserFontTest {
  private static final Path SERIF = Path.of("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf");

  /** Much narrower, and of no family that is asked for here. */
  private static Path narrow = SERIF;

  /** Without kerning pairs, ligatures, and bearings worth a pixel. */
  private static final String TEXT = "HHHIIIHHHIIIHHH";

  private static final double SIZE = 40; // px: text.fontSize_gu 2 at 720p

  private final CanvasPool pool = new CanvasPool(1280, 720, 3);
  private final Composer composer = new Composer(pool);
  private final Stage stage = new Stage(composer.meter());
  private final Map<String, Object> params = new HashMap<>();
  private double now;

  @TempDir Path directory;

  @BeforeAll
  static void unpack(@TempDir Path unpacked) throws IOException {
    narrow = unpacked.resolve("narrow");
    try (InputStream in = Fonts.class.getResourceAsStream("/fonts/anton/Anton_400Regular.ttf")) {
      Files.copy(Objects.requireNonNull(in), narrow);
    }
  }

  @AfterEach
  void close() {
    composer.close();
    pool.close();
  }

  private Samples show(Map<String, String> fonts, Map<String, Object> changes) {
    params.putAll(changes);
    stage.set(
        "grid",
        LayoutParams.parse(params),
        1280,
        720,
        Color.BLACK,
        new SceneState(List.of(), null, now),
        new Material(Map.of(), List.of(), List.of(), fonts));
    now += 1; // past any fading
    Canvas canvas = composer.compose(stage.scene(now), track -> null, now);
    try {
      return new Samples(canvas);
    } finally {
      canvas.release();
    }
  }

  private static Map<String, Object> text(String content, String family) {
    return Map.of(
        "showTextOverlay",
        true,
        "text.content",
        content,
        "text.fontFamily",
        family,
        "text.fontSize_gu",
        SIZE / 20,
        "text.stroke_gu",
        0,
        "text.color",
        "white");
  }

  /** From the first to the last column in which there is something. */
  private static double inkWidth(Samples samples) {
    int left = 1280;
    int right = 0;
    for (int y = 0; y < 720; y++) {
      for (int x = 0; x < 1280; x++) {
        if (samples.y(x, y) > 60) {
          left = Math.min(left, x);
          right = Math.max(right, x + 1);
        }
      }
    }
    return right - left;
  }

  private double width(String file) {
    return inkWidth(show(Map.of("brand", file), text(TEXT, "asset:brand")));
  }

  private String copy(Path font, String name) throws IOException {
    return Files.copy(font, directory.resolve(name)).toString();
  }

  /** What is before the first stem and after the last one, em. */
  private static double bearings(TrueType font) {
    ByteBuffer hmtx = font.table("hmtx");
    int glyph = font.glyph('H');
    double left = hmtx.getShort(4 * glyph + 2);
    ByteBuffer loca = font.table("loca");
    boolean wide = font.table("head").getShort(50) != 0;
    int at = wide ? loca.getInt(4 * glyph) : 2 * (loca.getShort(2 * glyph) & 0xffff);
    ByteBuffer glyf = font.table("glyf");
    double right = (hmtx.getShort(4 * glyph) & 0xffff) - glyf.getShort(at + 6);
    return (left + right) / (font.table("head").getShort(18) & 0xffff);
  }

  private static double predicted(Path font) throws IOException {
    TrueType tables = TrueType.read(Files.readAllBytes(font));
    return SIZE * (tables.width(TEXT) - bearings(tables));
  }

  @Test
  void textIsAsWideAsTheFontsAdvancesSay() throws IOException {
    assertThat(predicted(narrow)).as("they differ").isNotCloseTo(predicted(SERIF), within(20.0));
    assertThat(width(copy(SERIF, "a"))).isCloseTo(predicted(SERIF), within(4.0));
    assertThat(width(copy(narrow, "b"))).isCloseTo(predicted(narrow), within(4.0));
  }

  @Test
  void woff2IsTheSameFont() throws IOException {
    Path file = directory.resolve("a.woff2");
    Files.write(file, TrueType.read(Files.readAllBytes(narrow)).writeWoff2());
    assertThat(AssetCheck.line(file)).contains("font/woff2");
    assertThat(width(file.toString())).isCloseTo(predicted(narrow), within(4.0));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(AssetCheck.line(file)).contains("error", "cut short");
    ByteBuffer.wrap(bytes).putInt(8, bytes.length / 2);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(AssetCheck.line(file)).contains("error", "cannot be opened");
  }

  @Test
  void anotherFileTakesItsPlaceAndWhatIsGoneGivesWayToTheDefault() throws IOException {
    String serif = copy(SERIF, "a");
    String other = copy(narrow, "b");
    byte[] usual = show(Map.of(), text(TEXT, "DMSans")).bytes();
    assertThat(width(serif)).isCloseTo(predicted(SERIF), within(4.0));
    assertThat(width(other)).isCloseTo(predicted(narrow), within(4.0));
    Files.delete(Path.of(serif)); // it is loaded
    assertThat(width(serif)).isCloseTo(predicted(SERIF), within(4.0));
    assertThat(show(Map.of(), Map.of()).bytes()).isEqualTo(usual);
  }

  @Test
  void manyReplacementsDoNotPileUp() throws IOException {
    for (int i = 0; i < 40; i++) {
      boolean even = i % 2 == 0;
      String file = copy(even ? SERIF : narrow, "f" + i);
      params.put("text.content", TEXT + i / 40); // measured and painted anew
      assertThat(width(file)).isCloseTo(predicted(even ? SERIF : narrow), within(4.0));
      Files.delete(Path.of(file));
    }
  }

  @Test
  void charactersThatItLacksComeFromOthers() throws IOException {
    String serif = copy(SERIF, "a");
    double alone = width(serif);
    double with = inkWidth(show(Map.of("brand", serif), text(TEXT + "山山", "asset:brand")));
    assertThat(with - alone).isCloseTo(2 * SIZE, within(8.0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void namesAreSetInItAsWell(boolean serif) throws IOException {
    Path source = serif ? SERIF : narrow;
    Layer.Label label =
        new Layer.Label(
            "l",
            new Rect(100, 100, 1000, 60),
            TEXT,
            Layer.Align.LEFT,
            copy(source, "a"),
            400,
            SIZE,
            Color.WHITE,
            Color.BLACK,
            0,
            null,
            1);
    Canvas canvas =
        composer.compose(new Scene(1280, 720, Color.BLACK, List.of(label)), track -> null);
    try {
      assertThat(inkWidth(new Samples(canvas))).isCloseTo(predicted(source), within(4.0));
    } finally {
      canvas.release();
    }
  }

  private String check(byte[] bytes) throws IOException {
    return AssetCheck.line(Files.write(directory.resolve("checked"), bytes));
  }

  @Test
  void wholeFontsAreTaken() throws IOException {
    assertThat(AssetCheck.line(SERIF)).isEqualTo("{\"type\":\"font/ttf\"}");
    assertThat(AssetCheck.line(Path.of("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")))
        .isEqualTo("{\"type\":\"font/ttf\"}");
    byte[] collection =
        Files.readAllBytes(Path.of("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"));
    assertThat(check(collection)).contains("error", "collection");
    int last = ByteBuffer.wrap(collection).getInt(12);
    assertThat(check(TrueType.read(collection, last).write()))
        .as("with PostScript outlines")
        .isEqualTo("{\"type\":\"font/otf\"}");
  }

  @Test
  void brokenFontsAreRefusedWithTheReason() throws IOException {
    byte[] good = Files.readAllBytes(narrow);
    TrueType tables = TrueType.read(good);
    assertThat(check(tables.write())).contains("font/ttf");
    for (double share : new double[] {0.001, 0.3, 0.7, 0.99}) {
      assertThat(check(Arrays.copyOf(good, (int) (good.length * share))))
          .as("%.3f of it", share)
          .contains("error", "cut short");
    }
    for (String needed : List.of("cmap", "hmtx", "glyf", "head")) {
      assertThat(check(tables.without(needed).write())).as(needed).contains("error");
    }
    TrueType noise = TrueType.read(good);
    new Random(1).nextBytes(noise.table("glyf").array());
    assertThat(check(noise.write())).contains("error", "damaged");
    TrueType ways = TrueType.read(good);
    Arrays.fill(ways.table("loca").array(), 20, 60, (byte) 0xff);
    assertThat(check(ways.write())).contains("error", "outside of it");
    assertThat(check(new byte[] {0, 1, 0, 0})).contains("error");
    assertThat(check("wOFFxxxxxxxxxxxxxxxx".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .contains("error", "WOFF 1");
  }
}
