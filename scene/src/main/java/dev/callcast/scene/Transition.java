package dev.callcast.scene;

import java.util.Locale;

/**
 * How one scene takes the place of another.
 *
 * @param seconds of media time that it takes; 0 for a cut
 */
public record Transition(Kind kind, double seconds, Easing easing) {
  /** What is done with the two pictures. A wipe's edge goes to where its name says. */
  public enum Kind {
    CROSS_FADE,
    WIPE_LEFT,
    WIPE_RIGHT,
    WIPE_UP,
    WIPE_DOWN;

    /** The kind of a name such as {@code wipe-left}. */
    public static Kind named(String name) {
      return valueOf(constant(name));
    }
  }

  /** How a move begins and ends. */
  public enum Easing {
    LINEAR,
    EASE_OUT,
    EASE_IN_OUT;

    /** The easing of a name such as {@code ease-out}. */
    public static Easing named(String name) {
      return valueOf(constant(name));
    }

    /** From 0 to 1 while {@code progress} does. */
    double at(double progress) {
      double p = Math.clamp(progress, 0, 1);
      double left = 1 - p;
      return switch (this) {
        case LINEAR -> p;
        case EASE_OUT -> 1 - left * left * left;
        case EASE_IN_OUT -> p * p * (3 - 2 * p);
      };
    }
  }

  private static String constant(String name) {
    return name.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
