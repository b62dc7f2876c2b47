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
   * @param ascent from the top of the first line to what its letters stand on
   */
  record Size(double width, double height, int lines, double ascent) {
    /** Of a font whose letters reach down by a fifth of a line. */
    public Size(double width, double height, int lines) {
      this(width, height, lines, lines == 0 ? 0 : 0.8 * height / lines);
    }
  }

  /**
   * Measures text.
   *
   * @param width px after which a line is broken
   * @param mostLines 0 for any number
   */
  Size measure(List<Run> runs, double width, int mostLines);
}
