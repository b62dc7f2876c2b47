package dev.callcast.media.compose;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds out whether a file is an image or a font that can be shown. A program of its own ({@link
 * #main}), for a damaged file may take a decoder down with it.
 */
public final class AssetCheck {
  private AssetCheck() {}

  /** The program: one argument, the file; one line of JSON on standard output. */
  public static void main(String[] arguments) throws IOException {
    System.out.println(line(Path.of(arguments[0])));
  }

  /**
   * What the file is, as JSON: {@code type}, of an image {@code width} and {@code height}; or
   * {@code error}.
   */
  public static String line(Path file) throws IOException {
    ObjectNode json = ProtocolJson.MAPPER.createObjectNode();
    try {
      byte[] bytes = Files.readAllBytes(file);
      String font = FontCheck.type(bytes);
      if (font != null) {
        FontCheck.check(bytes);
        json.put("type", font);
      } else {
        ImageCheck.check(bytes, json);
      }
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      json.removeAll();
      json.put("error", String.valueOf(e.getMessage()));
    }
    return json.toString();
  }
}
