package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SequenceShiftTest {
  private final SequenceShift shift = new SequenceShift();

  @Test
  void whatIsNeverLeftOutKeepsItsNumbers() {
    assertThat(shift.leavesOut()).isTrue();
    for (int i = 65_000; i < 200_000; i++) {
      assertThat(shift.pass(i & 0xFFFF)).isEqualTo(i & 0xFFFF);
      assertThat(shift.crossesGap(i & 0xFFFF)).isFalse();
    }
    assertThat(shift.leavesOut()).isFalse();
  }

  @Test
  void aPartThatWasLeftOutLeavesNoGap() {
    shift.pass(65_534);
    shift.leaveOut();
    assertThat(shift.pass(100)).isEqualTo(65_535);
    assertThat(shift.crossesGap(65_534)).isFalse();
    assertThat(shift.crossesGap(65_535)).isTrue();
    assertThat(shift.crossesGap(65_535)).isFalse();
    assertThat(shift.pass(102)).isEqualTo(1);
    assertThat(shift.pass(101)).isEqualTo(0);
    shift.leaveOut();
    assertThat(shift.pass(50_000)).isEqualTo(2);
  }

  @Test
  void stragglersOfThePartThatWasLeftOutStayOut() {
    shift.pass(10);
    shift.leaveOut();
    shift.pass(1000);
    assertThat(shift.pass(999)).isEqualTo(SequenceShift.LEFT_OUT);
    assertThat(shift.pass(11)).isEqualTo(SequenceShift.LEFT_OUT);
    assertThat(shift.passes(999)).isFalse();
    assertThat(shift.passes(1000)).isTrue();
    assertThat(shift.pass(1001)).isEqualTo(12);
  }

  @Test
  void aNewNumberingGoesThrough() {
    shift.pass(10);
    shift.leaveOut();
    assertThat(shift.pass(20)).isEqualTo(11);
    int jumped = shift.pass(40_000);
    assertThat(jumped).isEqualTo(shift.shifted(40_000));
    shift.leaveOut();
    assertThat(shift.pass(5)).isEqualTo(jumped + 1);
  }

  @Test
  void longAfterTheGapHalfOfAllNumbersAreNotOld() {
    shift.pass(10);
    shift.leaveOut();
    for (int i = 0; i < 140_000; i++) {
      assertThat(shift.pass((500 + i) & 0xFFFF)).isEqualTo((11 + i) & 0xFFFF);
    }
  }
}
