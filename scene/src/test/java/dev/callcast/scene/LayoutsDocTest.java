package dev.callcast.scene;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.scene.Vocabulary.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/layouts.md lists what works, no more and no less. */
class LayoutsDocTest {
  @Test
  void theTablesAreComplete() throws IOException {
    List<String> firstCells =
        Files.readString(Path.of("../docs/layouts.md"))
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split("\\|")[1])
            .flatMap(cell -> List.of(cell.split(",")).stream())
            .map(cell -> cell.strip().replace("`", ""))
            .toList();
    List<String> working =
        Vocabulary.ALL.values().stream()
            .filter(p -> p.state() == State.WORKS || p.state() == State.OWN)
            .map(p -> p.name().replaceFirst("^videoSettings\\.", ""))
            .toList();
    assertThat(firstCells)
        .containsAll(Layouts.presets())
        .containsAll(working)
        .hasSize(Layouts.presets().size() + working.size());
  }
}
