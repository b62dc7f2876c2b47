package dev.callcast.media.script;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.CustomScene;
import dev.callcast.scene.SceneState;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A layout in JavaScript, loaded: {@code layout(state, params, viewport, time)} with what it
 * declares. One call at a time; whoever makes it closes it.
 */
public final class LayoutScript implements AutoCloseable {
  /** Bytes of UTF-8. */
  public static final int LONGEST_SOURCE = 64 << 10;

  private static final int MOST_RATE = 30;
  private static final int MOST_ASSETS = 32;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final Pattern DECLARED =
      Pattern.compile("\\bfunction\\s+layout\\b|\\blayout\\s*=");

  private final String source;
  private final Sandbox sandbox;
  private final double rate;
  private final Set<String> assets;

  /** The canvas, px. */
  public record Viewport(int width, int height) {}

  /**
   * What it is called with.
   *
   * @param params as the composition has them
   */
  public record Question(SceneState state, Map<String, Object> params, Viewport viewport) {
    public Question {
      params = Map.copyOf(params);
    }

    /** Whether nothing but the time has changed. */
    boolean differsInTimeOnly(Question other) {
      return state.participants().equals(other.state.participants())
          && Objects.equals(state.speaker(), other.state.speaker())
          && params.equals(other.params)
          && viewport.equals(other.viewport);
    }
  }

  /**
   * Loads a layout.
   *
   * @throws ScriptException if it is no module, or does not declare what it has to
   */
  public LayoutScript(String source) throws ScriptException {
    this.source = source;
    this.sandbox = new QuickJs(source);
    try {
      JsonNode exports = ProtocolJson.MAPPER.readTree(sandbox.exports());
      this.rate = rate(exports.get("rate"));
      this.assets = assets(exports.get("assets"));
    } catch (ScriptException | RuntimeException e) {
      sandbox.close();
      throw e;
    }
  }

  private static double rate(@Nullable JsonNode rate) throws ScriptException {
    if (rate == null || rate.isNull()) {
      return 0;
    }
    if (!rate.isNumber() || !(rate.asDouble() >= 0 && rate.asDouble() <= MOST_RATE)) {
      throw new ScriptException("rate has to be a number from 0 to " + MOST_RATE, 0);
    }
    return rate.asDouble();
  }

  private static Set<String> assets(@Nullable JsonNode names) throws ScriptException {
    Set<String> assets = new LinkedHashSet<>();
    if (names == null || names.isNull()) {
      return assets;
    }
    if (!names.isArray() || names.size() > MOST_ASSETS) {
      throw new ScriptException(
          "assets has to be an array of at most " + MOST_ASSETS + " names of images", 0);
    }
    for (JsonNode name : names) {
      if (!name.isString() || !NAME.matcher(name.asString()).matches()) {
        throw new ScriptException("assets has " + name + ", which is no name of an asset", 0);
      }
      assets.add(name.asString());
    }
    return assets;
  }

  /** How often a second it wants to be called; 0: when something has changed. */
  public double rate() {
    return rate;
  }

  /** The names of the images that it may show. */
  public Set<String> assets() {
    return assets;
  }

  /**
   * Calls it.
   *
   * @throws ScriptException if it threw, took too long, or answered no layers
   */
  public CustomScene layout(Question question) throws ScriptException {
    String answer = sandbox.call(arguments(question));
    try {
      return CustomScene.parse(
          answer.isEmpty() ? ProtocolJson.MAPPER.nullNode() : ProtocolJson.MAPPER.readTree(answer),
          assets);
    } catch (IllegalArgumentException e) {
      throw new ScriptException(String.valueOf(e.getMessage()), declared());
    }
  }

  /** The line on which the function is declared: that of an answer which is none, or 0. */
  private int declared() {
    Matcher declared = DECLARED.matcher(source);
    return declared.find()
        ? 1 + (int) source.substring(0, declared.start()).chars().filter(c -> c == '\n').count()
        : 0;
  }

  private static String arguments(Question question) {
    SceneState state = question.state;
    Viewport viewport = question.viewport;
    ArrayNode all = ProtocolJson.MAPPER.createArrayNode();
    ObjectNode seen = all.addObject();
    ArrayNode participants = seen.putArray("participants");
    for (SceneState.Participant participant : state.participants()) {
      ObjectNode one =
          participants
              .addObject()
              .put("id", participant.id())
              .put("name", participant.name())
              .put("owner", participant.owner());
      video(one, "camera", participant.camera());
      video(one, "screen", participant.screen());
      one.put("audible", participant.audible()).put("level", participant.level());
    }
    seen.put("speaker", state.speaker());
    all.add(ProtocolJson.MAPPER.<JsonNode>valueToTree(question.params));
    all.addObject()
        .put("width", viewport.width)
        .put("height", viewport.height)
        .put("gridUnit", Math.min(viewport.width, viewport.height) / 36.0);
    all.add(state.seconds());
    return all.toString();
  }

  private static void video(ObjectNode participant, String name, SceneState.@Nullable Video video) {
    if (video == null) {
      participant.putNull(name);
      return;
    }
    participant
        .putObject(name)
        .put("width", video.width())
        .put("height", video.height())
        .put("paused", video.paused());
  }

  /** What it wrote to its console since this was asked last. */
  public String log() {
    return sandbox.log();
  }

  @Override
  public void close() {
    sandbox.close();
  }
}
