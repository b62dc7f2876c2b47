package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads are looked at by the very process that a node starts for it. */
class AssetsTest {
  private static final String LOGO = "/v1/assets/logo.png";
  private static final String MAIN = "/v1/calls/c/compositions/main";
  private static final String SHOWN =
      "{\"layout\":{\"params\":{\"showImageOverlay\":true,\"image.assetName\":\"logo.png\"}}}";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static byte[] image(String format, int width, int height) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] svg(String content) {
    return ("<svg xmlns=\"http://www.w3.org/2000/svg\""
            + " xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 40 20\">"
            + content
            + "</svg>")
        .getBytes(StandardCharsets.UTF_8);
  }

  private String file() {
    return node.store()
        .calls()
        .loadState("c")
        .compositions()
        .getFirst()
        .feed()
        .assets()
        .get("logo.png");
  }

  @Test
  void anImageIsUploadedShownReplacedAndDeletedWhileLive() throws IOException {
    node.patch(MAIN, SHOWN).problem(400, "/layout/params/image.assetName");
    TestNode.Answered made = node.upload(LOGO, image("png", 40, 20)).is(201);
    assertThat(made.text("/type")).isEqualTo("image/png");
    assertThat(made.at("/width").asInt()).isEqualTo(40);
    assertThat(made.at("/height").asInt()).isEqualTo(20);

    node.patch(MAIN, SHOWN).is(200);
    String first = file();
    assertThat(Files.readAllBytes(Path.of(first))).isEqualTo(image("png", 40, 20));
    assertThat(node.get(LOGO).is(200).body()).isEqualTo(image("png", 40, 20));

    node.gateway.asked.clear();
    node.upload(LOGO, image("png", 50, 20)).is(200);
    assertThat(node.gateway.asked).containsExactly("changed c");
    assertThat(file()).isNotEqualTo(first);
    assertThat(node.get("/v1/assets").is(200).at("/items/0/width").asInt()).isEqualTo(50);

    node.delete(LOGO).is(204);
    assertThat(file()).isNull();
    assertThat(node.gateway.asked).containsExactly("changed c", "changed c");
    node.get(LOGO).problem(404, null);
    node.delete(LOGO).problem(404, null);
  }

  @Test
  void everyFormatIsKnownByItsContent() {
    assertThat(node.upload("/v1/assets/a", image("jpeg", 30, 10)).is(201).text("/type"))
        .isEqualTo("image/jpeg");
    assertThat(
            node.upload("/v1/assets/b", svg("<rect width='40' height='20' fill='url(#g)'/>"))
                .is(201)
                .text("/type"))
        .isEqualTo("image/svg+xml");
    assertThat(node.upload("/v1/assets/c", image("gif", 30, 10)).is(201).text("/type"))
        .isEqualTo("image/gif");
    assertThat(node.get("/v1/assets?limit=1").text("/next")).isEqualTo("a");
    assertThat(node.get("/v1/assets?limit=1&after=a").text("/items/0/name")).isEqualTo("b");
  }

  /** All that is bad about images is tested where they are looked at. */
  @Test
  void whatCannotBeShownIsRefusedAndLeavesNothing() throws IOException {
    byte[] png = image("png", 400, 400);
    List<byte[]> bad =
        List.of(
            "no image".getBytes(StandardCharsets.UTF_8),
            Arrays.copyOf(png, png.length / 2),
            svg("<script>alert(1)</script>"));
    for (byte[] upload : bad) {
      TestNode.Answered refused = node.upload(LOGO, upload).problem(400, "");
      assertThat(refused.text("/detail")).startsWith("The file cannot be used: ");
    }
    node.upload(LOGO, new byte[0]).problem(400, "");
    node.upload(LOGO, new byte[(8 << 20) + 1]).problem(413, null);
    node.get(LOGO).problem(404, null);
    try (Stream<Path> left = Files.list(data.resolve("assets"))) {
      assertThat(left).isEmpty();
    }
  }

  private static final String BRANDED =
      "{\"layout\":{\"params\":{\"text.fontFamily\":\"asset:brand.ttf\"}}}";

  private static byte[] font(String name) throws IOException {
    return Files.readAllBytes(Path.of("/usr/share/fonts/truetype/noto", name));
  }

  private Map<String, String> fonts() {
    return node.store().calls().loadState("c").compositions().getFirst().feed().fonts();
  }

  @Test
  void aFontIsUploadedUsedReplacedAndDeletedWhileLive() throws IOException {
    String brand = "/v1/assets/brand.ttf";
    node.patch(MAIN, BRANDED).problem(400, "/layout/params/text.fontFamily");
    TestNode.Answered made = node.upload(brand, font("NotoSerif-Regular.ttf")).is(201);
    assertThat(made.text("/type")).isEqualTo("font/ttf");
    assertThat(made.at("/width").isMissingNode()).isTrue();

    node.patch(MAIN, BRANDED).is(200);
    String first = fonts().get("brand.ttf");
    assertThat(Files.readAllBytes(Path.of(first))).isEqualTo(font("NotoSerif-Regular.ttf"));
    assertThat(file()).isNull();

    node.gateway.asked.clear();
    node.upload(brand, font("NotoSans-Bold.ttf")).is(200);
    assertThat(fonts().get("brand.ttf")).isNotEqualTo(first);
    assertThat(node.get(brand).is(200).body()).isEqualTo(font("NotoSans-Bold.ttf"));

    node.upload(brand, image("png", 4, 4)).problem(409, null);
    node.delete(brand).is(204);
    assertThat(fonts()).isEmpty();
    assertThat(node.gateway.asked).containsExactly("changed c", "changed c");
    node.patch(MAIN, BRANDED).problem(400, "/layout/params/text.fontFamily");
  }

  @Test
  void anImageIsNoFontAndAFontNoImage() throws IOException {
    node.upload("/v1/assets/brand.ttf", image("png", 4, 4)).is(201);
    assertThat(
            node.patch(MAIN, BRANDED)
                .problem(400, "/layout/params/text.fontFamily")
                .text("/detail"))
        .isEqualTo("The asset brand.ttf is no font: it is image/png.");
    node.upload(LOGO, font("NotoSerif-Regular.ttf")).is(201);
    assertThat(
            node.patch(MAIN, SHOWN).problem(400, "/layout/params/image.assetName").text("/detail"))
        .isEqualTo("The asset logo.png is no image: it is font/ttf.");
  }

  @Test
  void aBrokenFontIsRefusedAndLeavesNothing() throws IOException {
    byte[] whole = font("NotoSerif-Regular.ttf");
    TestNode.Answered refused =
        node.upload("/v1/assets/b", Arrays.copyOf(whole, whole.length / 2)).problem(400, "");
    assertThat(refused.text("/detail"))
        .startsWith("The file cannot be used: it is damaged or cut short: its table ");
    node.get("/v1/assets/b").problem(404, null);
    try (Stream<Path> left = Files.list(data.resolve("assets"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void onlyWhatIsShownHasToBeThere() {
    node.patch(MAIN, "{\"layout\":{\"params\":{\"image.assetName\":\"later.png\"}}}").is(200);
    node.patch(
            MAIN,
            "{\"layout\":{\"params\":{\"showBannerOverlay\":true,\"banner.icon.assetName\":\"x\"}}}")
        .problem(400, "/layout/params/banner.icon.assetName");
    node.upload("/v1/assets/..%2fx", image("png", 4, 4)).is(404);
  }
}
