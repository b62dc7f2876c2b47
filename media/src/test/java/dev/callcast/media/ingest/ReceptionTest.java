package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.ingest.rtp.Rtcp;
import org.junit.jupiter.api.Test;

class ReceptionTest {
  private static final long FRAME = 20_000_000;
  private final Reception reception = new Reception(48_000);

  private void arrive(int index, long late) {
    reception.arrived((65_500 + index) & 0xFFFF, 960L * index, FRAME * index + late);
  }

  @Test
  void lossIsCountedByInterval() {
    for (int i = 0; i < 100; i++) {
      if (i % 10 != 5) {
        arrive(i, 0);
      }
    }
    Rtcp.ReportBlock first = reception.block(7, 0);
    assertThat(first.ssrc()).isEqualTo(7);
    assertThat(first.cumulativeLost()).isEqualTo(10);
    assertThat(first.fractionLost()).isEqualTo(25);
    assertThat(first.highestSequence()).isEqualTo(65_599);
    assertThat(first.jitter()).isZero();
    for (int i = 100; i < 150; i++) {
      arrive(i, 0);
    }
    Rtcp.ReportBlock second = reception.block(7, 0);
    assertThat(second.cumulativeLost()).isEqualTo(10);
    assertThat(second.fractionLost()).isZero();
    assertThat(reception.block(7, 0).fractionLost()).isZero();
  }

  @Test
  void lateAndRepeatedPacketsAreNoNewOnes() {
    arrive(0, 0);
    arrive(2, 0);
    arrive(1, 0);
    arrive(3, 0);
    assertThat(reception.block(7, 0).cumulativeLost()).isZero();
    arrive(3, 0);
    assertThat(reception.block(7, 0).cumulativeLost()).isEqualTo(-1);
    assertThat(reception.block(7, 0).highestSequence()).isEqualTo(65_503);
  }

  @Test
  void aNewNumberingBeginsAnew() {
    arrive(0, 0);
    reception.arrived(30_000, 0, FRAME);
    reception.arrived(30_001, 960, 2 * FRAME);
    assertThat(reception.block(7, 0).cumulativeLost()).isZero();
    assertThat(reception.block(7, 0).highestSequence()).isEqualTo(30_001);
  }

  @Test
  void jitterGoesTowardsTheDifferenceOfTransits() {
    for (int i = 0; i < 400; i++) {
      arrive(i, i % 2 * 5_000_000L);
    }
    assertThat(reception.jitterMillis()).isCloseTo(5, within(0.1));
    // A jump of the time stamp is none.
    reception.arrived(400 - 36, 960L * 400 + 480_000, FRAME * 400);
    assertThat(reception.jitterMillis()).isCloseTo(5, within(0.5));
  }

  @Test
  void theLastSenderReportIsNamed() {
    arrive(0, 0);
    assertThat(reception.block(7, 0).lastReport()).isZero();
    assertThat(reception.block(7, 0).delay()).isZero();
    reception.report(0x1122_3344_5566_7788L, 1_000_000_000L);
    assertThat(reception.block(7, 2_500_000_000L).lastReport()).isEqualTo(0x3344_5566L);
    assertThat(reception.block(7, 2_500_000_000L).delay()).isEqualTo(98_304);
  }
}
