package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Words;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A font that was uploaded is taken wherever a font is asked for. */
class UploadedFontTest {
  private static final String FILE = "/assets/brand";
  private static final Material BRAND =
      new Material(
          Map.of(), Play.MATERIAL.chat(), Play.MATERIAL.transcript(), Map.of("brand.ttf", FILE));

  /** All graphics that have text. */
  private static Play everything() {
    Map<String, Object> params = new TreeMap<>();
    for (String shown :
        List.of(
            "showTextOverlay",
            "showBannerOverlay",
            "showSidebar",
            "showTitleSlate",
            "enableAutoOpeningSlate",
            "showClock",
            "showCountdown",
            "showTicker",
            "videoSettings.showParticipantLabels")) {
      params.put(shown, true);
    }
    params.put("countdown.target", "2030-01-01T00:00:00Z");
    params.put("ticker.text", "news");
    Play play = new Play(params).material(BRAND);
    play.set(0);
    play.stage.toast("toast", 0);
    play.stage.caption("caption", 0, 0);
    return play;
  }

  private static Set<String> families(Scene scene) {
    Set<String> families = new HashSet<>();
    for (Layer layer : scene.layers()) {
      if (layer instanceof Label label) {
        families.add(label.fontFamily());
      } else if (layer instanceof Drawing drawing) {
        drawing.parts().stream()
            .filter(Words.class::isInstance)
            .flatMap(part -> ((Words) part).runs().stream())
            .forEach(run -> families.add(run.style().fontFamily()));
      }
    }
    return families;
  }

  static List<String> fontParams() {
    return LayoutParams.names().stream().filter(name -> name.endsWith("fontFamily")).toList();
  }

  @ParameterizedTest
  @MethodSource("fontParams")
  void everyParamOfAFontTakesIt(String param) {
    Play play = everything();
    assertThat(families(play.at(0.7).scene())).doesNotContain(FILE);
    play.set(0.8, Map.of(param, "asset:brand.ttf"));
    play.stage.toast("another", 0.8);
    play.stage.caption("another", 0, 0.8);
    assertThat(families(play.at(2).scene())).contains(FILE);
    assertThat(Layouts.fonts(play.params)).isEqualTo(Map.of(param, "brand.ttf"));
  }

  @Test
  void thereAreAsManyAsTheTableHas() {
    assertThat(fontParams()).hasSize(11);
  }

  @Test
  void whenItIsGoneTheDefaultOfTheParamIsTaken() {
    Play play = new Play(Map.of("showTextOverlay", true, "text.fontFamily", "asset:brand.ttf"));
    assertThat(families(play.material(BRAND).set(0).at(0).scene())).containsExactly(FILE);
    assertThat(families(play.material(Play.MATERIAL).set(1).at(2).scene()))
        .containsExactly("DMSans");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Robotoo", "asset:", "asset:a b", "asset:../x", "/etc/passwd", "brand.ttf"})
  void anythingElseIsRefused(String family) {
    assertThatThrownBy(() -> LayoutParams.parse(Map.of("text.fontFamily", family)))
        .isInstanceOf(ParamException.class)
        .hasMessageContaining("must be one of Roboto")
        .hasMessageContaining("an uploaded font is asset:NAME");
  }
}
