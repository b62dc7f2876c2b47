package dev.callcast.media.script;

import dev.callcast.media.script.LayoutScript.Question;
import dev.callcast.media.script.LayoutScript.Viewport;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds out whether a file is a layout that can be used: loads it and lays out calls of some sizes
 * with it, without any params. A program of its own ({@link #main}), as for images: what a node is
 * sent takes no time and no memory of the node.
 */
public final class LayoutCheck {
  private static final int[] SIZES = {0, 1, 2, 5, 9};
  private static final List<Viewport> VIEWPORTS =
      List.of(new Viewport(1280, 720), new Viewport(720, 1280));

  private LayoutCheck() {}

  /** The program: one argument, the file; one line of JSON on standard output. */
  public static void main(String[] arguments) throws IOException {
    System.out.println(line(Path.of(arguments[0])));
    System.exit(0);
  }

  /** What the file is, as JSON: {@code rate, assets}, or {@code error} and {@code line}. */
  public static String line(Path file) throws IOException {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode();
    try (LayoutScript script = new LayoutScript(Files.readString(file))) {
      for (Viewport viewport : VIEWPORTS) {
        for (int size : SIZES) {
          script.layout(new Question(call(size), Map.of(), viewport));
        }
      }
      json.put("rate", script.rate());
      ArrayNode assets = json.putArray("assets");
      script.assets().forEach(assets::add);
    } catch (ScriptException e) {
      json.removeAll();
      json.put("error", e.getMessage()).put("line", e.line());
    } catch (java.nio.charset.CharacterCodingException e) {
      json.put("error", "it is not UTF-8").put("line", 0);
    }
    return json.toString();
  }

  /** A call in which the second one shares a screen, and the third has no camera. */
  private static SceneState call(int size) {
    List<Participant> participants = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String id = "p" + (i + 1);
      participants.add(
          new Participant(
              id,
              "Participant " + (i + 1),
              i == 0,
              i == 2 ? null : new Video(id + "/cam", 640, 360, i == 3),
              i == 1 ? new Video(id + "/screen", 1920, 1080, false) : null,
              i % 2 == 0,
              i == 0 ? 0.5 : 0));
    }
    return new SceneState(participants, size == 0 ? null : "p1", 1);
  }
}
