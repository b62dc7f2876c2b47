package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The call that most calls are. What it would find is found by others too: by {@link
 * MixedCodecsTest} in its pictures and sound, by {@link LayoutChangesTest} in its layouts.
 */
@Tag("media")
@Tag("long")
class StandardCallTest {
  private static final Logger log = LoggerFactory.getLogger(StandardCallTest.class);

  @Test
  void fourAreSeenAndHeard() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("standup");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 4).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      node.api().put(call.path() + "/speaker", Map.of("participant", "p2"));
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 6);
      double changed = call.layout("main", Map.of("preset", "dominant"));
      call.awaitMediaTime("main", 12);
      double end = call.mediaTime("main");
      Path file = call.stop("main");

      double half = 0.5 / 30;
      List<Tile> tiles = new ArrayList<>();
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, "p2", 1.5, changed - half));
      tiles.addAll(Tiles.of("dominant", Map.of(), 1280, 720, people, "p2", changed - half, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.problems(ContentReport.Limits.STANDARD)).isEmpty();
    }
  }
}
