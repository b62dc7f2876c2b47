package dev.callcast.scene;

import dev.callcast.scene.Layer.Align;
import dev.callcast.scene.Layer.Asset;
import dev.callcast.scene.Layer.Border;
import dev.callcast.scene.Layer.Drawing;
import dev.callcast.scene.Layer.Emoji;
import dev.callcast.scene.Layer.Icon;
import dev.callcast.scene.Layer.Image;
import dev.callcast.scene.Layer.Picture;
import dev.callcast.scene.Layer.Run;
import dev.callcast.scene.Layer.ScaleMode;
import dev.callcast.scene.Layer.TextStyle;
import dev.callcast.scene.Layer.Words;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a custom layout answered: checked, but not yet laid on a call. {@link #place} does that,
 * with the call as it is then, so that nobody is shown who has gone since the answer.
 */
public record CustomScene(List<Entry> entries) {
  private static final int MOST_LAYERS = 200;
  private static final int LONGEST_TEXT = 2000;
  private static final double FARTHEST = 16_384;

  /** Text reaches beyond its lines in some scripts and in italics, by so much of the font size. */
  private static final double BLEED = 0.35;

  private static final String USUAL_FONT = "Roboto";

  private static final Set<String> TYPES = Set.of("video", "box", "label", "text", "image");

  public CustomScene {
    entries = List.copyOf(entries);
  }

  /** A layer before it is placed. */
  sealed interface Entry {}

  private record Tile(
      @Nullable String id,
      String participant,
      boolean screen,
      Area area,
      ScaleMode scaleMode,
      double zoom,
      double cornerRadius,
      double opacity,
      @Nullable Border border)
      implements Entry {
    /** As of every layout's tile, so that moves go on from one layout to another. */
    String itemId() {
      return (screen ? "screen:" : "camera:") + participant;
    }

    Layer.@Nullable Tile place(SceneState state, int width, int height) {
      return tile(this, state, width, height);
    }
  }

  private record Plain(Layer.Box box, Area area) implements Entry {
    Layer.@Nullable Box place() {
      Rect rect = area.rounded();
      return rect == null
          ? null
          : new Layer.Box(box.id(), rect, box.color(), box.cornerRadius(), box.opacity());
    }
  }

  private record Named(Layer.Label label, Area area) implements Entry {
    Layer.@Nullable Label place(Map<String, String> fonts) {
      Rect rect = area.rounded();
      return rect == null || label.fontSize() < SceneBuilder.SMALLEST_FONT
          ? null
          : new Layer.Label(
              label.id(),
              rect,
              label.text(),
              label.align(),
              family(label.fontFamily(), fonts),
              label.fontWeight(),
              label.fontSize(),
              label.color(),
              label.strokeColor(),
              label.strokeWidth(),
              label.icon(),
              label.opacity());
    }
  }

  private record Written(
      String id,
      Area area,
      TextStyle style,
      String text,
      Align align,
      Vertical vertical,
      int lines,
      double rotation,
      double opacity)
      implements Entry {
    @Nullable Drawing place(TextMeter meter, Map<String, String> fonts) {
      if (area.rounded() == null || text.isBlank()) {
        return null;
      }
      List<Run> runs =
          List.of(
              new Run(
                  text,
                  new TextStyle(
                      family(style.fontFamily(), fonts),
                      style.fontWeight(),
                      style.italic(),
                      style.fontSize(),
                      style.color(),
                      style.strokeColor(),
                      style.strokeWidth())));
      double free = area.height - meter.measure(runs, Math.max(1, area.width), lines).height();
      double top =
          switch (vertical) {
            case TOP -> 0;
            case MIDDLE -> free / 2;
            case BOTTOM -> free;
          };
      return Ground.drawing(
              id,
              area.x + area.width / 2,
              area.y + area.height / 2,
              area.width,
              area.height,
              rotation,
              1,
              // What does not fit its box is shown all the same.
              Math.max(0, -free) + style.strokeWidth() / 2 + BLEED * style.fontSize(),
              List.of(new Words(0, top, area.width, runs, align, lines)))
          .withOpacity(opacity);
    }
  }

  private record Shown(
      String id,
      Area area,
      @Nullable String asset,
      @Nullable String emoji,
      ScaleMode scaleMode,
      double rotation,
      double opacity)
      implements Entry {
    @Nullable Drawing place(Map<String, String> files) {
      String file = asset == null ? null : files.get(asset);
      Image image = emoji != null ? new Emoji(emoji) : file != null ? new Asset(file) : null;
      if (image == null || area.rounded() == null) {
        return null;
      }
      return Ground.drawing(
              id,
              area.x + area.width / 2,
              area.y + area.height / 2,
              area.width,
              area.height,
              rotation,
              1,
              0,
              List.of(new Picture(0, 0, area.width, area.height, image, scaleMode)))
          .withOpacity(opacity);
    }
  }

  private enum Vertical {
    TOP,
    MIDDLE,
    BOTTOM
  }

  private enum Source {
    CAMERA,
    SCREEN
  }

  /** In px, as the layout gave it. */
  private record Area(double x, double y, double width, double height) {
    /**
     * The nearest rectangle, even in all numbers, cut to the canvas; null where nothing is left.
     */
    @Nullable Rect evenWithin(int canvasWidth, int canvasHeight) {
      int left = Math.max(0, Fitting.nearestEven(x));
      int top = Math.max(0, Fitting.nearestEven(y));
      int right = Math.min(canvasWidth, Fitting.nearestEven(x + width));
      int bottom = Math.min(canvasHeight, Fitting.nearestEven(y + height));
      return right - left < 2 || bottom - top < 2
          ? null
          : new Rect(left, top, right - left, bottom - top);
    }

    @Nullable Rect rounded() {
      int left = (int) Math.round(x);
      int top = (int) Math.round(y);
      int right = (int) Math.round(x + width);
      int bottom = (int) Math.round(y + height);
      return right <= left || bottom <= top
          ? null
          : new Rect(left, top, right - left, bottom - top);
    }
  }

  /**
   * Checks what {@code layout()} answered.
   *
   * @param assets names of the images and fonts that the layout declares
   * @throws IllegalArgumentException that says what is wrong with which layer
   */
  public static CustomScene parse(JsonNode layers, Set<String> assets) {
    if (!layers.isArray()) {
      throw new IllegalArgumentException("layout() has to return an array of layers");
    }
    if (layers.size() > MOST_LAYERS) {
      throw new IllegalArgumentException(
          "layout() returned " + layers.size() + " layers; " + MOST_LAYERS + " are allowed");
    }
    List<Entry> entries = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < layers.size(); i++) {
      Reader reader = new Reader(layers.get(i), i);
      String given = reader.optionalText("id", 64);
      Entry entry = entry(reader, given, assets);
      reader.end();
      String id = given != null ? given : entry instanceof Tile tile ? tile.itemId() : null;
      if (id != null && !ids.add(id)) {
        throw reader.wrong("id", "'" + id + "' is that of another layer as well");
      }
      entries.add(entry);
    }
    return new CustomScene(entries);
  }

  private static Entry entry(Reader reader, @Nullable String given, Set<String> assets) {
    String type = reader.optionalText("type", 16);
    if (type == null || !TYPES.contains(type)) {
      throw reader.wrong("type", "has to be video, box, label, text or image");
    }
    reader.type = type;
    Area area =
        new Area(
            reader.number("x", -FARTHEST, FARTHEST, null),
            reader.number("y", -FARTHEST, FARTHEST, null),
            reader.number("width", 0, FARTHEST, null),
            reader.number("height", 0, FARTHEST, null));
    double opacity = reader.number("opacity", 0, 1, 1.0);
    String id = given == null ? "custom:" + reader.index : "custom:" + given;
    return switch (type) {
      case "video" ->
          new Tile(
              given,
              reader.text("participant", 64),
              reader.choice("source", Source.class, Source.CAMERA) == Source.SCREEN,
              area,
              reader.choice("scaleMode", ScaleMode.class, ScaleMode.FILL),
              reader.number("zoom", 1, 4, 1.0),
              reader.number("cornerRadius", 0, FARTHEST, 0.0),
              opacity,
              reader.border());
      case "box" ->
          new Plain(
              new Layer.Box(
                  id,
                  new Rect(0, 0, 0, 0),
                  reader.color("color", null),
                  reader.number("cornerRadius", 0, FARTHEST, 0.0),
                  opacity),
              area);
      case "label" -> {
        TextStyle style = style(reader, assets);
        yield new Named(
            new Layer.Label(
                id,
                new Rect(0, 0, 0, 0),
                reader.text("text", LONGEST_TEXT),
                reader.choice("align", Align.class, Align.LEFT),
                style.fontFamily(),
                style.fontWeight(),
                style.fontSize(),
                style.color(),
                style.strokeColor(),
                style.strokeWidth(),
                reader.flag("muted") ? Icon.MICROPHONE_MUTED : null,
                opacity),
            area);
      }
      case "text" ->
          new Written(
              id,
              area,
              style(reader, assets),
              reader.text("text", LONGEST_TEXT),
              reader.choice("align", Align.class, Align.LEFT),
              reader.choice("verticalAlign", Vertical.class, Vertical.TOP),
              (int) reader.number("maxLines", 0, 100, 0.0),
              reader.number("rotation", -360, 360, 0.0),
              opacity);
      default -> image(reader, id, area, opacity, assets);
    };
  }

  private static Entry image(
      Reader reader, String id, Area area, double opacity, Set<String> assets) {
    String asset = reader.optionalText("asset", 64);
    String emoji = reader.optionalText("emoji", 64);
    if ((asset == null) == (emoji == null)) {
      throw reader.wrong("asset", "or emoji has to be there, and not both");
    }
    if (asset != null && !assets.contains(asset)) {
      throw reader.wrong(
          "asset", "'" + asset + "' is not in the list that the module exports as assets");
    }
    return new Shown(
        id,
        area,
        asset,
        emoji,
        reader.choice("scaleMode", ScaleMode.class, ScaleMode.FIT),
        reader.number("rotation", -360, 360, 0.0),
        opacity);
  }

  private static TextStyle style(Reader reader, Set<String> assets) {
    String family = reader.optionalText("fontFamily", 80);
    String uploaded = family == null ? null : LayoutParams.uploaded(family);
    if (uploaded != null && !assets.contains(uploaded)) {
      throw reader.wrong(
          "fontFamily", "'" + uploaded + "' is not in the list that the module exports as assets");
    }
    if (family != null && uploaded == null && !fonts().contains(family)) {
      throw reader.wrong(
          "fontFamily",
          "has to be one of %s, or %sNAME of an uploaded font"
              .formatted(String.join(", ", fonts()), LayoutParams.UPLOADED));
    }
    return new TextStyle(
        family == null ? USUAL_FONT : family,
        (int) reader.number("fontWeight", 100, 900, 400.0),
        reader.type.equals("text") && reader.flag("italic"),
        reader.number("fontSize", 1, 1000, null),
        reader.color("color", Color.WHITE),
        reader.color("strokeColor", Color.BLACK),
        reader.number("strokeWidth", 0, 100, 0.0));
  }

  /** The file of an uploaded font; the usual family where it is gone. */
  private static String family(String asked, Map<String, String> fonts) {
    String uploaded = LayoutParams.uploaded(asked);
    return uploaded == null ? asked : fonts.getOrDefault(uploaded, USUAL_FONT);
  }

  private static List<String> fonts() {
    Vocabulary.Param param = Vocabulary.ALL.get("text.fontFamily");
    return param == null ? List.of() : param.choices();
  }

  /**
   * The layers for a call as it is.
   *
   * @param material the files of images and fonts
   * @param width of the canvas, px
   * @param height likewise
   */
  List<Layer> place(SceneState state, Material material, TextMeter meter, int width, int height) {
    List<Layer> layers = new ArrayList<>();
    for (Entry entry : entries) {
      Layer layer =
          switch (entry) {
            case Tile tile -> tile.place(state, width, height);
            case Plain plain -> plain.place();
            case Named named -> named.place(material.fonts());
            case Written written -> written.place(meter, material.fonts());
            case Shown shown -> shown.place(material.assets());
          };
      if (layer != null) {
        layers.add(layer);
      }
    }
    return layers;
  }

  private static Layer.@Nullable Tile tile(Tile tile, SceneState state, int width, int height) {
    Participant participant =
        state.participants().stream()
            .filter(one -> one.id().equals(tile.participant))
            .findFirst()
            .orElse(null);
    Rect rect = tile.area.evenWithin(width, height);
    if (participant == null || rect == null) {
      return null;
    }
    Video video = tile.screen ? participant.screen() : participant.camera();
    if (video == null && tile.screen) {
      return null;
    }
    Item item = new Item(participant, tile.screen, video);
    // Shrunk to the picture, as every layout does it: corners and border follow.
    Rect shown =
        tile.scaleMode == ScaleMode.FIT && item.aspect() > 0
            ? Fitting.fit(rect, item.aspect())
            : rect;
    double most = Math.min(shown.width(), shown.height()) / 2.0;
    Border border = tile.border;
    return new Layer.Tile(
        tile.id == null ? item.id() : "custom:" + tile.id,
        participant.id(),
        item.track(),
        shown,
        tile.scaleMode,
        tile.scaleMode == ScaleMode.FILL ? tile.zoom : 1,
        Math.min(tile.cornerRadius, most),
        tile.opacity,
        border == null ? null : new Border(Math.min(border.width(), most), border.color()),
        Face.of(participant).placeholder(null, 0));
  }

  /** The fields of one layer; says which one is wrong. */
  private static final class Reader {
    private final JsonNode node;
    private final int index;
    private final Set<String> read = new HashSet<>();
    private String type = "layer";

    Reader(JsonNode node, int index) {
      this.node = node;
      this.index = index;
      if (!node.isObject()) {
        throw new IllegalArgumentException("layer " + index + " is no object");
      }
    }

    IllegalArgumentException wrong(String field, String why) {
      return new IllegalArgumentException(
          "layer %d (%s): %s %s".formatted(index, type, field, why));
    }

    private @Nullable JsonNode field(String name) {
      read.add(name);
      JsonNode value = node.get(name);
      return value == null || value.isNull() ? null : value;
    }

    /** {@code otherwise} null: it has to be there. */
    double number(String name, double least, double most, @Nullable Double otherwise) {
      JsonNode value = field(name);
      if (value == null && otherwise != null) {
        return otherwise;
      }
      if (value == null || !value.isNumber()) {
        throw wrong(name, "has to be a number");
      }
      double number = value.asDouble();
      if (!(number >= least && number <= most)) {
        throw wrong(name, "has to be from %.0f to %.0f, not %s".formatted(least, most, value));
      }
      return number;
    }

    @Nullable String optionalText(String name, int longest) {
      JsonNode value = field(name);
      if (value == null) {
        return null;
      }
      if (!value.isString()) {
        throw wrong(name, "has to be a string");
      }
      if (value.asString().length() > longest) {
        throw wrong(name, "is longer than " + longest + " characters");
      }
      return value.asString();
    }

    String text(String name, int longest) {
      String text = optionalText(name, longest);
      if (text == null) {
        throw wrong(name, "has to be a string");
      }
      return text;
    }

    boolean flag(String name) {
      JsonNode value = field(name);
      if (value != null && !value.isBoolean()) {
        throw wrong(name, "has to be true or false");
      }
      return value != null && value.asBoolean();
    }

    <E extends Enum<E>> E choice(String name, Class<E> choices, E otherwise) {
      String text = optionalText(name, 16);
      if (text == null) {
        return otherwise;
      }
      List<String> names = new ArrayList<>();
      for (E choice : choices.getEnumConstants()) {
        String word = choice.name().toLowerCase(java.util.Locale.ROOT);
        if (word.equals(text)) {
          return choice;
        }
        names.add(word);
      }
      throw wrong(name, "has to be " + String.join(" or ", names) + ", not '" + text + "'");
    }

    Color color(String name, @Nullable Color otherwise) {
      String text = optionalText(name, 64);
      if (text == null) {
        if (otherwise == null) {
          throw wrong(name, "has to be a colour");
        }
        return otherwise;
      }
      try {
        return Color.parse(text);
      } catch (IllegalArgumentException e) {
        throw wrong(name, "is " + e.getMessage());
      }
    }

    @Nullable Border border() {
      JsonNode value = field("border");
      if (value == null) {
        return null;
      }
      if (!value.isObject()) {
        throw wrong("border", "has to be an object with width and color");
      }
      Reader inner = new Reader(value, index);
      inner.type = type + ".border";
      Border border =
          new Border(inner.number("width", 0, FARTHEST, null), inner.color("color", null));
      inner.end();
      return border;
    }

    void end() {
      for (String name : node.propertyNames()) {
        if (!read.contains(name)) {
          throw wrong(name, "is nothing that it takes");
        }
      }
    }
  }
}
