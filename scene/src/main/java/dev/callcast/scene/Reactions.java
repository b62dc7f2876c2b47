package dev.callcast.scene;

import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.ScaleMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Emoji that fly. Where one is follows from its number and its age alone ({@link Path}), so every
 * run, and every frame rate, shows the same. Owned by its {@link Stage}.
 */
public final class Reactions {
  /** What is more than that at once is left out. */
  public static final int MOST = 50;

  private static final double FADE = 0.6;

  private record Flying(long number, String emoji, double offset, double start) {}

  private final List<Flying> flying = new ArrayList<>();
  private long number;

  /** One with the same in the air, which goes its own way from here. */
  Reactions copy() {
    Reactions copy = new Reactions();
    copy.flying.addAll(flying);
    copy.number = number;
    return copy;
  }

  /**
   * Where an emoji flies. It starts below the canvas and rises with a sway; all lengths are in grid
   * units, so that it looks the same on every canvas.
   *
   * @param size of the square it lies in, 4 gu ± 5 %
   * @param across 0 to 1: where on the way from the left to the right edge
   * @param speed gu/s, 9 to 14
   * @param sway gu to either side
   * @param swayPeriod s
   * @param phase of the sway at the start, radians
   * @param life s, 2.5 to 3.3
   */
  public record Path(
      double size,
      double across,
      double speed,
      double sway,
      double swayPeriod,
      double phase,
      double life) {
    /** The path of the reaction of this number. */
    public static Path of(long number) {
      return new Path(
          4 * (0.95 + 0.1 * random(number, 0)),
          random(number, 1),
          9 + 5 * random(number, 2),
          0.6 + 0.8 * random(number, 3),
          1.2 + 0.8 * random(number, 4),
          2 * Math.PI * random(number, 5),
          2.5 + 0.8 * random(number, 6));
    }

    /** The left edge in px, at an age in s. */
    public double x(double age, int width, double gridUnit, double offsetGu) {
      double room = width - (size + 2 * sway) * gridUnit;
      return room * across
          + (sway + offsetGu + sway * Math.sin(phase + 2 * Math.PI * age / swayPeriod)) * gridUnit;
    }

    /** The upper edge in px, at an age in s. */
    public double y(double age, int height, double gridUnit) {
      return height - speed * age * gridUnit;
    }

    /** 1, and to 0 in the last 0.6 s. */
    public double opacity(double age) {
      return Math.clamp((life - age) / FADE, 0, 1);
    }
  }

  /** A number from 0 to 1 (SplitMix64). */
  private static double random(long number, int which) {
    long z = (number * 16 + which + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return ((z ^ z >>> 31) >>> 11) * 0x1.0p-53;
  }

  /** Lets one fly, unless there are too many. */
  void start(String emoji, double offsetGu, double seconds) {
    if (flying.size() < MOST && !emoji.isEmpty()) {
      flying.add(new Flying(number, emoji, offsetGu, seconds));
    }
    number++;
  }

  /** Whether any is in the air. */
  boolean any(double seconds) {
    flying.removeIf(one -> seconds - one.start >= Path.of(one.number).life());
    return !flying.isEmpty();
  }

  List<Layer> layers(int width, int height, double seconds) {
    double unit = Math.min(width, height) / 36.0;
    List<Layer> layers = new ArrayList<>(flying.size());
    for (Flying one : flying) {
      double age = seconds - one.start;
      if (age < 0) {
        continue;
      }
      Path path = Path.of(one.number);
      // Few sizes, each painted once; even places keep chroma where luma is.
      int size = Math.max(2, Fitting.nearestEven(path.size() * unit));
      Rect place =
          new Rect(
              Fitting.nearestEven(path.x(age, width, unit, one.offset)),
              Fitting.nearestEven(path.y(age, height, unit)),
              size,
              size);
      layers.add(
          new Drawing(
              "reaction:" + one.number,
              place,
              size,
              size,
              0,
              1,
              List.of(new Picture(0, 0, size, size, new Emoji(one.emoji), ScaleMode.FIT)),
              path.opacity(age)));
    }
    return layers;
  }
}
