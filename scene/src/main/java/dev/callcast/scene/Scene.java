package dev.callcast.scene;

import java.util.List;

/**
 * What one picture shows: a background and layers, painted in order. Equal scenes paint equal
 * pictures.
 */
public record Scene(int width, int height, Color background, List<Layer> layers) {
  public Scene {
    layers = List.copyOf(layers);
  }
}
