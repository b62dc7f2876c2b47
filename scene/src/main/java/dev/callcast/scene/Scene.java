package dev.callcast.scene;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one picture shows: a background and layers, painted in order. Equal scenes paint equal
 * pictures.
 *
 * @param take counts the scenes that took each other's place: layers are matched within one
 * @param passage from the scene before, while this one takes its place; or null
 */
public record Scene(
    int width,
    int height,
    Color background,
    List<Layer> layers,
    int take,
    @Nullable Passage passage) {
  public Scene {
    layers = List.copyOf(layers);
  }

  /** One that stands alone. */
  public Scene(int width, int height, Color background, List<Layer> layers) {
    this(width, height, background, layers, 0, null);
  }

  /**
   * A moment on the way from one scene to the next.
   *
   * @param from of the same size; may itself be taking the place of another
   * @param progress 0: only {@code from} is seen, 1: only the scene that has this passage
   */
  public record Passage(Scene from, Transition.Kind kind, double progress) {
    /**
     * Where the coming scene is seen: a rectangle on even numbers at one edge of the canvas, which
     * may be empty. A cross-fade shows it everywhere, as much as the progress says.
     */
    public Rect seen() {
      int width = from.width();
      int height = from.height();
      int across = Fitting.nearestEven(width * Math.clamp(progress, 0, 1));
      int down = Fitting.nearestEven(height * Math.clamp(progress, 0, 1));
      return switch (kind) {
        case CROSS_FADE -> new Rect(0, 0, width, height);
        case WIPE_LEFT -> new Rect(width - across, 0, across, height);
        case WIPE_RIGHT -> new Rect(0, 0, across, height);
        case WIPE_UP -> new Rect(0, height - down, width, down);
        case WIPE_DOWN -> new Rect(0, 0, width, down);
      };
    }
  }

  /** The same as another take of its composition, on its way from the one before. */
  Scene as(int newTake, @Nullable Passage newPassage) {
    return new Scene(width, height, background, layers, newTake, newPassage);
  }
}
