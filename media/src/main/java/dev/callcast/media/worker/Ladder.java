package dev.callcast.media.worker;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much a composition gives up while its machine is overloaded, step by step, and when it takes
 * that back. It looks at one second after the other. Going down takes two bad seconds, for a single
 * one is a machine that stood still; going up takes many good ones, and twice as many each time
 * that it turned out to be too early. No step changes anything that a decoder was told at the
 * start, and none is about sound (docs/decisions/0019-degradation.md). Owned by the thread that
 * ticks.
 */
final class Ladder {
  /** What is given up, cumulative, in this order: what is seen least comes first. */
  enum Step {
    /** Tiles at odd ratios are scaled by a cheaper filter. */
    SCALING,
    /** Graphics and animations move in every other picture only. */
    GRAPHICS,
    /** Half of the pictures are composed and encoded. */
    FRAME_RATE,
    /** Pictures are encoded at {@link #BITRATE_SHARE} of the bitrate. */
    BITRATE;

    /** As events and the API have it. */
    String json() {
      return switch (this) {
        case SCALING -> "scaling";
        case GRAPHICS -> "graphics";
        case FRAME_RATE -> "frameRate";
        case BITRATE -> "bitrate";
      };
    }
  }

  /** A ladder on which nobody ever climbs. */
  static final Ladder NOTHING_GIVEN_UP = new Ladder();

  private static final List<Step> STEPS = List.of(Step.values());

  /** Of the bitrate, at {@link Step#BITRATE}. */
  static final double BITRATE_SHARE = 2 / 3.0;

  /** Seconds at the start that are not judged: code is still being compiled, plugins loaded. */
  static final int SETTLING = 5;

  /** Seconds in a row that have to be bad before one more step is taken. */
  private static final int PATIENCE = 2;

  /** Seconds in a row that have to be good before one is taken back; at first, and at most. */
  private static final int CALM = 10;

  private static final int MOST_CALM = 160;

  /** A step down so many seconds after one up shows that it was too early. */
  private static final int TOO_EARLY = 30;

  /** Mean time for a picture, in shares of the time there is, that is bad, and that is good. */
  private static final double LATE = 0.9;

  private static final double EARLY = 0.45;

  /** Pictures that wait for the encoder, beyond those it holds anyway, that are bad, and good. */
  private static final int WAITING = 7;

  private static final int FEW_WAITING = 4;

  private int level;
  private int seconds;
  private int bad;
  private int good;
  private int calm = CALM;
  private int sinceUp = TOO_EARLY;

  /**
   * How it went for a second.
   *
   * @param skipped pictures that were due and not composed, but for those that were given up
   * @param share mean time from a picture's being due to its end, by the time between two that are
   *     composed
   * @param waiting pictures in the encoder beyond those that it holds anyway, at the end
   */
  record Second(int skipped, double share, int waiting) {
    /** What is wrong; null where nothing is. */
    private @Nullable String trouble() {
      if (skipped > 0) {
        return skipped + (skipped == 1 ? " picture was" : " pictures were") + " left out";
      }
      if (waiting > WAITING) {
        return "the encoder is " + waiting + " pictures behind";
      }
      return share > LATE
          ? String.format(Locale.ROOT, "a picture takes %.0f %% of its time", share * 100)
          : null;
    }

    /** Whether it would go well with so many times the pictures too. */
    private boolean isGood(int times) {
      return skipped == 0 && share * times < EARLY && waiting <= FEW_WAITING;
    }
  }

  /** Steps that are taken: 0 for none. */
  int level() {
    return level;
  }

  boolean has(Step step) {
    return STEPS.indexOf(step) < level;
  }

  /** The steps that are taken, by their names in JSON. */
  List<String> steps() {
    return STEPS.subList(0, level).stream().map(Step::json).toList();
  }

  /**
   * Looks at a second, and takes or takes back a step where it is time for that.
   *
   * @return why the level has changed; null where it has not
   */
  @Nullable String look(Second second) {
    if (seconds < SETTLING) {
      seconds++;
      return null;
    }
    String trouble = second.trouble();
    sinceUp = Math.min(TOO_EARLY, sinceUp + 1);
    bad = trouble == null ? 0 : bad + 1;
    good = second.isGood(composesHalf() ? 2 : 1) ? good + 1 : 0;
    if (level == 0 && good >= 2 * calm) {
      calm = CALM;
    }
    if (trouble != null && bad >= PATIENCE && level < STEPS.size()) {
      calm = sinceUp < TOO_EARLY ? Math.min(MOST_CALM, calm * 2) : calm;
      level++;
      bad = 0;
      return trouble;
    }
    if (good >= calm && level > 0) {
      String why = "there was room for " + good + " s";
      level--;
      good = 0;
      sinceUp = 0;
      return why;
    }
    return null;
  }

  /** Whether the step to be taken back next is the one that halves the work. */
  private boolean composesHalf() {
    return level > 0 && STEPS.get(level - 1) == Step.FRAME_RATE;
  }
}
