package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.worker.LayoutTrial;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code callcast layout try}, as authors use it. */
@Tag("media")
class LayoutTryTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();

  private int run(String... words) {
    CommandLine commandLine = Main.commandLine(new LayoutSubcommand());
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(errors, true));
    return commandLine.execute(words);
  }

  /** They stay in target/layouts, to be looked at. */
  @Test
  void anExampleBecomesPictures() throws IOException {
    Path pictures = Path.of("target", "layouts");
    for (String name : List.of("stage", "interview", "orbit")) {
      assertThat(
              run(
                  "layout",
                  "try",
                  "../docs/layouts/" + name + ".js",
                  "--participants=5",
                  "--canvas=640x360",
                  "--param=custom.title=An evening of talks",
                  "--output=" + pictures))
          .as(errors.toString())
          .isZero();
      for (String picture : List.of("-1", "-2", "-5", "-5-screen")) {
        Path file = pictures.resolve(name + picture + ".png");
        assertThat(out.toString()).contains(file.toString());
        assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(640);
      }
    }
  }

  @Test
  void whatIsWrongIsToldWithFileAndLine() throws IOException {
    Path broken = directory.resolve("broken.js");
    Files.writeString(
        broken,
        "export function layout(state) {\n  console.log('hello', state.participants.length);\n"
            + "  throw new Error('no luck');\n}\n");
    assertThat(run("layout", "try", broken.toString(), "--output=" + directory)).isEqualTo(1);
    assertThat(errors.toString()).contains("hello 1").contains(broken + ":3: Error: no luck");
    assertThat(run("layout", "try", broken.toString(), "--canvas=wide")).isEqualTo(2);
    assertThat(run("layout")).isEqualTo(2);
  }

  /** How wide it is what a layout writes in a font, px. */
  private int written(Path font) throws IOException {
    Path layout = directory.resolve("written.js");
    Files.writeString(
        layout,
        """
        export const assets = ["brand"];
        export function layout(state, params, viewport) {
          return [{type: "text", x: 0, y: 100, width: viewport.width, height: 100,
                   text: "HHHIIIHHHIIIHHH", fontSize: 40, fontFamily: "asset:brand"}];
        }
        """);
    assertThat(
            run(
                "layout",
                "try",
                layout.toString(),
                "--participants=1",
                "--canvas=1280x720",
                "--asset=brand=" + font,
                "--output=" + directory))
        .as(errors.toString())
        .isZero();
    BufferedImage picture = ImageIO.read(directory.resolve("written-1.png").toFile());
    IntSummaryStatistics columns =
        IntStream.range(0, 1280)
            .filter(
                x -> IntStream.range(90, 220).anyMatch(y -> (picture.getRGB(x, y) & 0xff) > 100))
            .summaryStatistics();
    return columns.getMax() - columns.getMin();
  }

  @Test
  void aFontIsAnAssetToo() throws IOException {
    Path noto = Path.of("/usr/share/fonts/truetype/noto");
    Path narrow = directory.resolve("anton.ttf");
    try (InputStream in =
        LayoutTrial.class.getResourceAsStream("/fonts/anton/Anton_400Regular.ttf")) {
      Files.copy(Objects.requireNonNull(in), narrow);
    }
    int wide = written(noto.resolve("NotoSerif-Regular.ttf"));
    assertThat(wide).isBetween(330, 420);
    assertThat(written(narrow)).isBetween(wide / 2, wide * 3 / 4);

    Path half = directory.resolve("half.ttf");
    byte[] whole = Files.readAllBytes(noto.resolve("NotoSerif-Regular.ttf"));
    Files.write(half, Arrays.copyOf(whole, whole.length / 2));
    assertThat(run("layout", "try", "../docs/layouts/stage.js", "--asset=brand=" + half))
        .isEqualTo(2);
    assertThat(errors.toString())
        .contains("--asset brand: " + half + " cannot be used: it is damaged or cut short");
  }
}
