package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LipSyncTest {
  private static final long MS = 1_000_000;
  private static final long SECOND = 1000 * MS;

  @Test
  void theEarlierTrackWaitsForTheLater() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    long ntp = 3_900_000_000L * SECOND;
    audio.report(ntp + 5 * SECOND, 2 * SECOND + 40 * MS);
    video.report(ntp + 6 * SECOND, 3 * SECOND + 100 * MS);
    assertThat(audio.place(7 * SECOND)).isEqualTo(7 * SECOND + 60 * MS);
    assertThat(video.place(7 * SECOND)).isEqualTo(7 * SECOND);
  }

  @Test
  void anyNtpBaseWillDoEvenOneThatWraps() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    long ntp = Long.MAX_VALUE - SECOND;
    video.report(ntp, 10 * SECOND);
    audio.report(ntp + 2 * SECOND, 12 * SECOND - 25 * MS);
    assertThat(audio.place(0)).isEqualTo(25 * MS);
    assertThat(video.place(0)).isZero();
  }

  @Test
  void withoutReportsTheArrivalStands() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    assertThat(audio.place(123)).isEqualTo(123);
    video.report(5, 600);
    assertThat(video.place(124)).isEqualTo(124);
    assertThat(audio.place(125)).isEqualTo(125);
  }

  @Test
  void aLateReportCorrectsSlowly() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    audio.place(0);
    video.place(0);
    audio.report(SECOND, SECOND);
    video.report(SECOND, SECOND + 31 * MS);
    long last = 0;
    for (int i = 1; i <= 20; i++) {
      long placed = audio.place(i * 20 * MS);
      assertThat(placed - last).isBetween(20 * MS, 22 * MS);
      last = placed;
    }
    assertThat(last).isEqualTo(400 * MS + 31 * MS);
  }

  @Test
  void jitterIsFilteredAndTheRunningTrackLeftAlone() {
    Random random = new Random(1);
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    for (int i = 0; i < 5; i++) {
      audio.report(i * SECOND, i * SECOND + random.nextLong(MS));
      video.report(i * SECOND, i * SECOND + 50 * MS + random.nextLong(MS));
    }
    long first = audio.place(0);
    assertThat(first).isCloseTo(50 * MS, within(MS));
    // One report in five that is far off changes nothing.
    for (int i = 5; i < 100; i++) {
      long outlier = i % 5 == 0 ? 300 * MS : 0;
      audio.report(i * SECOND, i * SECOND + random.nextLong(MS) + outlier);
      video.report(i * SECOND, i * SECOND + 50 * MS + random.nextLong(MS));
      assertThat(audio.place(0)).isEqualTo(first);
    }
  }

  @Test
  void aTrackThatLeavesNoLongerHoldsTheOthersBack() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    audio.report(0, 0);
    video.report(0, 80 * MS);
    assertThat(audio.place(0)).isEqualTo(80 * MS);
    video.close();
    for (int i = 0; i < 40; i++) {
      audio.place(0);
    }
    assertThat(audio.place(0)).isZero();
  }

  @Test
  void clocksWithNothingInCommonAreNotForcedTogether() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    audio.report(0, 0);
    video.report(3600 * SECOND, 0);
    assertThat(audio.place(0)).isZero();
    assertThat(video.place(0)).isZero();
  }
}
