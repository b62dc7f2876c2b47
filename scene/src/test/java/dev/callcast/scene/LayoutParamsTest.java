package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.Vocabulary.Kind;
import dev.callcast.scene.Vocabulary.Param;
import dev.callcast.scene.Vocabulary.State;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayoutParamsTest {
  private static final String P = "videoSettings.";

  static Stream<Param> table() {
    return Vocabulary.ALL.values().stream();
  }

  @Test
  void theTableHoldsTheWholeVocabulary() {
    assertThat(table().filter(LayoutParamsTest::isCommon)).hasSize(196);
    Map<String, Long> groups =
        table()
            .filter(LayoutParamsTest::isCommon)
            .collect(
                Collectors.groupingBy(
                    p -> p.name().contains(".") ? p.name().replaceAll("\\..*", "") : "",
                    Collectors.counting()));
    assertThat(groups)
        .containsEntry("", 9L)
        .containsEntry("videoSettings", 55L)
        .containsEntry("text", 17L)
        .containsEntry("image", 11L)
        .containsEntry("webFrame", 13L)
        .containsEntry("banner", 30L)
        .containsEntry("toast", 16L)
        .containsEntry("openingSlate", 12L)
        .containsEntry("titleSlate", 12L)
        .containsEntry("sidebar", 13L)
        .containsEntry("highlightLines", 2L)
        .containsEntry("emojiReactions", 4L)
        .containsEntry("debug", 2L);
  }

  private static boolean isCommon(Param param) {
    return param.state() != State.OWN && param.state() != State.ALIAS;
  }

  @Test
  void everyParamTakesItsDefaultAndRefusesOtherTypes() {
    table().forEach(LayoutParamsTest::takesItsDefaultOnly);
  }

  private static void takesItsDefaultOnly(Param param) {
    Object fallback = defaultOf(param);
    LayoutParams parsed = LayoutParams.parse(Map.of(param.name(), fallback));
    if (param.state() != State.ALIAS) { // an old name has no default of its own
      assertThat(parsed.warnings()).as(param.name()).isEmpty();
    }

    List<Object> wrong =
        switch (param.kind()) {
          case BOOLEAN -> List.of("true", 1, List.of());
          case NUMBER, INTEGER -> List.of("1", true, Map.of(), Double.NaN);
          case CHOICE -> List.of(1, true, "no such choice");
          case FONT -> List.of(1, true, "no such choice", "asset:", "asset:a b");
          case TEXT -> List.of(1, true, "x".repeat(10_001));
          case COLOR -> List.of(1, true, "no such colour", "");
          case ZONE -> List.of(1, true, "", "Mars/Olympus");
          case TIME -> List.of(1, true, "tomorrow", "2026-12-31");
          case URL ->
              List.of(
                  1,
                  true,
                  "slides",
                  "file:///etc/passwd",
                  "javascript:alert(1)",
                  "https://",
                  "https://ada:secret@slides.example/",
                  "https://a b/");
          case KEY -> List.of(1, true, "", "Arrow", "ab", "\n");
          case IDS -> List.of(1, true, "a,,b", "a b", "a,");
          case NUMBERS -> List.of(1, true, "1,,2", "1,x", "1;2", "1e3", "NaN");
          case CHOICES -> List.of(1, true, "no such choice", param.choices().getFirst() + ",");
        };
    for (Object value : wrong) {
      assertThatThrownBy(() -> LayoutParams.parse(Map.of(param.name(), value)))
          .as("%s = %s", param.name(), value)
          .isInstanceOfSatisfying(
              ParamException.class, e -> assertThat(e.param()).isEqualTo(param.name()));
    }
    assertThatThrownBy(() -> LayoutParams.parse(Collections.singletonMap(param.name(), null)))
        .isInstanceOf(ParamException.class);
  }

  @Test
  void anotherValueThanTheDefaultIsTakenWithoutAWarning() {
    table().forEach(LayoutParamsTest::isTaken);
  }

  private static void isTaken(Param param) {
    Object other = anotherThan(param);
    assertThat(LayoutParams.parse(Map.of(param.name(), other)).warnings()).isEmpty();
  }

  @Test
  void numbersOutOfRangeAreClampedWithAWarning() {
    table().forEach(LayoutParamsTest::isClamped);
  }

  private static void isClamped(Param param) {
    if (param.kind() != Kind.NUMBER && param.kind() != Kind.INTEGER) {
      return;
    }
    LayoutParams tooMuch = LayoutParams.parse(Map.of(param.name(), param.most() + 1));
    assertThat(tooMuch.number(param.name())).isEqualTo(param.most());
    assertThat(tooMuch.warnings().getFirst())
        .startsWith(param.name() + ": ")
        .contains("is outside");
    assertThat(LayoutParams.parse(Map.of(param.name(), -1e300)).number(param.name()))
        .isEqualTo(param.least());
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("mod", "grid", "is not a known param"),
        Arguments.of("videoSettings.scalemode", "fit", "is videoSettings.scaleMode meant?"),
        Arguments.of("Mode", "grid", "is mode meant?"),
        Arguments.of(P + "scaleMode", "zoom", "must be one of fill, fit, not 'zoom'"),
        Arguments.of("mode", "", "must be one of single, split, grid, dominant, pip, not ''"),
        Arguments.of(P + "maxCamStreams", "9", "must be a number, not a string"),
        Arguments.of(P + "roundedCorners", List.of(), "must be true or false, not an array"),
        Arguments.of(P + "zoomFactorsList", "1,x", "has 'x' as item 2"),
        Arguments.of(P + "labels.color", "whit", "is not a colour: 'whit'"),
        Arguments.of(P + "labels.fontWeight", 600, "must be a string, not a number"),
        Arguments.of("webFrame.url", "ftp://a/b", "must begin with http:// or https://"),
        Arguments.of("webFrame.keyPress.keyName", "Right", "must be one character, or the name"),
        Arguments.of("webFrame.keyPress.modifiers", "Ctrl", "has 'Ctrl' as item 1"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusalsSayWhatIsWrong(String name, Object value, String message) {
    assertThatThrownBy(() -> LayoutParams.parse(Map.of(name, value)))
        .isInstanceOfSatisfying(ParamException.class, e -> assertThat(e.param()).isEqualTo(name))
        .hasMessageContaining(message);
  }

  @Test
  void listsAreTakenApart() {
    LayoutParams params =
        LayoutParams.parse(
            Map.of(
                P + "preferredParticipantIds", "ada, grace",
                P + "zoomFactorsList", "1.5, 9",
                P + "filterForUnpausedMediaTypes", ""));
    assertThat(params.texts(P + "preferredParticipantIds")).containsExactly("ada", "grace");
    assertThat(params.numbers(P + "zoomFactorsList")).containsExactly(1.5, 4.0);
    assertThat(params.texts(P + "filterForUnpausedMediaTypes")).isEmpty();
    assertThat(params.warnings())
        .containsExactly(P + "zoomFactorsList: 9 is outside 1 to 4, 4 is used");
  }

  @Test
  void wholeNumbersAreRoundedDownWithAWarning() {
    LayoutParams params = LayoutParams.parse(Map.of(P + "maxCamStreams", 4.7));
    assertThat(params.integer(P + "maxCamStreams")).isEqualTo(4);
    assertThat(params.warnings()).hasSize(1);
  }

  @Test
  void oldNamesStandForTheNewOnesThatWinOverThem() {
    LayoutParams old =
        LayoutParams.parse(
            Map.of(
                P + "omitPaused",
                true,
                P + "pip.height_vh",
                0.5,
                P + "margin.left_vw",
                0.25,
                P + "labels.offset_x",
                20));
    assertThat(old.bool(P + "omitPausedVideo")).isTrue();
    assertThat(old.gridUnits(P + "pip.height_gu", 1280, 720)).isEqualTo(18);
    assertThat(old.gridUnits(P + "margin.left_gu", 1280, 720)).isEqualTo(16);
    assertThat(old.gridUnits(P + "labels.offset_x_gu", 1280, 720)).isEqualTo(1);
    LayoutParams both =
        LayoutParams.parse(Map.of(P + "omitPaused", true, P + "omitPausedVideo", false));
    assertThat(both.bool(P + "omitPausedVideo")).isFalse();
  }

  @Test
  void anOldNameWinsOverAPresetsDefault() {
    LayoutParams preset = LayoutParams.parse(Map.of(P + "pip.height_gu", 14));
    LayoutParams given = LayoutParams.parse(Map.of(P + "pip.height_vh", 0.5));
    assertThat(given.over(preset).gridUnits(P + "pip.height_gu", 1280, 720)).isEqualTo(18);
  }

  @Test
  void defaultsAreThoseOfTheTable() {
    VideoSettings settings = VideoSettings.of(LayoutParams.EMPTY, 1280, 720);
    assertThat(settings.mode()).isEqualTo(VideoSettings.Mode.GRID);
    assertThat(settings.maxCamStreams()).isEqualTo(25);
    assertThat(settings.labels().fontSize()).isEqualTo(20);
    assertThat(settings.pip().height()).isEqualTo(240);
    assertThat(settings.dominant().splitPos()).isEqualTo(0.8);
    assertThat(settings.highlight()).isEqualTo(new Layer.Border(4, Color.WHITE));
    assertThat(settings.placeholderColor()).isNull();
  }

  @Test
  void equalParamsAreEqual() {
    assertThat(LayoutParams.parse(Map.of("mode", "pip", P + "maxCamStreams", 3)))
        .isEqualTo(LayoutParams.parse(Map.of("mode", "pip", P + "maxCamStreams", 3.0)))
        .isNotEqualTo(LayoutParams.EMPTY);
  }

  private static Object defaultOf(Param param) {
    String text = param.defaultText();
    return switch (param.kind()) {
      case BOOLEAN -> Boolean.valueOf(text);
      case NUMBER, INTEGER -> text.isEmpty() ? param.least() : Double.valueOf(text);
      case CHOICE, FONT, TEXT, COLOR, ZONE, TIME, URL, KEY, IDS, NUMBERS, CHOICES -> text;
    };
  }

  private static Object anotherThan(Param param) {
    return switch (param.kind()) {
      case BOOLEAN -> !Boolean.parseBoolean(param.defaultText());
      case NUMBER, INTEGER ->
          Double.valueOf(param.most()).equals(defaultOf(param)) ? param.least() : param.most();
      case CHOICE, FONT ->
          param.choices().stream().filter(c -> !c.equals(param.defaultText())).findFirst().get();
      case TEXT -> "something else";
      case COLOR -> "#123456";
      case ZONE -> "Asia/Tokyo";
      case TIME -> "2026-12-31T23:59:00Z";
      case URL -> "https://slides.example/deck?id=1";
      case KEY -> "Enter";
      case IDS -> "ada";
      case NUMBERS -> "2";
      case CHOICES -> param.choices().getFirst();
    };
  }
}
