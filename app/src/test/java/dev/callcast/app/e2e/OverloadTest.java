package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A worker that gets a fifth of the processor, as in a container whose quota is used up: it stands
 * still for 80 ms of each 100. Its composition gives up quality step by step and says so, the sound
 * goes on as if nothing were, and when there is room again the steps are taken back.
 */
@Tag("media")
@Tag("long")
class OverloadTest {
  private static final Logger log = LoggerFactory.getLogger(OverloadTest.class);

  /** Stands still and goes on by signals; the last one is that it goes on. */
  private static final class Throttle implements AutoCloseable {
    private final long pid;
    private final Process loop;

    Throttle(long pid) throws IOException {
      this.pid = pid;
      loop =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "while kill -STOP %1$d && sleep 0.08 && kill -CONT %1$d && sleep 0.02; do :; done"
                      .formatted(pid))
              .inheritIO()
              .start();
    }

    @Override
    public void close() throws IOException, InterruptedException {
      loop.destroyForcibly().waitFor();
      new ProcessBuilder("kill", "-CONT", Long.toString(pid)).start().waitFor();
    }
  }

  private static List<JsonNode> steps(LiveCall call) {
    return call.events("composition.degraded").stream().map(event -> event.get("data")).toList();
  }

  private static int level(LiveCall call) {
    List<JsonNode> steps = steps(call);
    return steps.isEmpty() ? 0 : steps.getLast().get("level").asInt();
  }

  @Test
  void qualityIsGivenUpStepByStepAndTakenBackAndTheSoundGoesOn() throws Exception {
    try (LiveNode node = LiveNode.startDegrading()) {
      LiveCall call = node.call("strain");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 2).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitSeen("main", people);
      call.awaitMediaTime("main", 6);
      int before = level(call);

      try (Throttle held = new Throttle(call.workerPid())) {
        LiveCall.await(Duration.ofSeconds(25), "half the frame rate", () -> level(call) >= 3);
      }
      int lowest = level(call);
      JsonNode stats = call.compositionStats("main");
      LiveCall.await(
          Duration.ofSeconds(25), "the first step back", () -> level(call) == lowest - 1);
      double end = call.mediaTime("main");
      Path file = call.stop("main");

      List<JsonNode> steps = steps(call);
      log.info("{}", steps);
      List<String> all = List.of("scaling", "graphics", "frameRate", "bitrate");
      int level = 0;
      for (JsonNode step : steps) {
        int next = step.get("level").asInt();
        assertThat(Math.abs(next - level)).as("one step at a time").isOne();
        assertThat(step.get("reason").asString()).isNotEmpty();
        List<String> given = new ArrayList<>();
        step.get("steps").forEach(name -> given.add(name.asString()));
        assertThat(given).isEqualTo(all.subList(0, next));
        level = next;
      }
      assertThat(before).as("before anything happened").isZero();
      assertThat(steps.getLast().get("reason").asString()).contains("room");
      assertThat(stats.get("degraded")).hasSizeGreaterThanOrEqualTo(3);
      assertThat(stats.get("skippedTicks").asLong()).isPositive();

      ContentReport report =
          ContentCheck.run(file, Tiles.of("grid", Map.of(), 1280, 720, people, 3, end - 1));
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(report.silent()).isEmpty();
      report.tiles().forEach(tile -> assertThat(tile.unheard()).as(tile.toString()).isEmpty());
    }
  }
}
