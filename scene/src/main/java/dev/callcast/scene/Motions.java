package dev.callcast.scene;

import dev.callcast.scene.Layer.Box;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Transition.Easing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves tiles and labels from one layout to the next: layers of the same id glide, new ones fade
 * in, others fade out below them. Owned by its {@link Stage}; times in s.
 */
final class Motions {
  /** On the way from where and how a layer was shown to its target. */
  private record Motion(
      Layer target, Rect from, double fromRadius, double fromOpacity, double start) {}

  private Map<String, Motion> motions = new LinkedHashMap<>();
  private final List<Motion> leaving = new ArrayList<>();
  private double duration = 0.3;
  private Easing easing = Easing.EASE_OUT;

  /** Shows these from now on without any move. */
  void jump(List<Layer> targets) {
    leaving.clear();
    motions = new LinkedHashMap<>();
    for (Layer target : targets) {
      motions.put(target.id(), still(target));
    }
  }

  /**
   * Moves to these.
   *
   * @param seconds when
   * @param moveDuration s; fading in takes as long, fading out half as long
   */
  void move(List<Layer> targets, double seconds, double moveDuration, Easing moveEasing) {
    duration = moveDuration;
    easing = moveEasing;
    leaving.removeIf(gone -> seconds >= gone.start + duration / 2);
    Map<String, Motion> next = new LinkedHashMap<>();
    Map<String, Motion> left = new HashMap<>(motions);
    for (Layer target : targets) {
      Motion before = motions.get(target.id());
      left.remove(target.id());
      if (before == null || !before.target.getClass().equals(target.getClass())) {
        boolean fades = target instanceof Tile || target instanceof Label;
        next.put(
            target.id(),
            fades ? new Motion(target, target.rect(), radius(target), 0, seconds) : still(target));
      } else if (samePlace(before.target, target)) {
        next.put(
            target.id(),
            new Motion(target, before.from, before.fromRadius, before.fromOpacity, before.start));
      } else {
        Layer shown = shown(before, seconds);
        next.put(
            target.id(),
            target instanceof Box
                ? still(target)
                : new Motion(target, shown.rect(), radius(shown), shown.opacity(), seconds));
      }
    }
    for (Motion motion : motions.values()) {
      if (left.containsKey(motion.target.id())
          && (motion.target instanceof Tile || motion.target instanceof Label)) {
        Layer shown = shown(motion, seconds);
        leaving.add(new Motion(shown, shown.rect(), radius(shown), shown.opacity(), seconds));
      }
    }
    leaving.removeIf(gone -> next.containsKey(gone.target.id()));
    motions = next;
  }

  private static Motion still(Layer target) {
    return new Motion(
        target, target.rect(), radius(target), target.opacity(), Double.NEGATIVE_INFINITY);
  }

  /** Whether anything moves at this moment. */
  boolean moving(double seconds) {
    if (leaving.stream().anyMatch(gone -> seconds < gone.start + duration / 2)) {
      return true;
    }
    return motions.values().stream().anyMatch(motion -> seconds < motion.start + duration);
  }

  /** The layers of a moment. */
  List<Layer> layers(double seconds) {
    List<Layer> layers = new ArrayList<>(motions.size() + leaving.size());
    for (Motion gone : leaving) {
      double progress = (seconds - gone.start) / (duration / 2);
      if (progress < 1) {
        layers.add(
            with(gone.target, gone.from, gone.fromRadius, gone.fromOpacity * (1 - progress)));
      }
    }
    for (Motion motion : motions.values()) {
      layers.add(shown(motion, seconds));
    }
    return layers;
  }

  private Layer shown(Motion motion, double seconds) {
    if (seconds >= motion.start + duration) {
      return motion.target;
    }
    double p = easing.at((seconds - motion.start) / duration);
    Rect to = motion.target.rect();
    return with(
        motion.target,
        motion.target instanceof Label ? slide(motion.from, to, p) : between(motion.from, to, p),
        mix(motion.fromRadius, radius(motion.target), p),
        mix(motion.fromOpacity, motion.target.opacity(), p));
  }

  private static double mix(double from, double to, double progress) {
    return from + (to - from) * progress;
  }

  /** Its edges glide, each on even numbers, so it never leaves what both rectangles lie in. */
  private static Rect between(Rect from, Rect to, double p) {
    int left = Fitting.nearestEven(mix(from.x(), to.x(), p));
    int top = Fitting.nearestEven(mix(from.y(), to.y(), p));
    int right = Fitting.nearestEven(mix(from.right(), to.right(), p));
    int bottom = Fitting.nearestEven(mix(from.bottom(), to.bottom(), p));
    return new Rect(left, top, Math.max(2, right - left), Math.max(2, bottom - top));
  }

  /** Text keeps its size, so that it is painted once. */
  private static Rect slide(Rect from, Rect to, double p) {
    return new Rect(
        Fitting.nearestEven(mix(from.x(), to.x(), p)),
        Fitting.nearestEven(mix(from.y(), to.y(), p)),
        to.width(),
        to.height());
  }

  private static boolean samePlace(Layer a, Layer b) {
    return a.rect().equals(b.rect()) && a.opacity() == b.opacity() && radius(a) == radius(b);
  }

  private static double radius(Layer layer) {
    return layer instanceof Tile tile ? tile.cornerRadius() : 0;
  }

  private static Layer with(Layer layer, Rect rect, double radius, double opacity) {
    return switch (layer) {
      case Tile tile ->
          new Tile(
              tile.id(),
              tile.participant(),
              tile.track(),
              rect,
              tile.scaleMode(),
              tile.zoom(),
              radius,
              opacity,
              tile.border(),
              tile.placeholder());
      case Label label ->
          new Label(
              label.id(),
              rect,
              label.text(),
              label.align(),
              label.fontFamily(),
              label.fontWeight(),
              label.fontSize(),
              label.color(),
              label.strokeColor(),
              label.strokeWidth(),
              label.icon(),
              opacity);
      case Box box -> new Box(box.id(), rect, box.color(), box.cornerRadius(), opacity);
      case Drawing drawing -> drawing.withOpacity(opacity);
    };
  }

  /** The layer with its opacity multiplied. */
  static Layer faded(Layer layer, double factor) {
    return factor >= 1 ? layer : with(layer, layer.rect(), radius(layer), layer.opacity() * factor);
  }
}
