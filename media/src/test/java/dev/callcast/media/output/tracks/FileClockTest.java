package dev.callcast.media.output.tracks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FileClockTest {
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;
  private static final long PACKET = 20 * MS;

  @Test
  void aPlacementThatSettlesMovesTheFileAndNotItsFrames() {
    // The first packets came 120 ms late in a burst; the jitter buffer takes two seconds to see it.
    FileClock clock = new FileClock(7 * SECOND, 5 * SECOND + 120 * MS);
    for (int i = 0; i < 400; i++) {
      long at = i * PACKET;
      long late = Math.max(0, 120 * MS - at * 60 / 1000);
      assertThat(clock.take(7 * SECOND + at, 5 * SECOND + at + late)).isEqualTo(at);
    }
    assertThat(clock.settled()).isTrue();
    assertThat(clock.offset()).isEqualTo(5 * SECOND);
  }

  @Test
  void aSenderWhoseClockIsFastIsFollowed() {
    FileClock clock = new FileClock(0, 0);
    long time = 0;
    for (int i = 0; i < 60 * 50; i++) {
      long at = i * PACKET;
      time = at - at / 5000; // 200 ppm: 12 ms a minute
      long inFile = clock.take(at, time);
      assertThat(clock.offset() + inFile).isCloseTo(time, within(MS));
    }
    assertThat(time).isLessThan(60 * SECOND - 11 * MS);
  }

  @Test
  void aBurstAfterAStallMovesNothing() {
    FileClock clock = new FileClock(0, SECOND);
    for (int i = 0; i < 500; i++) {
      long at = i * PACKET;
      // Some packets are placed up to 100 ms off.
      long off = i >= 300 && i < 310 ? (310 - i) * 10 * MS : 0;
      assertThat(clock.take(at, SECOND + at + off)).isCloseTo(at, within(MS));
    }
    assertThat(clock.offset()).isEqualTo(SECOND);
  }

  @Test
  void anotherTimelineGoesOnWhereItIsPlaced() {
    FileClock clock = new FileClock(0, SECOND);
    for (int i = 0; i < 250; i++) {
      clock.take(i * PACKET, SECOND + i * PACKET);
    }
    // The sender begins anew with other timestamps, four seconds later.
    for (int i = 0; i < 250; i++) {
      assertThat(clock.take(900 * SECOND + i * PACKET, 10 * SECOND + i * PACKET))
          .isEqualTo(9 * SECOND + i * PACKET);
    }
    // And without a step of its timestamps over a pause of two seconds.
    assertThat(clock.take(905 * SECOND, 17 * SECOND)).isEqualTo(16 * SECOND);
    assertThat(clock.offset()).isEqualTo(SECOND);
  }

  @Test
  void aShortFileIsPlacedByWhatThereWas() {
    FileClock clock = new FileClock(0, SECOND + 50 * MS);
    for (int i = 0; i < 9; i++) {
      clock.take(i * PACKET, SECOND + i * PACKET + (i == 0 ? 50 * MS : 0));
    }
    clock.settle();
    assertThat(clock.offset()).isEqualTo(SECOND);
  }
}
