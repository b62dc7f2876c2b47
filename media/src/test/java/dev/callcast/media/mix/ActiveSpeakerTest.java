package dev.callcast.media.mix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ActiveSpeakerTest {
  private static final long MILLI = 1_000_000;

  private final ActiveSpeaker detector = new ActiveSpeaker();
  private long now;

  @Test
  void nobodySpeaksAtFirst() {
    play(2000, Map.of("a", -127.0, "b", -80.0));
    assertThat(speaker()).isNull();
  }

  @Test
  void aSpeakerIsFoundWithinThreeToSixHundredMilliseconds() {
    play(1000, Map.of("a", -127.0, "b", -70.0));
    assertThat(timeUntil("a", Map.of("a", -25.0, "b", -70.0))).isBetween(300, 600);
    play(2000, Map.of("a", -25.0, "b", -70.0));
    assertThat(timeUntil("b", Map.of("a", -70.0, "b", -25.0))).isBetween(300, 700);
  }

  @Test
  void staysWithTheLastSpeakerInSilence() {
    play(1000, Map.of("a", -20.0, "b", -127.0));
    play(60_000, Map.of("a", -127.0, "b", -127.0));
    assertThat(speaker()).isEqualTo("a");
  }

  @Test
  void shortNoisesChangeNothing() {
    play(1000, Map.of("a", -30.0, "b", -127.0, "c", -127.0));
    for (int clap = 0; clap < 20; clap++) {
      play(100, Map.of("a", -127.0, "b", 0.0, "c", -127.0));
      play(900, Map.of("a", -127.0, "b", -127.0, "c", -127.0));
      assertThat(speaker()).isEqualTo("a");
    }
  }

  @Test
  void gapsBetweenWordsAndMurmursOfOthersDoNotFlap() {
    Random random = new Random(5);
    play(1000, Map.of("a", -25.0, "b", -127.0));
    for (int word = 0; word < 100; word++) {
      play(200 + random.nextInt(10) * 20, Map.of("a", -25.0, "b", -60.0));
      play(100 + random.nextInt(5) * 20, Map.of("a", -70.0, "b", -45.0));
      assertThat(speaker()).isEqualTo("a");
    }
  }

  @Test
  void twoAtOnceDoNotTakeTurns() {
    Random random = new Random(9);
    play(1000, Map.of("a", -25.0, "b", -127.0));
    int changes = 0;
    String before = speaker();
    for (int n = 0; n < 1000; n++) {
      play(20, Map.of("a", -28.0 + random.nextInt(6), "b", -28.0 + random.nextInt(6)));
      changes += speaker().equals(before) ? 0 : 1;
      before = speaker();
    }
    assertThat(changes).isZero();
  }

  @Test
  void aTrackWithoutPacketsIsSilent() {
    play(1000, Map.of("a", -20.0));
    assertThat(timeUntil("b", Map.of("b", -35.0))).isLessThan(900);
  }

  @Test
  void whoLeavesIsNotTheSpeaker() {
    play(1000, Map.of("a", -20.0, "b", -127.0));
    detector.remove("a");
    assertThat(speaker()).isNull();
    assertThat(timeUntil("b", Map.of("b", -25.0))).isLessThan(700);
  }

  private String speaker() {
    return detector.speaker(now);
  }

  private int timeUntil(String participant, Map<String, Double> levels) {
    for (int waited = 0; waited < 10_000; waited += 20) {
      if (participant.equals(speaker())) {
        return waited;
      }
      play(20, levels);
    }
    throw new AssertionError(participant + " never spoke");
  }

  private void play(int millis, Map<String, Double> levels) {
    for (int at = 0; at < millis; at += 20) {
      now += 20 * MILLI;
      levels.forEach((participant, level) -> detector.level(participant, level, now));
    }
  }
}
