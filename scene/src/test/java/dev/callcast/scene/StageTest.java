package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Play.Shot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StageTest {
  private static final Map<String, Object> ANIMATED =
      Map.of("enableLayoutAnims", true, "videoSettings.showParticipantLabels", true);
  private static final double FRAME = 1.0 / 30;

  /** The scenes of a time at 30 a second. */
  private static List<Shot> film(Play play, double from, double to) {
    return IntStream.rangeClosed(0, (int) Math.round((to - from) * 30))
        .mapToObj(i -> play.at(from + i * FRAME))
        .toList();
  }

  @Test
  void whatStandsStillHoldsForEver() {
    Play play =
        new Play(
                Map.of(
                    "showTextOverlay", true, "showBannerOverlay", true, "showImageOverlay", true))
            .set(0);
    Shot first = play.at(0);
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(first.drawing("banner").opacity()).isEqualTo(1);
    assertThat(play.at(1000)).isEqualTo(first);
  }

  @Test
  void withoutMovesTheStageShowsWhatTheLayoutSays() {
    Play play = new Play(Map.of("videoSettings.showParticipantLabels", true)).set(0);
    play.state(States.cameras(9)).set(1);
    Scene plain =
        Layouts.scene(
            "grid", LayoutParams.parse(play.params), 1280, 720, Color.BLACK, States.cameras(9));
    assertThat(play.at(1).scene()).isEqualTo(plain);
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void tilesGlideFromWhereTheyWereToWhereTheyBelong() {
    Play play = new Play(ANIMATED).state(States.cameras(1)).set(0);
    play.at(0);
    play.state(States.cameras(4)).set(1);
    List<Shot> film = film(play, 1, 1.34);
    int last = Integer.MAX_VALUE;
    for (Shot shot : film) {
      Rect rect = shot.camera("p0").rect();
      assertThat(rect.width()).isLessThanOrEqualTo(last);
      last = rect.width();
      for (Tile tile : shot.tiles()) {
        Rect r = tile.rect();
        assertThat((r.x() | r.y() | r.width() | r.height()) & 1).as(tile.toString()).isZero();
        assertThat(new Rect(0, 0, 1280, 720).contains(r)).as(tile.toString()).isTrue();
      }
    }
    assertThat(film.getFirst().camera("p0").rect()).isEqualTo(new Rect(0, 0, 1280, 720));
    assertThat(film.getFirst().camera("p3").opacity()).isZero();
    assertThat(film.get(3).camera("p3").opacity()).isBetween(0.5, 0.9); // ease-out: 1 - (2/3)^3
    assertThat(film.getLast().camera("p0").rect().width()).isLessThan(641);
    assertThat(film.getLast().camera("p3").opacity()).isEqualTo(1);
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(play.stage.videos()).isEqualTo(film.getLast().layers());
  }

  @Test
  void whoLeavesFadesOutBelowTheOthersInHalfTheTime() {
    Play play = new Play(ANIMATED).set(0);
    play.at(0);
    play.state(States.cameras(3)).set(1);
    List<Shot> film = film(play, 1, 1.3);
    assertThat(film.getFirst().camera("p3").opacity()).isEqualTo(1);
    assertThat(film.get(2).camera("p3").opacity()).isCloseTo(1 - 2 * FRAME / 0.15, within(1e-6));
    assertThat(film.get(2).camera("p3").track()).isEqualTo("p3/cam");
    assertThat(film.get(2).index("camera:p3")).isLessThan(film.get(2).index("camera:p0"));
    assertThat(film.get(5).has("camera:p3")).isFalse();
    assertThat(film.get(5).has("label:camera:p3")).isFalse();
  }

  @Test
  void whoComesBackWhileFadingIsThereOnce() {
    Play play = new Play(ANIMATED).set(0);
    play.at(0);
    play.state(States.cameras(3)).set(1);
    play.at(1.05);
    play.state(States.cameras(4)).set(1.1);
    assertThat(play.at(1.1).layers().stream().filter(l -> l.id().equals("camera:p3"))).hasSize(1);
    assertThat(play.at(1.5).camera("p3").opacity()).isEqualTo(1);
  }

  @Test
  void aMoveThatIsTurnedRoundGoesOnFromWhereItIs() {
    Play play = new Play(ANIMATED).state(States.cameras(1)).set(0);
    play.at(0);
    play.state(States.cameras(4)).set(1);
    Rect midway = play.at(1.1).camera("p0").rect();
    play.state(States.cameras(1)).set(1.1);
    assertThat(play.at(1.1).camera("p0").rect()).isEqualTo(midway);
    assertThat(play.at(1.4).camera("p0").rect()).isEqualTo(new Rect(0, 0, 1280, 720));
  }

  @Test
  void graphicsFadeInAndOutAndTurnRoundWithoutAJump() {
    Play play = new Play(Map.of()).set(0);
    play.at(0);
    play.set(1, Map.of("showBannerOverlay", true));
    assertThat(play.at(1).has("banner")).isFalse();
    assertThat(play.stage.stillUntil()).isEqualTo(1);
    assertThat(play.at(1.15).drawing("banner").opacity()).isCloseTo(0.5, within(1e-9));
    play.set(1.15, Map.of("showBannerOverlay", false));
    assertThat(play.at(1.15).drawing("banner").opacity()).isCloseTo(0.5, within(1e-9));
    assertThat(play.at(1.3).drawing("banner").opacity()).isCloseTo(0.25, within(1e-9));
    assertThat(play.at(1.46).has("banner")).isFalse();
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void reactionsKeepToTheirPathAndEnd() {
    Play play = new Play(Map.of()).set(0);
    play.at(0);
    for (int i = 0; i < 60; i++) {
      play.stage.react("🎉", 1 + i * 0.01);
    }
    boolean all = false;
    for (Shot shot : film(play, 1.6, 5)) {
      List<Drawing> flying =
          shot.layers().stream()
              .filter(layer -> layer.id().startsWith("reaction:"))
              .map(Drawing.class::cast)
              .toList();
      all |= flying.size() == Reactions.MOST;
      assertThat(flying).hasSizeLessThanOrEqualTo(Reactions.MOST);
    }
    assertThat(all).isTrue();
    assertThat(play.at(5).layers()).hasSize(4);
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void everyFrameOfAReactionIsWithinOnePixelOfItsFormula() {
    Play play = new Play(Map.of()).canvas(1920, 1080).set(0);
    play.at(0);
    for (int i = 0; i < 20; i++) {
      play.stage.react("🎉", 1);
    }
    for (int frame = 0; frame < 100; frame++) {
      double age = frame * FRAME;
      Shot shot = play.at(1 + age);
      for (int i = 0; i < 20; i++) {
        Reactions.Path path = Reactions.Path.of(i);
        assertThat(path.size()).isBetween(3.8, 4.2);
        assertThat(path.speed()).isBetween(9.0, 14.0);
        assertThat(path.life()).isBetween(2.5, 3.3);
        if (age >= path.life()) {
          assertThat(shot.has("reaction:" + i)).isFalse();
          continue;
        }
        Drawing drawing = shot.drawing("reaction:" + i);
        assertThat((double) drawing.rect().x()).isCloseTo(path.x(age, 1920, 30, 0), within(1.0));
        assertThat((double) drawing.rect().y()).isCloseTo(path.y(age, 1080, 30), within(1.0));
        assertThat(path.x(age, 1920, 30, 0)).isBetween(0.0, 1920 - path.size() * 30);
      }
    }
  }

  @Test
  void theSameCallsGiveTheSameScenes() {
    List<List<Scene>> films = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Play play = new Play(ANIMATED).set(0);
      List<Scene> film = new ArrayList<>();
      film.add(play.at(0).scene());
      for (int i = 0; i < 20; i++) {
        play.stage.react("🎉", 1 + i * FRAME);
        film.add(play.at(1 + i * FRAME).scene());
      }
      play.state(States.cameras(7)).set(2, Map.of("toast.key", 5, "showTitleSlate", true));
      film(play, 2, 4).forEach(shot -> film.add(shot.scene()));
      films.add(film);
    }
    assertThat(films.getFirst()).isEqualTo(films.getLast());
  }

  @Test
  void toastsComeOneAfterTheOtherTenAtMost() {
    Play play = new Play(Map.of("toast.duration_secs", 2)).set(0);
    play.at(0);
    for (int i = 0; i < 12; i++) {
      play.stage.toast("toast " + i, 1);
    }
    for (int i = 0; i < 10; i++) {
      double start = 1 + i * 2.5;
      Shot shot = play.at(start + 0.3);
      assertThat(shot.text("toast")).isEqualTo("toast " + i);
      assertThat(shot.drawing("toast").opacity()).isCloseTo(0.5, within(1e-6));
      assertThat(play.at(start + 1).drawing("toast").opacity()).isEqualTo(1);
      assertThat(play.stage.stillUntil()).isCloseTo(start + 2, within(1e-6));
      assertThat(play.at(start + 2.25).drawing("toast").opacity()).isCloseTo(0.5, within(1e-6));
    }
    assertThat(play.at(26.01).has("toast")).isFalse();
    assertThat(play.stage.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void anOpeningSlateEndsByMediaTimeAlone() {
    Play play = new Play(Map.of("enableAutoOpeningSlate", true)).set(0);
    assertThat(play.at(0).layer("openingSlate").orElseThrow().opacity()).isEqualTo(1);
    assertThat(play.stage.stillUntil()).isEqualTo(4);
    assertThat(play.at(4.25).layer("openingSlate").orElseThrow().opacity())
        .isCloseTo(0.5, within(1e-9));
    assertThat(play.at(4.5).has("openingSlate")).isFalse();
    Play late = new Play(Map.of("enableAutoOpeningSlate", true)).set(100);
    assertThat(late.at(100).has("openingSlate")).isFalse();
  }

  @Test
  void graphicsLieOverEachOtherInTheDocumentedOrder() {
    Play play =
        new Play(
                Map.of(
                    "showTextOverlay", true,
                    "showImageOverlay", true,
                    "showBannerOverlay", true,
                    "showTitleSlate", true,
                    "showSidebar", true,
                    "debug.showRoomState", true,
                    "enableAutoOpeningSlate", true))
            .set(0);
    play.at(0);
    play.stage.react("🎉", 0);
    play.stage.toast("hi", 0);
    Shot shot = play.at(0.1);
    List<String> ids =
        List.of(
            "camera:p3",
            "text",
            "image:foreground",
            "banner",
            "toast",
            "openingSlate",
            "titleSlate",
            "sidebar",
            "reaction:0",
            "debug");
    assertThat(ids.stream().map(shot::index)).isSorted().doesNotContain(-1);
  }

  @Test
  void manyMessagesLeaveTheNewestInTheSidebar() {
    List<Material.Message> chat = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      chat.add(new Material.Message(i, "Ada", "message " + i));
    }
    Play play =
        new Play(Map.of("showSidebar", true, "sidebar.source", "chatMessages"))
            .material(new Material(Map.of(), chat, List.of()))
            .set(0);
    Shot shot = play.at(0);
    assertThat(shot.text("sidebar:text")).endsWith("Ada: message 99").doesNotContain("message 50");
    Layer.Words last = shot.parts("sidebar:text", Layer.Words.class).getLast();
    assertThat(last.y() + 28 * 1.2).isCloseTo(720 - 30, within(1e-6));
  }
}
