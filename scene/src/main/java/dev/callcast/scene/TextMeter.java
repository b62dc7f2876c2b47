package dev.callcast.scene;

import dev.callcast.scene.Layer.Run;
import java.util.List;

/**
 * Says how much room text takes, as whoever paints it will set it. Equal arguments give equal
 * answers, so a scene stays a function of its arguments.
 */
@FunctionalInterface
public interface TextMeter {
  /**
   * Room that text takes, in px.
   *
   * @param width of its longest line
   * @param lines how many there are
   */
  record Size(double width, double height, int lines) {}

  /**
   * Measures text.
   *
   * @param width px after which a line is broken
   * @param mostLines 0 for any number
   */
  Size measure(List<Run> runs, double width, int mostLines);
}
