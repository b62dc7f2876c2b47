package dev.callcast.scene;

import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Label;
import dev.callcast.scene.Layer.Part;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Tile;
import dev.callcast.scene.Layer.Words;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A stage with what it is asked for, and ways to look at its scenes. */
final class Play {
  static final Material MATERIAL =
      new Material(
          Map.of("overlay.png", "/assets/overlay", "logo.svg", "/assets/logo"),
          List.of(
              new Material.Message(1, "Ada", "first message"),
              new Material.Message(2, "Grace", "newest message")),
          List.of(new Material.Message(1, "Ada", "spoken words")));

  final Stage stage = new Stage(new SimpleMeter());
  final Map<String, Object> params = new TreeMap<>();
  String preset = "grid";
  SceneState state = States.cameras(4);
  Material material = MATERIAL;
  int width = 1280;
  int height = 720;

  Play(Map<String, Object> params) {
    this.params.putAll(params);
  }

  Play state(SceneState newState) {
    state = newState;
    return this;
  }

  Play canvas(int newWidth, int newHeight) {
    width = newWidth;
    height = newHeight;
    return this;
  }

  Play material(Material newMaterial) {
    material = newMaterial;
    return this;
  }

  /** Sets what is given so far, at a time. */
  Play set(double seconds) {
    stage.set(
        preset,
        LayoutParams.parse(params),
        width,
        height,
        Color.BLACK,
        new SceneState(state.participants(), state.speaker(), seconds),
        material);
    return this;
  }

  /** Changes params at a time. */
  Play set(double seconds, Map<String, Object> changes) {
    params.putAll(changes);
    return set(seconds);
  }

  Shot at(double seconds) {
    return new Shot(stage.scene(seconds));
  }

  /** The scene of params that were there from the start. */
  static Shot of(Map<String, Object> params) {
    return new Play(params).set(0).at(0);
  }

  /** One scene. */
  record Shot(Scene scene) {
    List<Layer> layers() {
      return scene.layers();
    }

    List<Tile> tiles() {
      return scene.layers().stream().filter(Tile.class::isInstance).map(Tile.class::cast).toList();
    }

    Tile tile(int index) {
      return tiles().get(index);
    }

    /** The tile of a participant's camera. */
    Tile camera(String participant) {
      return (Tile) layer("camera:" + participant).orElseThrow();
    }

    List<Label> labels() {
      return scene.layers().stream()
          .filter(Label.class::isInstance)
          .map(Label.class::cast)
          .toList();
    }

    Optional<Layer> layer(String id) {
      return scene.layers().stream().filter(layer -> layer.id().equals(id)).findFirst();
    }

    boolean has(String id) {
      return layer(id).isPresent();
    }

    int index(String id) {
      return scene.layers().stream().map(Layer::id).toList().indexOf(id);
    }

    Drawing drawing(String id) {
      return (Drawing) layer(id).orElseThrow();
    }

    /** Its box, where it is not turned and nothing bleeds. */
    Rect box(String id) {
      Drawing drawing = drawing(id);
      Rect rect = drawing.rect();
      double width = drawing.boxWidth() * drawing.scaleX();
      return new Rect(
          (int) Math.round(rect.x() + (rect.width() - width) / 2),
          (int) Math.round(rect.y() + (rect.height() - drawing.boxHeight()) / 2),
          (int) Math.round(width),
          (int) Math.round(drawing.boxHeight()));
    }

    <P extends Part> List<P> parts(String id, Class<P> type) {
      return layer(id).stream()
          .flatMap(layer -> ((Drawing) layer).parts().stream())
          .filter(type::isInstance)
          .map(type::cast)
          .toList();
    }

    <P extends Part> P part(String id, Class<P> type) {
      return parts(id, type).getFirst();
    }

    /** All text of a drawing. */
    String text(String id) {
      StringBuilder text = new StringBuilder();
      for (Words words : parts(id, Words.class)) {
        words.runs().forEach(run -> text.append(run.text()));
      }
      return text.toString();
    }

    /** The style of the text that contains something, or null. */
    TextStyle style(String id, String text) {
      for (Words words : parts(id, Words.class)) {
        for (Run run : words.runs()) {
          if (run.text().contains(text)) {
            return run.style();
          }
        }
      }
      throw new AssertionError("no text '" + text + "' in " + layer(id));
    }
  }
}
