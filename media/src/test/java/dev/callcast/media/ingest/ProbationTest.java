package dev.callcast.media.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProbationTest {
  private final Probation probation = new Probation();

  @Test
  void suspectsComeOneAfterTheOther() {
    probation.bind(List.of("ada/cam", "bob/cam"));
    assertThat(probation.enter("ada/cam", 0)).isTrue();
    assertThat(probation.admits("bob/cam", 1)).isFalse();
    assertThat(probation.enter("bob/cam", 1)).isFalse();
    probation.leave("ada/cam");
    assertThat(probation.admits("bob/cam", 2)).isTrue();
    assertThat(probation.enter("bob/cam", 2)).isTrue();
  }

  @Test
  void othersComeAsTheyLike() {
    probation.bind(List.of("ada/cam"));
    assertThat(probation.enter("ada/cam", 0)).isTrue();
    assertThat(probation.enter("eve/cam", 0)).isTrue();
    probation.leave("eve/cam");
    assertThat(probation.enter("bob/cam", 0)).isTrue();
  }

  @Test
  void whoCameThroughIsFreeWhateverTheNodeSaysAgain() {
    probation.bind(List.of("ada/cam", "bob/cam"));
    assertThat(probation.enter("ada/cam", 0)).isTrue();
    probation.leave("ada/cam");
    probation.bind(List.of("ada/cam", "bob/cam"));
    assertThat(probation.enter("bob/cam", 1)).isTrue();
    assertThat(probation.enter("ada/cam", 1)).isTrue();
  }

  @Test
  void oneThatHangsHoldsNobodyUpForLong() {
    probation.bind(List.of("ada/cam", "bob/cam"));
    assertThat(probation.enter("ada/cam", 0)).isTrue();
    assertThat(probation.enter("bob/cam", Probation.LIMIT - 1)).isFalse();
    assertThat(probation.enter("bob/cam", Probation.LIMIT)).isTrue();
    probation.leave("ada/cam");
    assertThat(probation.admits("ada/cam", Probation.LIMIT)).isTrue();
  }
}
