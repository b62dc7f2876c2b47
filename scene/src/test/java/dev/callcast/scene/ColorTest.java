package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColorTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "#000 | 0 | 0 | 0 | 255",
        "#fA08 | 255 | 170 | 0 | 136",
        "#102030 | 16 | 32 | 48 | 255",
        "#10203040 | 16 | 32 | 48 | 64",
        "rgb(0, 50, 80) | 0 | 50 | 80 | 255",
        "rgba(0,0,0,.9) | 0 | 0 | 0 | 230",
        "rgb(100% 0% 50% / 20%) | 255 | 0 | 128 | 51",
        "RGB(300, -5, 1.6) | 255 | 0 | 2 | 255",
        "white | 255 | 255 | 255 | 255",
        "RebeccaPurple | 102 | 51 | 153 | 255",
        "transparent | 0 | 0 | 0 | 0"
      })
  void readsWhatCssWrites(String css, int red, int green, int blue, int alpha) {
    assertThat(Color.parse(css)).isEqualTo(new Color(red, green, blue, alpha));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "#",
        "#12",
        "#12345",
        "#1234567",
        "#ggg",
        "123456",
        "rgb(1,2)",
        "rgb(1,2,3,4,5)",
        "rgb(a,b,c)",
        "hsl(0,0%,0%)",
        "blanc",
        "rgb(1 2,3)"
      })
  void refusesTheRest(String css) {
    assertThatThrownBy(() -> Color.parse(css))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a colour");
  }

  @Test
  void knowsAllNames() {
    // 148 of CSS Color Module Level 4, and transparent
    assertThat(Resources.rows("css-colors.tsv")).hasSize(149).allMatch(row -> row.length == 2);
  }
}
