package dev.callcast.media.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LadderTest {
  private static final Ladder.Second BAD = new Ladder.Second(3, 0.5, 0);
  private static final Ladder.Second LATE = new Ladder.Second(0, 0.95, 0);
  private static final Ladder.Second BEHIND = new Ladder.Second(0, 0.3, 9);
  private static final Ladder.Second SO_SO = new Ladder.Second(0, 0.6, 0);
  private static final Ladder.Second GOOD = new Ladder.Second(0, 0.2, 0);

  private final Ladder ladder = new Ladder();

  @BeforeEach
  void theStartIsNotJudged() {
    assertThat(changes(Ladder.SETTLING, BAD)).isZero();
  }

  private int changes(int seconds, Ladder.Second second) {
    return (int)
        Stream.generate(() -> ladder.look(second)).limit(seconds).filter(Objects::nonNull).count();
  }

  @Test
  void onceIsNothingAndTwiceIsOneStep() {
    assertThat(changes(1, BAD)).isZero();
    changes(1, SO_SO);
    assertThat(changes(1, LATE)).isZero();
    assertThat(changes(1, BEHIND)).isOne();
    assertThat(ladder.steps()).containsExactly("scaling");
    assertThat(ladder.has(Ladder.Step.SCALING)).isTrue();
    assertThat(ladder.has(Ladder.Step.GRAPHICS)).isFalse();
  }

  @Test
  void allStepsAreTakenInOrderAndNoMore() {
    assertThat(changes(20, BAD)).isEqualTo(4);
    assertThat(ladder.steps()).containsExactly("scaling", "graphics", "frameRate", "bitrate");
    assertThat(ladder.level()).isEqualTo(4);
  }

  @Test
  void goingUpTakesLongerAndNothingHappensInBetween() {
    changes(4, BAD);
    assertThat(ladder.level()).isEqualTo(2);
    assertThat(changes(100, SO_SO)).isZero();
    assertThat(changes(9, GOOD)).isZero();
    assertThat(changes(1, GOOD)).isOne();
    assertThat(changes(10, GOOD)).isOne();
    assertThat(ladder.level()).isZero();
    assertThat(changes(50, GOOD)).isZero();
  }

  /** At half the rate a picture may take 30 % of its time, and at the whole one 60 %. */
  @Test
  void theWholeFrameRateComesBackOnlyWhereItHasRoom() {
    Ladder.Second half = new Ladder.Second(0, 0.3, 0);
    changes(8, BAD);
    assertThat(changes(10, half)).as("the bitrate comes back").isOne();
    assertThat(changes(100, half)).isZero();
    assertThat(ladder.steps()).containsExactly("scaling", "graphics", "frameRate");
    assertThat(changes(10, GOOD)).isOne();
    assertThat(changes(10, half)).isOne();
    assertThat(ladder.steps()).containsExactly("scaling");
  }

  @Test
  void whoClimbsTooEarlyWaitsTwiceAsLongTheNextTime() {
    changes(2, BAD);
    changes(10, GOOD);
    assertThat(ladder.level()).isZero();
    changes(2, BAD); // two seconds later it is too much again
    assertThat(ladder.level()).isOne();
    assertThat(changes(19, GOOD)).isZero();
    assertThat(changes(1, GOOD)).isOne();
    changes(2, BAD);
    assertThat(changes(39, GOOD)).isZero();
    assertThat(changes(1, GOOD)).isOne();
    // A long calm, and it is trusted again.
    changes(200, GOOD);
    changes(2, BAD);
    assertThat(changes(10, GOOD)).isOne();
  }

  @Test
  void theReasonSaysWhatIsWrongAndWhatIsRightAgain() {
    changes(1, BAD);
    assertThat(ladder.look(BAD)).isEqualTo("3 pictures were left out");
    changes(1, BAD);
    assertThat(ladder.look(LATE)).isEqualTo("a picture takes 95 % of its time");
    changes(1, BAD);
    assertThat(ladder.look(BEHIND)).isEqualTo("the encoder is 9 pictures behind");
    changes(9, GOOD);
    assertThat(ladder.look(GOOD)).isEqualTo("there was room for 10 s");
  }
}
