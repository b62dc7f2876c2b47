package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TimestampRectifierTest {
  private static final long MS = 1_000_000;

  private final TimestampRectifier rectifier = new TimestampRectifier(90_000);
  private int sequence = 65_000;
  private long timestamp = 0xFFFF_0000L;
  private long time = 5_000 * MS;

  private long packet(long stepMs, long arrivalStepMs) {
    sequence = (sequence + 1) & 0xFFFF;
    timestamp = (timestamp + stepMs * 90) & 0xFFFF_FFFFL;
    time += arrivalStepMs * MS;
    return rectifier.rectify(sequence, timestamp, time);
  }

  private void steady(int packets) {
    for (int i = 0; i < packets; i++) {
      packet(33, 33);
    }
  }

  @Test
  void takesOutAJumpAhead() {
    steady(100);
    long before = packet(33, 33);
    long after = packet(533, 33);
    assertThat((int) (after - before)).isCloseTo(33 * 90, within(90));
    assertThat(rectifier.correction()).isCloseTo(500 * 90, within(90));
    before = after;
    after = packet(33, 33);
    assertThat((int) (after - before)).isEqualTo(33 * 90);
  }

  @Test
  void takesOutAJumpBack() {
    steady(100);
    long before = packet(33, 33);
    long after = packet(-400, 33);
    assertThat((int) (after - before)).isCloseTo(33 * 90, within(90));
  }

  @Test
  void leavesPausesStallsAndBurstsAlone() {
    steady(100);
    packet(800, 800); // a short pause, or silence not sent
    packet(30_000, 30_000); // a long one
    steady(60);
    packet(33, 900); // a stall, then all at once
    for (int i = 0; i < 26; i++) {
      packet(33, 0);
    }
    steady(60);
    packet(200, 1500); // the same at five frames a second
    for (int i = 0; i < 7; i++) {
      packet(200, 0);
    }
    assertThat(rectifier.jumps()).isZero();
  }

  @Test
  void leavesJitterAndCongestionAlone() {
    Random random = new Random(3);
    long late = 0;
    steady(100);
    for (int i = 0; i < 3000; i++) {
      long congestion = i % 1000 < 500 ? 300 : 0;
      long lateness = congestion + random.nextLong(40);
      packet(33, Math.max(0, 33 + lateness - late));
      late = lateness;
    }
    assertThat(rectifier.jumps()).isZero();
  }

  @Test
  void leavesJumpsBeyondASecondToTheJitterBuffer() {
    steady(100);
    packet(60_000, 33);
    packet(33, 33);
    assertThat(rectifier.jumps()).isZero();
  }
}
