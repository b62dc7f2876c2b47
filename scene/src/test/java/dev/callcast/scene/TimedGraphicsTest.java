package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Play.Shot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Clock, countdown, ticker and captions over time. */
class TimedGraphicsTest {
  private static final Map<String, Object> CLOCK = Map.of("showClock", true);

  @Test
  void theClockChangesInThePictureOfItsSecondAndHoldsUntilThen() {
    Play play = new Play(CLOCK);
    play.stage.began(1_000_000_000.4);
    play.set(0);
    assertThat(play.at(0.5).text("clock")).isEqualTo("01:46:40");
    assertThat(play.stage.stillUntil()).isBetween(0.599, 0.601);
    assertThat(play.at(play.stage.stillUntil()).text("clock")).isEqualTo("01:46:41");
    assertThat(play.stage.stillUntil()).isBetween(1.599, 1.601);
  }

  @Test
  void aSmallCorrectionOfTheMachinesClockMakesNoSecondJump() {
    Play play = new Play(CLOCK);
    play.stage.began(100);
    play.set(0);
    assertThat(play.at(1).text("clock")).isEqualTo("00:01:41");
    play.stage.began(99.9);
    assertThat(play.at(1).text("clock")).isEqualTo("00:01:41");
    play.stage.began(160);
    assertThat(play.at(1).text("clock")).isEqualTo("00:02:41");
  }

  @Test
  void thePlateOfAClockDoesNotBreathe() {
    Play play = new Play(CLOCK).set(0);
    Rect first = play.at(0).box("clock");
    for (int second = 1; second < 90; second += 7) {
      assertThat(play.at(second).box("clock")).isEqualTo(first);
    }
  }

  @Test
  void aCountdownEndsInThePictureOfItsTarget() {
    Play play =
        new Play(
                Map.of(
                    "showCountdown", true,
                    "countdown.target", "1970-01-01T00:00:02.500Z",
                    "countdown.text", "in "))
            .set(0);
    List<String> said = new ArrayList<>();
    for (double seconds = 0; seconds < 5; seconds += 0.5) {
      Shot shot = play.at(seconds);
      said.add(shot.has("countdown") ? shot.text("countdown") : "-");
    }
    assertThat(said)
        .containsExactly(
            "in 0:03", "in 0:03", "in 0:02", "in 0:02", "in 0:01", "in 0:01", "-", "-", "-", "-");
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void anUnknownZoneOrATimeThatIsNoneIsRefused() {
    assertThatThrownBy(() -> LayoutParams.parse(Map.of("clock.timeZone", "Mars/Olympus")))
        .isInstanceOf(ParamException.class)
        .hasMessageContaining("Europe/Berlin");
    assertThatThrownBy(() -> LayoutParams.parse(Map.of("countdown.target", "tomorrow")))
        .isInstanceOf(ParamException.class)
        .hasMessageContaining("2026-12-31T23:59:00Z");
  }

  private static List<Drawing> pieces(Shot shot) {
    return shot.layers().stream()
        .filter(layer -> layer.id().startsWith("ticker:"))
        .map(Drawing.class::cast)
        .toList();
  }

  @Test
  void aTickerRunsEvenlyComesAgainAndIsNeverPaintedTwice() {
    Play play =
        new Play(
                Map.of(
                    "showTicker",
                    true,
                    "ticker.speed_gu",
                    6,
                    "ticker.text",
                    "one two three ".repeat(40)))
            .set(0);
    assertThat(pieces(play.at(0))).isEmpty();
    Map<String, Integer> before = new java.util.HashMap<>();
    java.util.Set<List<Layer.Part>> painted = new java.util.HashSet<>();
    int rounds = 0;
    for (int frame = 1; frame < 3000; frame++) {
      Shot shot = play.at(frame / 30.0);
      assertThat(play.stage.stillUntil()).isEqualTo(frame / 30.0);
      List<Drawing> pieces = pieces(shot);
      assertThat(pieces).isNotEmpty().hasSizeLessThan(10);
      for (Drawing piece : pieces) {
        painted.add(piece.parts());
        rounds = Math.max(rounds, Integer.parseInt(piece.id().replaceAll(".*:", "")));
        Integer was = before.put(piece.id(), piece.rect().x());
        if (was != null) {
          assertThat(was - piece.rect().x()).as(piece.id()).isEqualTo(4); // 120 px/s at 30 fps
        }
        assertThat(piece.rect().right()).isNotNegative();
        assertThat(piece.rect().x()).isLessThan(1280);
      }
    }
    assertThat(rounds).isPositive();
    assertThat(painted).hasSizeLessThan(20);
  }

  @Test
  void anotherTextOrSpeedGoesOnWhereItWas() {
    Play play = new Play(Map.of("showTicker", true, "ticker.text", "news")).set(0);
    int before = pieces(play.at(2)).getFirst().rect().x();
    play.set(2, Map.of("ticker.speed_gu", 12, "ticker.text", "olds"));
    assertThat(pieces(play.at(2)).getFirst().rect().x()).isEqualTo(before);
    assertThat(before - pieces(play.at(3)).getFirst().rect().x()).isEqualTo(240);
  }

  @Test
  void aTickerWithoutSpeedStandsAtTheLeft() {
    Play play =
        new Play(Map.of("showTicker", true, "ticker.text", "news", "ticker.speed_gu", 0)).set(0);
    assertThat(play.at(9).box("ticker:0:0").x()).isBetween(0, 20);
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void piecesInAllScriptsStandOnOneLine() {
    SimpleMeter meter = new SimpleMeter();
    Stage stage =
        new Stage((runs, width, mostLines) -> {
          TextMeter.Size size = meter.measure(runs, width, mostLines);
          return runs.getFirst().text().contains("\u8a9e")
              ? new TextMeter.Size(size.width(), size.height() + 10, 1, size.ascent() + 8)
              : size;
        });
    stage.set(
        "grid",
        LayoutParams.parse(Map.of("showTicker", true, "ticker.text", "news \u8a9e")),
        1280,
        720,
        Color.BLACK,
        States.cameras(1),
        Material.NONE);
    Shot shot = new Shot(stage.scene(5));
    assertThat(shot.part("ticker:0:0", Layer.Words.class).y()).isEqualTo(-8);
    assertThat(shot.part("ticker:1:0", Layer.Words.class).y()).isZero();
  }

  private static Material said(String... lines) {
    List<Material.Message> messages = new ArrayList<>(Play.MATERIAL.transcript());
    for (String line : lines) {
      messages.add(new Material.Message(messages.size() + 1, "Ada", line));
    }
    return new Material(Map.of(), List.of(), messages);
  }

  @Test
  void captionsShowWhatIsNewForAWhile() {
    Play play = new Play(Map.of("captions.source", "transcript")).set(0);
    assertThat(play.at(0).has("captions")).as("said before").isFalse();
    play.material(said("Hello")).set(1);
    assertThat(play.at(1).text("captions")).isEqualTo("Ada: Hello");
    assertThat(play.stage.stillUntil()).isEqualTo(6);
    play.material(said("Hello", "Bye")).set(4);
    assertThat(play.at(5).text("captions")).isEqualTo("Ada: Hello\nAda: Bye");
    assertThat(play.at(6).text("captions")).isEqualTo("Ada: Bye");
    assertThat(play.at(9).has("captions")).isFalse();
  }

  @Test
  void ofALongLineTheEndIsShown() {
    Play play = new Play(Map.of("captions.source", "transcript")).set(0);
    play.material(said("word ".repeat(80) + "end.")).set(1);
    Shot shot = play.at(1);
    assertThat(shot.text("captions")).startsWith("Ada: … word").endsWith("word end.");
    assertThat(shot.box("captions").width()).isLessThanOrEqualTo(1024);
    // Two lines of 32 px with half a grid unit around them.
    assertThat(shot.box("captions").height()).isLessThanOrEqualTo(98);
  }

  @Test
  void aLineWithoutSpacesKeepsToItsLinesToo() {
    Play play = new Play(Map.of("captions.source", "transcript")).set(0);
    play.material(said("\u8a71".repeat(500) + "\u7d42")).set(1);
    assertThat(play.at(1).text("captions")).startsWith("Ada: … ").endsWith("\u7d42");
    assertThat(play.at(1).box("captions").height()).isLessThanOrEqualTo(98);
    play.material(said("", "x".repeat(900))).set(2);
    assertThat(play.at(2).box("captions").height()).isLessThanOrEqualTo(98);
  }

  @Test
  void anApplicationsCaptionsNeedNoParamAndMaySayHowLongTheyStay() {
    Play play = new Play(Map.of()).set(0);
    play.stage.caption("Hello", 0, 1);
    play.stage.caption("for long", 60, 2);
    assertThat(play.at(2).text("captions")).isEqualTo("Hello\nfor long");
    assertThat(play.at(6).text("captions")).isEqualTo("for long");
    play.material(said("not this")).set(7);
    assertThat(play.at(61).text("captions")).isEqualTo("for long");
    assertThat(play.stage.stillUntil()).isEqualTo(62);
    assertThat(play.at(62).has("captions")).isFalse();
  }

  @Test
  void captionsStandAboveATicker() {
    Play play =
        new Play(Map.of("captions.source", "transcript", "showTicker", true, "ticker.text", "news"))
            .set(0);
    play.material(said("Hello")).set(1);
    Shot shot = play.at(1);
    int band = shot.layer("ticker").orElseThrow().rect().y();
    assertThat(shot.box("captions").bottom()).isEqualTo(band - 40);
  }
}
