package dev.callcast.media.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.callcast.media.script.LayoutScript.Question;
import dev.callcast.media.script.LayoutScript.Viewport;
import dev.callcast.scene.CustomScene;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.SceneState.Participant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The real engine, what it lets through and what it does not. */
class LayoutScriptTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BOX =
      "[{type: 'box', x: 0, y: 0, width: 10, height: 10, color: 'red'}]";

  @TempDir Path directory;

  private static Question question(double seconds, String... ids) {
    return question(seconds, Map.of("custom.a", 1.0), ids);
  }

  private static Question question(double seconds, Map<String, Object> params, String... ids) {
    return new Question(
        new SceneState(
            List.of(ids).stream()
                .map(id -> new Participant(id, "Name of " + id, false, null, null, true, 0))
                .toList(),
            null,
            seconds),
        params,
        new Viewport(1280, 720));
  }

  private static ScriptException failure(String source) {
    return catchThrowableOfType(
        ScriptException.class,
        () -> {
          try (LayoutScript script = new LayoutScript(source)) {
            script.layout(question(1, "ada"));
          }
        });
  }

  @Test
  void itSeesTheCallTheParamsTheCanvasAndTheTime() throws ScriptException {
    String source =
        """
        export const rate = 12;
        export const assets = ["logo.png"];
        export const layout = (state, params, viewport, time) => [{
          type: "label", x: viewport.width / 2, y: viewport.gridUnit, width: 100, height: 20, fontSize: 12,
          text: state.participants.map((one) => one.name).join() + params["custom.a"] + time }];
        """;
    try (LayoutScript script = new LayoutScript(source)) {
      assertThat(script.rate()).isEqualTo(12);
      assertThat(script.assets()).containsExactly("logo.png");
      CustomScene scene = script.layout(question(2.5, "ada", "bob"));
      assertThat(scene.toString())
          .contains("Name of ada,Name of bob12.5")
          .contains("x=640.0, y=20.0");
      assertThat(script.layout(question(2.5, "ada", "bob"))).isEqualTo(scene);
    }
  }

  @Test
  void whatIsWrongIsToldWithItsLine() {
    ScriptException syntax = failure("export function layout() {\n  return [;\n}");
    assertThat(syntax.line()).isEqualTo(2);
    assertThat(syntax).hasMessageContaining("unexpected token");

    ScriptException thrown =
        failure(
            "const help = () => {\n  throw new Error('no luck');\n};\n"
                + "export function layout() {\n  return help();\n}");
    assertThat(thrown.line()).isEqualTo(2);
    assertThat(thrown).hasMessage("Error: no luck");

    assertThat(failure("let a = 1;\nnull.b;\nexport function layout() {}").line()).isEqualTo(2);
    assertThat(failure("export function other() {}"))
        .hasMessage("it exports no function of the name layout");
    assertThat(failure("export function layout() {}; export const rate = 'often';"))
        .hasMessageContaining("rate has to be a number");

    ScriptException shape =
        failure("\n\nexport function layout() {\n  return [{type: 'box', x: 'left'}];\n}");
    assertThat(shape.line()).isEqualTo(3);
    assertThat(shape).hasMessage("layer 0 (box): x has to be a number");
    assertThat(failure("export function layout() {}"))
        .hasMessageContaining("has to return an array");
    assertThat(failure("export function layout() { const a = []; a.push(a); return a; }"))
        .hasMessageContaining("no JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Math.random()",
        "Date.now()",
        "new Date()",
        "fetch('http://127.0.0.1')",
        "require('fs')",
        "process.exit(1)",
        "Java.type('java.lang.System')",
        "setTimeout(() => {}, 1)"
      })
  void nothingOfTheWorldIsThere(String expression) {
    assertThat(failure("export function layout() {\n  " + expression + ";\n  return [];\n}"))
        .isNotNull()
        .extracting(ScriptException::line)
        .isEqualTo(2);
  }

  @Test
  void importsLeadNowhere() {
    assertThat(failure("import fs from 'fs';\nexport function layout() { return []; }"))
        .hasMessageContaining("could not load module");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (;;);",
        "const f = () => f() + 1; f();",
        "const a = []; for (;;) a.push(new Array(10000).fill(1));",
        "'a'.repeat(1 << 28);",
        "/^(a+)+$/.test('a'.repeat(40) + 'b');"
      })
  void noTimeAndNoMemoryIsTakenWithoutEnd(String endless) {
    assertThat(failure("export function layout() { " + endless + " return []; }")).isNotNull();
    assertThat(failure(endless + " export function layout() { return []; }")).isNotNull();
  }

  private static final class Told implements ScriptedLayout.Listener {
    final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public void failed(String layout, ScriptException why) {
      told.add(layout + " failed: " + why.text());
    }

    @Override
    public void recovered(String layout) {
      told.add(layout + " recovered");
    }
  }

  @Test
  void aFailureLeavesTheLastGoodAnswerAndIsToldOnce() throws Exception {
    Told told = new Told();
    String source =
        "export function layout(state) {\n  if (state.participants.length === 2) throw 'two';\n"
            + "  return "
            + BOX
            + ";\n}";
    try (ScriptedLayout layout = new ScriptedLayout("mine", source, told)) {
      ScriptedLayout.Answer good = layout.now(question(0, "ada"), 60_000);
      for (String second : List.of("bob", "eve")) {
        assertThat(
                catchThrowableOfType(
                    ScriptException.class, () -> layout.now(question(1, "ada", second), 60_000)))
            .hasMessage("two");
        assertThat(layout.newest()).isSameAs(good);
      }
      layout.now(question(2, "ada", "bob", "eve"), 60_000);
      await().atMost(PATIENCE).until(() -> told.told.size() >= 2);
      assertThat(told.told).containsExactly("mine failed: two", "mine recovered");
    }
  }

  @Test
  void oneThatHangsIsEndedAndAskedAgainLater() throws Exception {
    Told told = new Told();
    String source =
        "export function layout(state) { if (state.participants.length === 2) for (;;);\n  return "
            + BOX
            + ";\n}";
    try (ScriptedLayout layout = new ScriptedLayout("mine", source, told)) {
      ScriptedLayout.Answer good = layout.now(question(0, "ada"), 60_000);
      layout.ask(question(1, "ada", "bob"));
      await().atMost(PATIENCE).until(() -> !told.told.isEmpty());
      assertThat(told.told.getFirst()).contains("took longer than").contains("ms and was ended");
      assertThat(layout.newest()).isSameAs(good);
      // Nobody waits for what is left alone for a while.
      assertThat(
              catchThrowableOfType(
                  ScriptException.class, () -> layout.now(question(2, "eve"), 60_000)))
          .hasMessageContaining("took longer than");
      await().atMost(PATIENCE).until(() -> told.told.contains("mine recovered"));
      assertThat(layout.newest()).isNotSameAs(good);
    }
  }

  @Test
  void aRateIsAskedAgainAndChangesAloneAreNot() throws Exception {
    String counts =
        "let n = 0; export function layout() { n++; return [{type: 'label', x: 0, y: 0, width: 9,"
            + " height: 9, fontSize: 9, text: 'asked ' + n}]; }";
    try (ScriptedLayout layout = new ScriptedLayout("a", counts, new Told())) {
      layout.now(question(0, "ada"), 60_000);
      assertThat(layout.now(question(1, "ada"), 60_000).scene().toString()).contains("asked 1");
      assertThat(layout.now(question(1, "bob"), 60_000).scene().toString()).contains("asked 2");
    }
    String moving = counts + " export const rate = 10;";
    try (ScriptedLayout layout = new ScriptedLayout("a", moving, new Told())) {
      layout.now(question(0, "ada"), 60_000);
      assertThat(layout.now(question(0.05, "ada"), 60_000).scene().toString()).contains("asked 1");
      assertThat(layout.now(question(0.1, "ada"), 60_000).scene().toString()).contains("asked 2");
    }
  }

  @Test
  void theCheckTriesCallsOfSomeSizes() throws IOException {
    assertThat(check("export const assets = ['a.png']; export function layout() { return []; }"))
        .isEqualTo(json("{\"rate\":0.0,\"assets\":[\"a.png\"]}"));
    assertThat(
            check(
                "export function layout(state) {\n  if (state.participants.length > 4)\n"
                    + "    throw new TypeError('too many');\n  return [];\n}"))
        .isEqualTo(json("{\"error\":\"TypeError: too many\",\"line\":3}"));
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  private JsonNode check(String source) throws IOException {
    return json(LayoutCheck.line(Files.writeString(directory.resolve("layout.js"), source)));
  }
}
