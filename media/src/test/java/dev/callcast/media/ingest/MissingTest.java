package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MissingTest {
  private static final long MS = 1_000_000L;

  private final Missing missing = new Missing();

  @Test
  void whatIsOnlyLateIsNotAskedFor() {
    missing.arrived(65_534, 0);
    missing.arrived(0, 0);
    assertThat(missing.due(10 * MS)).isEmpty();
    missing.arrived(65_535, 12 * MS);
    assertThat(missing.due(20 * MS)).isEmpty();
  }

  @Test
  void whatIsMissingIsAskedForUntilItComesOrIsGivenUp() {
    missing.arrived(65_534, 0);
    missing.arrived(2, 0);
    assertThat(missing.due(15 * MS)).containsExactly(65_535, 0, 1);
    assertThat(missing.due(40 * MS)).isEmpty();
    assertThat(missing.arrivedAgain(0, 41 * MS)).isTrue();
    assertThat(missing.due(46 * MS)).containsExactly(65_535, 1);
    missing.arrived(1, 47 * MS);
    assertThat(missing.due(199 * MS)).containsExactly(65_535);
    assertThat(missing.due(300 * MS)).isEmpty();
    assertThat(missing.arrivedAgain(65_535, 301 * MS)).isFalse();
  }

  @Test
  void theSecondOfTwoRetransmissionsIsNone() {
    missing.arrived(1, 0);
    missing.arrived(3, 0);
    missing.due(15 * MS);
    assertThat(missing.arrivedAgain(2, 20 * MS)).isTrue();
    assertThat(missing.arrivedAgain(2, 21 * MS)).isFalse();
  }

  @Test
  void onALongWayItIsNotAskedForTwiceBeforeAnAnswerCanBeThere() {
    missing.arrived(1, 0);
    missing.arrived(3, 0);
    missing.due(15 * MS);
    missing.arrivedAgain(2, 75 * MS); // 60 ms there and back
    missing.arrived(5, 100 * MS);
    assertThat(missing.due(115 * MS)).containsExactly(4);
    assertThat(missing.due(185 * MS)).isEmpty();
    assertThat(missing.due(190 * MS)).containsExactly(4);
  }

  @Test
  void aNewNumberingIsNoLoss() {
    missing.arrived(100, 0);
    missing.arrived(102, 0);
    missing.arrived(30_000, 1);
    assertThat(missing.due(50 * MS)).isEmpty();
    missing.arrived(30_002, 51 * MS);
    assertThat(missing.due(66 * MS)).containsExactly(30_001);
  }

  @Test
  void afterAPauseNothingBeforeItIsMissing() {
    missing.arrived(1, 0);
    missing.arrived(3, 0);
    missing.forget();
    missing.arrived(20, 10 * MS);
    assertThat(missing.due(60 * MS)).isEmpty();
  }
}
