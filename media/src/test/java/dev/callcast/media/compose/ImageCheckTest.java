package dev.callcast.media.compose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.ProtocolJson;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Files that are no image, or one that must not be shown: also what an SVG would fetch or run. */
@Tag("media")
class ImageCheckTest {
  @TempDir Path directory;

  private static byte[] image(String format, int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, out);
    return out.toByteArray();
  }

  private static byte[] svg(String content) {
    return ("<svg xmlns=\"http://www.w3.org/2000/svg\""
            + " xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 40 20\">"
            + content
            + "</svg>")
        .getBytes(UTF_8);
  }

  private static Stream<byte[]> bad() throws IOException {
    byte[] png = image("png", 400, 400);
    return Stream.of(
        "no image".getBytes(UTF_8),
        Arrays.copyOf(png, png.length / 2),
        Arrays.copyOf(image("gif", 400, 400), 40),
        image("png", 9000, 10),
        svg("<script>alert(1)</script>"),
        svg("<image href='http://127.0.0.1:1/x.png'/>"),
        svg("<use xlink:href='file:///etc/passwd#x'/>"),
        svg("<rect style='fill:url(http://127.0.0.1:1/)'/>"),
        svg("<style>@import 'x.css';</style>"),
        svg("<rect onclick='x()'/>"),
        svg("<rect"),
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>"
            .getBytes(UTF_8),
        "<html/>".getBytes(UTF_8));
  }

  private JsonNode line(byte[] file) throws IOException {
    Path path = Files.write(directory.resolve("upload"), file);
    return ProtocolJson.MAPPER.readTree(AssetCheck.line(path));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void isRefused(byte[] file) throws IOException {
    JsonNode said = line(file);
    assertThat(said.path("error").asString("")).as("%s", said).isNotEmpty();
    assertThat(said.size()).isEqualTo(1);
  }
}
