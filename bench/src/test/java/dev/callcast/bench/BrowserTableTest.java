package dev.callcast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.Rect;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table says what the rows say, and whether what was aimed at is reached. */
class BrowserTableTest {
  private static Spread one(double value) {
    return Spread.of(value);
  }

  private static BrowserRow row(
      int participants, double ratio, double pictures, List<String> problems) {
    BrowserRow.Outcome callcast =
        new BrowserRow.Outcome(one(30), one(29.9), one(1), one(9), one(36.5), one(0.1));
    BrowserRow.Outcome browser =
        new BrowserRow.Outcome(one(pictures), one(17.5), one(0.98), one(9), one(33.25), one(0.2));
    return new BrowserRow(
        participants,
        10,
        3,
        BrowserComparison.Layers.NONE,
        Spread.of(ratio - 0.1, ratio, ratio + 0.1),
        new BrowserRow.Callcast(one(0.5), one(0.45), one(0.01), one(0.05), callcast),
        new BrowserRow.Browser(one(1.25), one(0.9), one(0.05), one(0.1), one(0.2), browser),
        problems);
  }

  @Test
  void tellsBothSidesAndTheRatio() {
    String table =
        BrowserTable.of(List.of(row(4, 0.4, 29, List.of()), row(9, 0.5, 24, List.of("a gap"))));

    assertThat(table)
        .containsPattern("Callcast by browser +0\\.40 \\(0\\.30-0\\.50\\)")
        .contains("17.5 (17.5-17.5)")
        .contains("33.25 (33.25-33.25)")
        .contains("9: a gap\n")
        .contains("9 participants: 0.50 of the browser's CPU time, aim at most 0.45: MISSED")
        .contains("9 participants: the browser showed 24.0 of 30 pictures.")
        .doesNotContain("4 participants: the browser");
    assertThat(BrowserTable.of(List.of(row(9, 0.44, 29, List.of())))).contains("0.45: reached");
  }

  @Test
  void theSmallestLayerThatFillsAPlaceFits() {
    assertThat(BrowserComparison.fitting(new Rect(0, 0, 1280, 720))).isEqualTo(2);
    assertThat(BrowserComparison.fitting(new Rect(0, 0, 426, 240))).isEqualTo(1);
    assertThat(BrowserComparison.fitting(new Rect(0, 0, 320, 180))).isZero();
    assertThat(BrowserComparison.fitting(new Rect(0, 0, 350, 196))).isZero();
  }
}
