package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.SceneState.Participant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaceTest {
  @ParameterizedTest
  @CsvSource({
    "Ada Lovelace, AL",
    "ada, A",
    "Edsger W. Dijkstra, ED",
    "Ada Lovelace (she/her), AL",
    "  Ada   Lovelace  , AL",
    "山田 太郎, 山太",
    "김철수, 김",
    "محمد علي, م\u200cع",
    "שלום עליכם, שע",
    "ζωή, Ζ",
    "ßeta, ß",
    "नमस्ते किशोर, नकि",
    "e\u0301mile zola, E\u0301Z",
    "👩‍💻 Zoë, Z",
    "👩‍💻, 👩‍💻",
    "🇩🇪 🎉, 🇩🇪🎉",
    "\u200fAda, A",
    "7 of 9, 79",
    "'', ''"
  })
  void initialsOfAnyScript(String name, String initials) {
    assertThat(Face.initials(name)).isEqualTo(initials);
  }

  @Test
  void aNamelessOneHasTheInitialOfItsId() {
    Participant nameless = new Participant("guest-7", " \n ", false, null, null, true, 0);
    assertThat(Face.of(nameless).initials()).isEqualTo("G");
    assertThat(Face.of(nameless).placeholder(Color.BLACK, 0).background()).isEqualTo(Color.BLACK);
  }

  @Test
  void coloursDifferStayTheSameAndCarryWhiteLetters() {
    assertThat(Face.color("ada")).isEqualTo(Face.color("ada"));
    Set<Color> colors = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Color color = Face.color("p" + i);
      colors.add(color);
      double contrast = 1.05 / (luminance(color) + 0.05);
      assertThat(contrast).as("%s", color).isGreaterThan(4.5); // WCAG 2.2, 1.4.3
    }
    assertThat(colors).hasSizeGreaterThan(120);
  }

  private static double luminance(Color color) {
    return 0.2126 * linear(color.red())
        + 0.7152 * linear(color.green())
        + 0.0722 * linear(color.blue());
  }

  private static double linear(int component) {
    double value = component / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }
}
