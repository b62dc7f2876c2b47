package dev.callcast.scene;

import java.util.List;

/**
 * Layers that come and go together.
 *
 * @param id of the group, the same for as long as it is shown, whatever it shows
 * @param fadeIn s
 * @param fadeOut s
 */
record Overlay(String id, double fadeIn, double fadeOut, List<Layer> layers) {
  Overlay {
    layers = List.copyOf(layers);
  }
}
