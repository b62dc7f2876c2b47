package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Looks at images in a process of its own ({@link CheckProcess}): decoders are native code. It says
 * {@code type, width, height} or {@code error}.
 *
 * @param command words to which the file is added
 */
public record ProcessInspector(List<String> command) implements ImageInspector {
  public ProcessInspector {
    command = List.copyOf(command);
  }

  @Override
  public Image inspect(Path file) throws BadImageException, IOException {
    CheckProcess.Said said = new CheckProcess(command).look(file);
    if (said.overran()) {
      throw new BadImageException("it takes too long to draw");
    }
    JsonNode json = said.json();
    if (json == null) {
      throw new BadImageException("its decoder ended with status " + said.status());
    }
    if (json.has("error")) {
      throw new BadImageException(json.get("error").asString());
    }
    return new Image(
        json.path("type").asString(""), json.path("width").asInt(0), json.path("height").asInt(0));
  }
}
