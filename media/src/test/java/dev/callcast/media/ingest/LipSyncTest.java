package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LipSyncTest {
  private static final long MS = 1_000_000;
  private static final long SECOND = 1000 * MS;

  /** A stream whose own clock runs like the call's, but for a constant. */
  private static void report(LipSync.Track track, long ntp, long pts) {
    long mediaTime = pts + 77 * SECOND;
    track.placed(mediaTime, pts);
    track.report(ntp, mediaTime);
  }

  @Test
  void theEarlierTrackWaitsForTheLater() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    long ntp = 3_900_000_000L * SECOND;
    report(audio, ntp + 5 * SECOND, 2 * SECOND + 40 * MS);
    report(video, ntp + 6 * SECOND, 3 * SECOND + 100 * MS);
    assertThat(audio.place(7 * SECOND)).isEqualTo(7 * SECOND + 60 * MS);
    assertThat(video.place(7 * SECOND)).isEqualTo(7 * SECOND);
  }

  @Test
  void anyNtpBaseWillDoEvenOneThatWraps() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    long ntp = Long.MAX_VALUE - SECOND;
    report(video, ntp, 10 * SECOND);
    report(audio, ntp + 2 * SECOND, 12 * SECOND - 25 * MS);
    assertThat(audio.place(0)).isEqualTo(25 * MS);
    assertThat(video.place(0)).isZero();
  }

  @Test
  void withoutReportsTheArrivalStands() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    assertThat(audio.place(123)).isEqualTo(123);
    report(video, 5, 600);
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
    report(audio, SECOND, SECOND);
    report(video, SECOND, SECOND + 31 * MS);
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
      report(audio, i * SECOND, i * SECOND + random.nextLong(MS));
      report(video, i * SECOND, i * SECOND + 50 * MS + random.nextLong(MS));
    }
    long first = audio.place(0);
    assertThat(first).isCloseTo(50 * MS, within(MS));
    // One report in five that is far off changes nothing.
    for (int i = 5; i < 100; i++) {
      long outlier = i % 5 == 0 ? 300 * MS : 0;
      report(audio, i * SECOND, i * SECOND + random.nextLong(MS) + outlier);
      report(video, i * SECOND, i * SECOND + 50 * MS + random.nextLong(MS));
      assertThat(audio.place(0)).isEqualTo(first);
    }
  }

  @Test
  void aTrackThatLeavesNoLongerHoldsTheOthersBack() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    report(audio, 0, 0);
    report(video, 0, 80 * MS);
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
    report(audio, 0, 0);
    report(video, 3600 * SECOND, 0);
    assertThat(audio.place(0)).isZero();
    assertThat(video.place(0)).isZero();
  }

  /** The jitter buffer knows only after some seconds that the first packets were late. */
  @Test
  void aStreamThatSlidesIsFollowedWithoutNewReports() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    audio.placed(0, 41 * MS);
    video.placed(0, 0);
    for (int i = 0; i < 5; i++) {
      audio.report(i * SECOND, i * SECOND);
      video.report(i * SECOND, i * SECOND);
    }
    assertThat(audio.place(0)).isZero();
    assertThat(video.place(0)).isEqualTo(41 * MS);
    for (int i = 1; i <= 100; i++) {
      long late = Math.max(0, 41 * MS - i * MS);
      audio.placed(i * 20 * MS, i * 20 * MS + late);
      audio.place(0);
      video.placed(i * 20 * MS, i * 20 * MS);
      assertThat(video.place(0)).isCloseTo(late, within(6 * MS));
    }
    assertThat(video.place(0)).isLessThanOrEqualTo(LipSync.DEADBAND);
  }

  /** The same SSRC with new timestamps: reports of the old ones mean nothing. */
  @Test
  void aStreamThatBeginsAnewKeepsItsPlaceUntilItIsReportedOn() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    report(audio, SECOND, SECOND);
    report(video, SECOND, SECOND + 30 * MS);
    assertThat(audio.place(0)).isEqualTo(30 * MS);
    audio.placed(4000 * SECOND, 2 * SECOND);
    assertThat(audio.place(0)).isEqualTo(30 * MS);
    audio.report(3 * SECOND, 4001 * SECOND);
    for (int i = 0; i < 40; i++) {
      audio.place(0);
    }
    assertThat(audio.place(0)).isEqualTo(30 * MS);
  }

  /** mediasoup's timestamps after a change of the layer, of which its reports tell. */
  @Test
  void timestampsThatAreMovedAreFollowedFromTheSecondReportOn() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    for (int i = 0; i < 8; i++) {
      report(audio, i * SECOND, i * SECOND);
      report(video, i * SECOND, i * SECOND);
    }
    assertThat(audio.place(0)).isZero();
    // The picture is placed 60 ms later than it should be.
    report(audio, 8 * SECOND, 8 * SECOND);
    report(video, 8 * SECOND, 8 * SECOND + 60 * MS);
    report(video, 9 * SECOND, 9 * SECOND + 61 * MS);
    settle(audio);
    assertThat(audio.place(0)).isCloseTo(60 * MS, within(LipSync.DEADBAND));
  }

  @Test
  void afterAPauseOneReportIsEnough() {
    LipSync sync = new LipSync();
    LipSync.Track audio = sync.add();
    LipSync.Track video = sync.add();
    for (int i = 0; i < 8; i++) {
      report(audio, i * SECOND, i * SECOND);
      report(video, i * SECOND, i * SECOND + 70 * MS);
    }
    settle(audio);
    assertThat(audio.place(0)).isEqualTo(70 * MS);
    video.paused();
    report(audio, 20 * SECOND, 20 * SECOND);
    report(video, 20 * SECOND, 20 * SECOND + 10 * MS);
    settle(audio);
    assertThat(audio.place(0)).isCloseTo(10 * MS, within(LipSync.DEADBAND));
  }

  private static void settle(LipSync.Track track) {
    for (int i = 0; i < 100; i++) {
      track.place(0);
    }
  }
}
