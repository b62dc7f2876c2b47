package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
}
