package dev.callcast.server.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * Tries layouts in a process of its own ({@link CheckProcess}): the node runs nobody's code. It
 * says {@code rate, assets} or {@code error, line}.
 *
 * @param command words to which the file is added
 */
public record ProcessLayoutInspector(List<String> command) implements LayoutInspector {
  public ProcessLayoutInspector {
    command = List.copyOf(command);
  }

  @Override
  public Layout inspect(Path file) throws BadLayoutException, IOException {
    CheckProcess.Said said = new CheckProcess(command).look(file);
    if (said.overran()) {
      throw new BadLayoutException("it takes too long", 0);
    }
    JsonNode json = said.json();
    if (json == null) {
      throw new BadLayoutException("its check ended with status " + said.status(), 0);
    }
    if (json.has("error")) {
      throw new BadLayoutException(json.get("error").asString(), json.path("line").asInt(0));
    }
    return new Layout(
        json.path("rate").asDouble(0),
        StreamSupport.stream(json.path("assets").spliterator(), false)
            .map(JsonNode::asString)
            .toList());
  }
}
