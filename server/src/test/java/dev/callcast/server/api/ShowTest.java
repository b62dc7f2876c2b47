package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Message;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reactions, toasts, messages, previews and scenes. */
class ShowTest {
  private static final String MAIN = "/v1/calls/c/compositions/main";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    node.gateway.snapshots.put("c/main", new byte[] {1, 2, 3});
  }

  @AfterEach
  void close() {
    node.close();
  }

  private CompositionSpec spec() {
    return node.store().calls().loadState("c").compositions().getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"🎉", "❤️", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "1️⃣"})
  void oneEmojiFlies(String emoji) {
    node.post(MAIN + "/reactions", "{\"emoji\":\"" + emoji + "\",\"from\":\"ada\"}").is(204);
    assertThat(node.gateway.asked.getLast()).isEqualTo("show c main REACTION " + emoji);
  }

  @Test
  void nothingElseDoes() {
    for (String text : new String[] {"", "🎉🎉", "a", "hello", "  "}) {
      node.post(MAIN + "/reactions", "{\"emoji\":\"" + text + "\"}").problem(400, "/emoji");
    }
    node.post(MAIN + "/reactions", "{}").problem(400, "/emoji");
    node.gateway.snapshots.clear();
    node.post(MAIN + "/reactions", "{\"emoji\":\"🎉\"}").problem(503, null);
    node.post("/v1/calls/c/compositions/none/reactions", "{\"emoji\":\"🎉\"}").problem(404, null);
  }

  @Test
  void aToastIsPassedOn() {
    node.post(MAIN + "/toasts", "{\"text\":\"Ada joined\"}").is(204);
    assertThat(node.gateway.asked.getLast()).isEqualTo("show c main TOAST Ada joined");
    node.post(MAIN + "/toasts", "{\"text\":\" \"}").problem(400, "/text");
    node.post(MAIN + "/toasts", "{\"text\":\"x\",\"icon\":1}").problem(400, "/icon");
  }

  @Test
  void aCaptionIsPassedOn() {
    node.post(MAIN + "/captions", "{\"text\":\"Hello\"}").is(204);
    assertThat(node.gateway.asked.getLast()).isEqualTo("show c main CAPTION Hello");
    node.post(MAIN + "/captions", "{\"text\":\"Hi\",\"until\":\"2999-01-01T00:00:00Z\"}").is(204);
    node.post(MAIN + "/captions", "{\"text\":\"Hi\",\"until\":\"2000-01-01T00:00:00Z\"}")
        .problem(400, "/until");
    node.post(MAIN + "/captions", "{\"text\":\"Hi\",\"until\":\"soon\"}").problem(400, "/until");
  }

  @Test
  void theNewestFiftyMessagesAreState() {
    for (int i = 1; i <= 55; i++) {
      node.post(MAIN + "/chat", "{\"from\":\"Ada\",\"text\":\"message " + i + "\"}").is(200);
    }
    assertThat(node.post(MAIN + "/transcript", "{\"text\":\"spoken\"}").at("/number").asInt())
        .isEqualTo(1);
    assertThat(spec().feed().chat()).hasSize(50);
    assertThat(spec().feed().chat().getLast()).isEqualTo(new Message(55, "Ada", "message 55"));
    assertThat(spec().feed().transcript()).containsExactly(new Message(1, "", "spoken"));
    node.patch(MAIN, "{\"layout\":{\"preset\":\"pip\"}}").is(200);
    node.post(MAIN + "/pause", "").is(200);
    assertThat(spec().feed().chat()).hasSize(50);
    node.post(MAIN + "/chat", "{\"text\":\"\"}").problem(400, "/text");
  }

  @Test
  void aPreviewChangesNothing() {
    TestNode.Answered picture =
        node.post(MAIN + "/preview", "{\"layout\":{\"params\":{\"mode\":\"pip\"}}}").is(200);
    assertThat(picture.body()).isEqualTo(new byte[] {1, 2, 3});
    assertThat(node.gateway.previewed.layout().params()).isEqualTo(Map.of("mode", "pip"));
    assertThat(spec().layout().params()).isEmpty();
    assertThat(spec().revision()).isEqualTo(1);
    node.post(MAIN + "/preview", "{\"layout\":{\"params\":{\"mode\":\"zip\"}}}")
        .problem(400, "/layout/params/mode");
    node.gateway.snapshots.clear();
    node.post(MAIN + "/preview", "{}").problem(503, null);
  }

  @Test
  void aSceneTakesTheLayoutsPlaceInOneRevision() {
    String banner =
        "{\"layout\":{\"preset\":\"dominant\",\"params\":{\"showBannerOverlay\":true}}}";
    node.put("/v1/scenes/talk", banner).is(201);
    node.put("/v1/scenes/talk", banner).is(200);
    node.patch(MAIN, "{\"layout\":{\"params\":{\"showTextOverlay\":true}}}").is(200);
    node.patch(
            MAIN,
            "{\"scene\":\"talk\",\"layout\":{\"params\":{\"banner.title\":\"Ada\"}},\"ifRevision\":2}")
        .is(200);
    assertThat(spec().layout())
        .isEqualTo(
            new CompositionSpec.Layout(
                "dominant", Map.of("showBannerOverlay", true, "banner.title", "Ada")));
    assertThat(spec().revision()).isEqualTo(3);
    assertThat(node.get("/v1/scenes/talk").is(200).text("/layout/preset")).isEqualTo("dominant");
    assertThat(node.get("/v1/scenes").is(200).text("/items/0/name")).isEqualTo("talk");
    node.put("/v1/scenes/bad", "{\"layout\":{\"params\":{\"mod\":1}}}")
        .problem(400, "/layout/params/mod");
    node.delete("/v1/scenes/talk").is(204);
    node.get("/v1/scenes/talk").problem(404, null);
    node.patch(MAIN, "{\"scene\":\"talk\"}").problem(400, "/scene");
  }

  @Test
  void aTransitionIsOfOneChangeAndASceneMayHaveItsOwn() {
    String scene =
        "{\"transition\":{\"type\":\"wipe-left\",\"duration\":1.5,\"easing\":\"linear\"}}";
    assertThat(node.put("/v1/scenes/talk", scene).is(201).text("/transition/type"))
        .isEqualTo("wipe-left");
    assertThat(node.get("/v1/scenes/talk").is(200).at("/transition/duration").asDouble())
        .isEqualTo(1.5);
    node.patch(MAIN, "{\"scene\":\"talk\"}").is(200);
    CompositionSpec.Transition own = new CompositionSpec.Transition("wipe-left", 1.5, "linear", 2);
    assertThat(spec().layout().transition()).isEqualTo(own);
    // The worker may see this one first: it must know of the one before.
    node.patch(MAIN, "{\"layout\":{\"params\":{\"showTextOverlay\":true}}}").is(200);
    assertThat(spec().layout().transition()).isEqualTo(own);
    node.patch(MAIN, "{\"scene\":\"talk\",\"transition\":{\"duration\":0.2}}").is(200);
    assertThat(spec().layout().transition())
        .isEqualTo(new CompositionSpec.Transition("cross-fade", 0.2, "ease-in-out", 4));
    assertThat(node.get(MAIN).is(200).json().has("transition")).isFalse();
    String[][] bad = {
      {"\"type\":\"spin\"", "type"},
      {"\"duration\":11", "duration"},
      {"\"duration\":-1", "duration"},
      {"\"easing\":\"bounce\"", "easing"},
      {"\"kind\":\"cut\"", "kind"}
    };
    for (String[] one : bad) {
      node.patch(MAIN, "{\"transition\":{" + one[0] + "}}").problem(400, "/transition/" + one[1]);
      node.put("/v1/scenes/bad", "{\"transition\":{" + one[0] + "}}")
          .problem(400, "/transition/" + one[1]);
    }
    assertThat(spec().revision()).isEqualTo(4);
  }
}
