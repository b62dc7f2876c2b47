package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CompositionSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts in JavaScript are tried by the very process that a node starts for it. */
class LayoutsTest {
  private static final String STAGE = "/v1/layouts/stage.js";
  private static final String MAIN = "/v1/calls/c/compositions/main";
  private static final String USED =
      "{\"layout\":{\"preset\":\"custom\",\"params\":{\"custom.layout\":\"stage.js\","
          + "\"custom.title\":\"Hello\",\"custom.size\":3,\"custom.on\":true}}}";
  private static final String GOOD = "export function layout() {\n  return [];\n}\n";

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

  private TestNode.Answered upload(String path, String source) {
    return node.upload(path, source.getBytes(StandardCharsets.UTF_8));
  }

  private CompositionSpec spec() {
    return node.store().calls().loadState("c").compositions().getFirst();
  }

  @Test
  void aLayoutIsStoredUsedReplacedAndDeletedWhileLive() {
    node.patch(MAIN, USED).problem(400, "/layout/params/custom.layout");
    TestNode.Answered made =
        upload(STAGE, "export const rate = 5; export const assets = ['a.png'];\n" + GOOD).is(201);
    assertThat(made.at("/rate").asDouble()).isEqualTo(5);
    assertThat(made.text("/assets/0")).isEqualTo("a.png");
    assertThat(made.response().headers().firstValue("Location")).contains(STAGE);

    node.patch(MAIN, USED).is(200);
    assertThat(spec().layout().params())
        .containsEntry("custom.title", "Hello")
        .containsEntry("custom.on", true);
    assertThat(spec().feed().layouts().get("stage.js")).endsWith(GOOD);

    node.gateway.asked.clear();
    upload(STAGE, GOOD).is(200);
    assertThat(node.gateway.asked).containsExactly("changed c");
    assertThat(spec().feed().layouts()).isEqualTo(Map.of("stage.js", GOOD));
    assertThat(new String(node.get(STAGE).is(200).body(), StandardCharsets.UTF_8)).isEqualTo(GOOD);
    assertThat(node.get("/v1/layouts").is(200).text("/items/0/name")).isEqualTo("stage.js");

    node.delete(STAGE).problem(409, null);
    node.patch(MAIN, "{\"layout\":{\"preset\":\"grid\"}}").is(200);
    assertThat(spec().feed().layouts()).isEmpty();
    node.delete(STAGE).is(204);
    node.get(STAGE).problem(404, null);
  }

  @Test
  void anImageThatOnlyTheLayoutShowsIsSentAndItsReplacementTold() {
    byte[] svg =
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><rect width='4' height='4'/></svg>"
            .getBytes(StandardCharsets.UTF_8);
    node.upload("/v1/assets/a.png", svg).is(201);
    upload(STAGE, "export const assets = ['a.png'];\n" + GOOD).is(201);
    node.patch(MAIN, USED).is(200);
    assertThat(spec().feed().assets()).containsOnlyKeys("a.png");
    node.gateway.asked.clear();
    node.upload("/v1/assets/a.png", svg).is(200);
    assertThat(node.gateway.asked).containsExactly("changed c");
  }

  @Test
  void whatIsNoLayoutIsRefusedWithItsLine() {
    assertThat(
            upload(STAGE, "export function layout() {\n  return [;\n}")
                .problem(400, "")
                .text("/detail"))
        .startsWith("Line 2: unexpected token");
    assertThat(
            upload(STAGE, "\nexport function layout() { return [{type: 'circle'}]; }")
                .problem(400, "")
                .text("/detail"))
        .isEqualTo("Line 2: layer 0 (layer): type has to be video, box, label, text or image.");
    assertThat(
            upload(STAGE, "export function layout() { for (;;); }")
                .problem(400, "")
                .text("/detail"))
        .contains("took longer");
    upload(STAGE, "").problem(400, "");
    node.upload(STAGE, new byte[(64 << 10) + 1]).problem(413, null);
    upload("/v1/layouts/..%2fx", GOOD).is(404);
    node.get(STAGE).problem(404, null);
    node.patch(MAIN, "{\"layout\":{\"params\":{\"custom.x\":[1]}}}")
        .problem(400, "/layout/params/custom.x");
  }

  @Test
  void withoutALayoutsNameTheParamsAloneDecide() {
    node.patch(MAIN, "{\"layout\":{\"preset\":\"custom\",\"params\":{\"mode\":\"pip\"}}}").is(200);
    assertThat(spec().feed().layouts()).isEmpty();
  }
}
