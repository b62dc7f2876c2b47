package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.scene.Transition.Easing;
import dev.callcast.scene.Transition.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One scene takes another one's place: when, how far on every frame, and what goes on. */
class SwitcherTest {
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 720;
  private static final double FRAME = 1.0 / 30;

  private final Switcher switcher = new Switcher(new SimpleMeter());

  private void set(double seconds, Map<String, Object> params, @Nullable Transition transition) {
    SceneState state = States.cameras(2);
    switcher.set(
        "grid",
        LayoutParams.parse(params),
        WIDTH,
        HEIGHT,
        Color.BLACK,
        new SceneState(state.participants(), state.speaker(), seconds),
        Play.MATERIAL,
        null,
        transition);
  }

  private static Transition fade(double seconds) {
    return new Transition(Kind.CROSS_FADE, seconds, Easing.LINEAR);
  }

  private static List<String> ids(Scene scene) {
    return scene.layers().stream().map(Layer::id).toList();
  }

  @ParameterizedTest
  @EnumSource(Easing.class)
  void progressFollowsItsFormulaOnEveryFrame(Easing easing) {
    set(0, Map.of(), null);
    switcher.scene(0);
    set(1, Map.of("showTextOverlay", true), new Transition(Kind.CROSS_FADE, 0.8, easing));
    for (int i = 0; i < 24; i++) {
      double x = i * FRAME / 0.8;
      double wanted =
          switch (easing) {
            case LINEAR -> x;
            case EASE_OUT -> 1 - Math.pow(1 - x, 3);
            case EASE_IN_OUT -> 3 * x * x - 2 * x * x * x;
          };
      Scene scene = switcher.scene(1 + i * FRAME);
      assertThat(scene.passage().progress()).as("frame %d", i).isCloseTo(wanted, within(1e-9));
      assertThat(switcher.stillUntil()).isLessThanOrEqualTo(1 + i * FRAME);
    }
    Scene after = switcher.scene(1.8);
    assertThat(after.passage()).isNull();
    assertThat(switcher.stillUntil()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"CROSS_FADE"},
      mode = EnumSource.Mode.EXCLUDE)
  void theEdgeOfAWipeIsWithinOnePixelOfItsFormula(Kind kind) {
    set(0, Map.of(), null);
    switcher.scene(0);
    set(1, Map.of(), new Transition(kind, 1, Easing.EASE_IN_OUT));
    for (int i = 0; i < 30; i++) {
      double x = i * FRAME;
      double p = 3 * x * x - 2 * x * x * x;
      Rect seen = switcher.scene(1 + x).passage().seen();
      boolean across = kind == Kind.WIPE_LEFT || kind == Kind.WIPE_RIGHT;
      double edge =
          switch (kind) {
            case WIPE_LEFT -> WIDTH - seen.x();
            case WIPE_RIGHT -> seen.right();
            case WIPE_UP -> HEIGHT - seen.y();
            default -> seen.bottom();
          };
      assertThat(edge).as("frame %d", i).isCloseTo((across ? WIDTH : HEIGHT) * p, within(1.0));
      assertThat(across ? seen.height() : seen.width()).isEqualTo(across ? HEIGHT : WIDTH);
      assertThat((seen.x() | seen.y() | seen.width() | seen.height()) & 1).isZero();
      assertThat(new Rect(0, 0, WIDTH, HEIGHT).contains(seen)).isTrue();
    }
  }

  @Test
  void bothScenesAreWholeFromTheFirstPictureOn() {
    set(0, Map.of("showBannerOverlay", true), null);
    Scene before = switcher.scene(0);
    set(1, Map.of("showTextOverlay", true, "showTitleSlate", true), fade(1));
    Scene first = switcher.scene(1);
    assertThat(first.passage().from()).isEqualTo(before);
    assertThat(first.layers()).allMatch(layer -> layer.opacity() == 1);
    assertThat(ids(first)).contains("text", "titleSlate").doesNotContain("banner");
    assertThat(switcher.videos()).as("shown of both").hasSize(4);
    Scene last = switcher.scene(2);
    assertThat(last.layers()).isEqualTo(first.layers());
    assertThat(switcher.videos()).hasSize(2);
  }

  @Test
  void withoutATransitionItIsTheSameStage() {
    set(0, Map.of(), null);
    Scene before = switcher.scene(0);
    set(1, Map.of("showBannerOverlay", true), null);
    Scene scene = switcher.scene(1.15);
    assertThat(scene.passage()).isNull();
    assertThat(scene.take()).isEqualTo(before.take());
    assertThat(scene.layers().getLast().opacity()).isCloseTo(0.5, within(1e-9));
    set(2, Map.of("showTitleSlate", true), new Transition(Kind.CROSS_FADE, 0, Easing.LINEAR));
    Scene cut = switcher.scene(2);
    assertThat(cut.passage()).isNull();
    assertThat(cut.take()).isNotEqualTo(scene.take());
    assertThat(ids(cut)).contains("titleSlate").doesNotContain("banner");
    assertThat(cut.layers()).allMatch(layer -> layer.opacity() == 1);
  }

  @Test
  void whatIsShownOnceIsSeenAllThrough() {
    Map<String, Object> ticker = Map.of("showTicker", true, "ticker.text", "news");
    set(0, ticker, null);
    switcher.scene(0);
    switcher.toast("before", 1);
    switcher.react("🎉", 1);
    switcher.caption("said before", 10, 1);
    set(2, ticker, fade(1));
    switcher.react("👍", 2);
    Scene scene = switcher.scene(2.5);
    Scene from = scene.passage().from();
    for (String id : List.of("toast", "reaction:0", "reaction:1", "captions", "ticker:0:0")) {
      Layer old = from.layers().stream().filter(l -> l.id().equals(id)).findFirst().orElseThrow();
      assertThat(scene.layers()).as(id).contains(old);
    }
  }

  @Test
  void aNewKeyAndNewMessagesCountAsNews() {
    set(0, Map.of("toast.key", 1), null);
    switcher.scene(0);
    set(1, Map.of("toast.key", 1), fade(0.2));
    assertThat(ids(switcher.scene(1.1))).doesNotContain("toast");
    set(2, Map.of("toast.key", 2), fade(0.2));
    assertThat(ids(switcher.scene(2.1))).contains("toast");
  }

  @Test
  void aSwitchOnTheWayBeginsWithWhatIsSeen() {
    set(0, Map.of("showBannerOverlay", true), null);
    switcher.scene(0);
    set(1, Map.of("showTextOverlay", true), fade(2));
    Scene midway = switcher.scene(2);
    set(2, Map.of("showTitleSlate", true), fade(0.5));
    Scene scene = switcher.scene(2);
    assertThat(scene.passage().progress()).isZero();
    assertThat(scene.passage().from()).isEqualTo(midway);
    assertThat(switcher.scene(2.25).passage().from().passage().progress()).isEqualTo(0.625);
    assertThat(switcher.scene(2.5).passage()).as("it covers what lies below").isNull();
    for (int i = 0; i < 5; i++) {
      set(3 + i * 0.1, Map.of("showTitleSlate", i % 2 == 0), fade(1));
      int depth = 0;
      for (Scene at = switcher.scene(3 + i * 0.1); at.passage() != null; at = at.passage().from()) {
        depth++;
      }
      assertThat(depth).isEqualTo(Math.min(2, i + 1));
    }
  }
}
