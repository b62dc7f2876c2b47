package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.ParamException;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.StoredAsset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Compositions' settings in the API's JSON: reading with every default, and writing. */
final class CompositionJson {
  private static final List<String> SORTS = List.of("active", "joined", "name");
  private static final List<String> X264_PRESETS =
      List.of("ultrafast", "superfast", "veryfast", "faster", "fast", "medium");
  private static final int LONGEST = 30 * 24 * 3600;
  private static final double LONGEST_TRANSITION = 10;

  private CompositionJson() {}

  /** Reads the settings, and nothing else: the caller ends {@code fields}. */
  static CompositionSpec read(Fields fields, String id, long revision, boolean paused) {
    return new CompositionSpec(
        id,
        canvas(fields.object("canvas")),
        layout(fields.object("layout")),
        selection(fields.object("participants")),
        video(fields.object("video")),
        audio(fields.object("audio")),
        limits(fields.object("limits")),
        List.of(),
        revision,
        paused);
  }

  private static CompositionSpec.Canvas canvas(Fields fields) {
    CompositionSpec.Canvas canvas =
        new CompositionSpec.Canvas(
            even(fields, "width", 1280),
            even(fields, "height", 720),
            (int) fields.integer("fps", 1, 60, 30),
            fields.string("background", 64, "#000000"));
    try {
      Color.parse(canvas.background());
    } catch (IllegalArgumentException e) {
      throw Problem.field(
          fields.at("background"), "It is not a colour.", "Send #rrggbb, rgb() or a CSS name.");
    }
    fields.end();
    return canvas;
  }

  /** Reads the settings of one that is there, which goes on with what it has to show. */
  static CompositionSpec changed(Fields fields, CompositionSpec old) {
    return read(fields, old.id(), old.revision() + 1, old.paused())
        .withMarkers(old.markers())
        .with(old.feed())
        .withScheduled(old.scheduled());
  }

  /** Refuses a layout that shows an image, or asks for a font, that was not uploaded. */
  static void checkAssets(
      CompositionSpec.Layout layout, Function<String, Optional<StoredAsset>> assets) {
    Layouts.assets(layout.preset(), layout.params())
        .forEach((param, name) -> checkAsset(param, name, assets.apply(name), false));
    Layouts.fonts(layout.params())
        .forEach((param, name) -> checkAsset(param, name, assets.apply(name), true));
  }

  private static void checkAsset(
      String param, String name, Optional<StoredAsset> found, boolean wantsFont) {
    String wanted = wantsFont ? "font" : "image";
    if (found.isEmpty()) {
      throw Problem.field(
          "/layout/params/" + Fields.escape(param),
          "There is no asset of the name " + name + ".",
          "Upload the %s with PUT /v1/assets/{name} first; GET /v1/assets lists what there is."
              .formatted(wanted));
    }
    if (found.get().font() != wantsFont) {
      throw Problem.field(
          "/layout/params/" + Fields.escape(param),
          "The asset %s is no %s: it is %s.".formatted(name, wanted, found.get().type()),
          "Name one that is; GET /v1/assets lists what there is.");
    }
  }

  /** Refuses a layout that asks for one in JavaScript that is not there. */
  static void checkCustom(CompositionSpec.Layout layout, Predicate<String> exists) {
    String name = Layouts.customLayout(layout.preset(), layout.params());
    if (name != null && !exists.test(name)) {
      throw Problem.field(
          "/layout/params/custom.layout",
          "There is no layout of the name " + name + ".",
          "Store it with PUT /v1/layouts/{name} first; GET /v1/layouts lists what there is.");
    }
  }

  /** Refuses a layout that cannot be shown; answers what was clamped or has no effect. */
  static List<String> checkLayout(CompositionSpec.Layout layout) {
    try {
      return Layouts.check(layout.preset(), layout.params());
    } catch (ParamException e) {
      String message = String.valueOf(e.getMessage());
      throw e.param().equals("preset")
          ? Problem.field(
              "/layout/preset", message, "Use one of " + String.join(", ", Layouts.presets()) + ".")
          : Problem.field(
              "/layout/params/" + Fields.escape(e.param()),
              message,
              "Correct it, or leave it out; docs/layouts.md lists all params.");
    }
  }

  private static int even(Fields fields, String name, int otherwise) {
    int value = (int) fields.integer(name, 64, 3840, otherwise);
    if (value % 2 != 0) {
      throw Problem.field(
          fields.at(name), "It is odd.", "Use an even number of pixels: H.264 4:2:0 needs it.");
    }
    return value;
  }

  static CompositionSpec.Layout layout(Fields fields) {
    String preset = fields.string("preset", 64, "grid");
    ObjectNode raw = fields.rawObject("params");
    Map<String, Object> params = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> param : raw.properties()) {
      JsonNode value = param.getValue();
      if (value.isNull()) {
        continue;
      }
      if (!value.isValueNode()) {
        throw Problem.field(
            fields.at("params") + "/" + Fields.escape(param.getKey()),
            "It has the wrong type.",
            "Send a string, a number, true or false.");
      }
      params.put(param.getKey(), ProtocolJson.MAPPER.treeToValue(value, Object.class));
    }
    fields.end();
    return new CompositionSpec.Layout(preset, params);
  }

  /**
   * Reads how a change takes effect.
   *
   * @param revision its own
   */
  static CompositionSpec.Transition transition(Fields fields, long revision) {
    CompositionSpec.Transition transition =
        new CompositionSpec.Transition(
            fields.oneOf("type", CompositionSpec.Transition.TYPES, "cross-fade"),
            fields.number("duration", 0, LONGEST_TRANSITION, 0.5),
            fields.oneOf("easing", CompositionSpec.Transition.EASINGS, "ease-in-out"),
            revision);
    fields.end();
    return transition;
  }

  static ObjectNode transition(CompositionSpec.Transition transition) {
    return ProtocolJson.MAPPER
        .createObjectNode()
        .put("type", transition.type())
        .put("duration", transition.duration())
        .put("easing", transition.easing());
  }

  private static CompositionSpec.Selection selection(Fields fields) {
    List<String> video = fields.optionalStrings("video", 500, CompositionJson::checkSelected);
    List<String> audio = fields.optionalStrings("audio", 500, CompositionJson::checkSelected);
    CompositionSpec.Selection selection =
        new CompositionSpec.Selection(
            video == null ? List.of("*") : video,
            audio == null ? List.of("*") : audio,
            fields.oneOf("sort", SORTS, "active"));
    fields.end();
    return selection;
  }

  private static void checkSelected(String id, String at) {
    if (!id.equals("*") && !Ids.valid(id)) {
      throw Problem.field(at, "It is not a participant's id.", "Send ids, or \"*\" for everyone.");
    }
  }

  private static CompositionSpec.Video video(Fields fields) {
    CompositionSpec.Video video =
        new CompositionSpec.Video(
            (int) fields.integer("bitrate", 100_000, 50_000_000, 3_000_000),
            (int) fields.integer("keyframeInterval", 1, 10, 2),
            fields.choice("latency", Latency.values(), Latency::json, Latency.NORMAL),
            fields.oneOf("preset", X264_PRESETS, "superfast"),
            fields.bool("off", false));
    fields.end();
    return video;
  }

  private static CompositionSpec.Audio audio(Fields fields) {
    CompositionSpec.Audio audio =
        new CompositionSpec.Audio(
            (int) fields.integer("bitrate", 32_000, 320_000, 128_000),
            (int) fields.integer("channels", 1, 2, 2));
    fields.end();
    return audio;
  }

  private static CompositionSpec.Limits limits(Fields fields) {
    CompositionSpec.Limits limits =
        new CompositionSpec.Limits(
            (int) fields.integer("maxDuration", 0, LONGEST, 0),
            (int) fields.integer("idleTimeout", 0, LONGEST, 0));
    fields.end();
    return limits;
  }

  /** What a caller may set: what PATCH merges into, and the core of what is shown. */
  static ObjectNode settings(CompositionSpec spec) {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode();
    json.putObject("canvas")
        .put("width", spec.canvas().width())
        .put("height", spec.canvas().height())
        .put("fps", spec.canvas().fps())
        .put("background", spec.canvas().background());
    ObjectNode layout = json.putObject("layout").put("preset", spec.layout().preset());
    layout.set("params", ProtocolJson.MAPPER.valueToTree(spec.layout().params()));
    ObjectNode participants = json.putObject("participants");
    ArrayNode video = participants.putArray("video");
    spec.participants().video().forEach(video::add);
    ArrayNode audio = participants.putArray("audio");
    spec.participants().audio().forEach(audio::add);
    participants.put("sort", spec.participants().sort());
    json.putObject("video")
        .put("bitrate", spec.video().bitrate())
        .put("keyframeInterval", spec.video().keyframeInterval())
        .put("latency", spec.video().latency().json())
        .put("preset", spec.video().preset())
        .put("off", spec.video().off());
    json.putObject("audio")
        .put("bitrate", spec.audio().bitrate())
        .put("channels", spec.audio().channels());
    json.putObject("limits")
        .put("maxDuration", spec.limits().maxDuration())
        .put("idleTimeout", spec.limits().idleTimeout());
    return json;
  }

  /** Refuses changes of what an encoder that runs cannot change. */
  static void checkFixed(CompositionSpec old, CompositionSpec changed) {
    fixed("/canvas/width", old.canvas().width(), changed.canvas().width());
    fixed("/canvas/height", old.canvas().height(), changed.canvas().height());
    fixed("/canvas/fps", old.canvas().fps(), changed.canvas().fps());
    fixed("/video", old.video(), changed.video());
    fixed("/audio", old.audio(), changed.audio());
  }

  private static void fixed(String pointer, Object old, Object changed) {
    if (!old.equals(changed)) {
      throw Problem.field(
          pointer,
          "It is fixed for the life of a composition, because its files and streams are.",
          "Make another composition on the same call.");
    }
  }
}
