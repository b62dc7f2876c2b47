package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Looks at images and fonts in a process of its own ({@link CheckProcess}): decoders are native
 * code. It says {@code type, width, height} or {@code error}.
 *
 * @param command words to which the file is added
 */
public record ProcessInspector(List<String> command) implements AssetInspector {
  public ProcessInspector {
    command = List.copyOf(command);
  }

  @Override
  public Found inspect(Path file) throws BadAssetException, IOException {
    CheckProcess.Said said = new CheckProcess(command).look(file);
    if (said.overran()) {
      throw new BadAssetException("it takes too long to draw");
    }
    JsonNode json = said.json();
    if (json == null) {
      throw new BadAssetException("its decoder ended with status " + said.status());
    }
    if (json.has("error")) {
      throw new BadAssetException(json.get("error").asString());
    }
    return new Found(
        json.path("type").asString(""), json.path("width").asInt(0), json.path("height").asInt(0));
  }
}
