package dev.callcast.server.workers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CrashHistoryTest {
  private static final Duration SHORT = Duration.ofSeconds(3);

  private final CrashHistory history = new CrashHistory(WorkerSettings.DEFAULT);

  @Test
  void theSecondDeathWithinTheWindowExcludesTheStream() {
    assertThat(crash(0, "ada/cam", "bob/cam")).isEmpty();
    assertThat(crash(30, "ada/cam")).containsExactly("ada/cam");
    // Excluded: it starts anew if it is ever suspect again.
    assertThat(crash(31, "ada/cam")).isEmpty();
  }

  @Test
  void whoWasSuspectOnceOfLateIsNamed() {
    crash(0, "ada/cam", "bob/cam");
    assertThat(history.suspects()).containsExactlyInAnyOrder("ada/cam", "bob/cam");
    crash(1, "ada/cam");
    assertThat(history.suspects()).containsExactly("bob/cam");
    crash(40);
    assertThat(history.suspects()).isEmpty();
  }

  @Test
  void deathsFarApartExcludeNobody() {
    assertThat(crash(0, "ada/cam")).isEmpty();
    assertThat(crash(31, "ada/cam")).isEmpty();
    assertThat(crash(62, "ada/cam")).isEmpty();
  }

  @Test
  void unexplainedDeathsAreFollowedByLongerAndLongerDelays() {
    long[] millis = {0, 500, 1000, 2000, 5000, 5000};
    assertThat(history.delay()).isZero();
    for (long expected : millis) {
      crash(1);
      assertThat(history.delay()).isEqualTo(Duration.ofMillis(expected));
    }
    crash(2, "ada/cam");
    assertThat(history.delay()).isZero();
    crash(3);
    crash(4);
    assertThat(history.delay()).isEqualTo(Duration.ofMillis(500));
    history.crashed(0, Duration.ofMinutes(2), Set.of());
    assertThat(history.delay()).isZero();
  }

  private Set<String> crash(long second, String... suspects) {
    return history.crashed(Duration.ofSeconds(second).toNanos(), SHORT, Set.of(suspects));
  }
}
