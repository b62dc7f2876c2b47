package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.CallStats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapacityTest {
  private static final long SECOND = 1_000_000_000;

  @TempDir Path data;

  private TestNode open(double cores) {
    return new TestNode(TestNode.config(data, true).withCapacity(new CapacityConfig(cores, true)));
  }

  /** The workers have used so many cores for ten looks of five seconds, from a time on. */
  private static long measure(TestNode node, long from, double cores, String... calls) {
    long now = from;
    for (int look = 0; look < 10; look++) {
      now += 5 * SECOND;
      for (String call : calls) {
        double before =
            node.gateway.stats.containsKey(call) ? node.gateway.stats.get(call).cpuSeconds() : 0;
        node.gateway.stats.put(
            call, new CallStats(before + 5 * cores, 1, null, List.of(), List.of(), List.of()));
      }
      node.server.capacity().look(now);
    }
    return now;
  }

  private static TestNode.Answered compose(TestNode node, String call, String id, int height) {
    return node.post(
        "/v1/calls/" + call + "/compositions",
        """
        {"id":"%s","canvas":{"width":%d,"height":%d,"fps":30}}\
        """
            .formatted(id, height * 16 / 9, height));
  }

  @Test
  void theFirstIsAlwaysTakenAndTheNextOnlyWhereThereIsRoom() {
    try (TestNode node = open(0.4)) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      compose(node, "a", "main", 1080).is(201); // dearer than all there is
      TestNode.Answered refused = compose(node, "a", "second", 360);
      refused.problem(503, null);
      assertThat(refused.text("/type")).endsWith("no-room");
      assertThat(refused.text("/detail")).contains("640x360", "of 0.40 are in use");
      assertThat(refused.response().headers().firstValue("Retry-After")).hasValue("15");
      node.post("/v1/calls", "{\"id\":\"b\"}").problem(503, null);
      assertThat(node.get("/v1/nodes").at("/items/0/capacity/room/0/calls").asInt()).isZero();

      // It turns out to cost little: nobody speaks, nothing moves.
      measure(node, System.nanoTime(), 0.05, "a");
      assertThat(node.server.capacity().used()).isCloseTo(0.05, within(0.01));
      compose(node, "a", "second", 360).is(201);
      node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
      node.delete("/v1/calls/a").is(204);
      assertThat(node.get("/v1/nodes").at("/items/0/capacity/room/0/calls").asInt()).isPositive();
    }
  }

  @Test
  void theModelLearnsHowFastTheMachineIs() {
    try (TestNode node = open(4)) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      compose(node, "a", "main", 720).is(201);
      double modelled = Capacity.model(node.store().calls().newest("a").orElseThrow().document());
      Capacity.Shape shape = Capacity.SHAPES.get(1);
      double before = node.server.capacity().cost(shape);
      int roomBefore = node.server.capacity().room(shape, 0);
      measure(node, System.nanoTime(), 2 * modelled, "a"); // half as fast
      assertThat(node.server.capacity().scale()).isCloseTo(2, within(0.3));
      assertThat(node.server.capacity().cost(shape)).isCloseTo(2 * before, within(0.3 * before));
      assertThat(node.server.capacity().room(shape, 0)).isLessThan(roomBefore);
      // What is not measured yet is estimated, and comes on top of what is.
      double used = node.server.capacity().used();
      compose(node, "a", "second", 720).is(201);
      assertThat(node.server.capacity().used() - used).isBetween(modelled, 2.5 * modelled);

      String metrics = new String(node.get("/metrics").is(200).body(), StandardCharsets.UTF_8);
      assertThat(metrics)
          .contains("callcast_node_limit_cores{node=\"n1\"} 4.0")
          .contains("callcast_call_cores{call=\"a\"}")
          .containsPattern("callcast_node_room_calls\\{node=\"n1\",shape=\"9x1280x720@30\"} \\d");
    }
  }

  @Test
  void aNewWorkerIsMeasuredAnewAndWithoutALimitNothingIsRefused() {
    try (TestNode node = open(0)) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      for (int i = 0; i < 6; i++) {
        compose(node, "a", "m" + i, 1080).is(201);
      }
      long now = measure(node, System.nanoTime(), 3, "a");
      assertThat(node.server.capacity().used()).isCloseTo(3, within(0.1));
      node.gateway.stats.put("a", new CallStats(0.1, 1, null, List.of(), List.of(), List.of()));
      node.server.capacity().look(now + 5 * SECOND);
      assertThat(node.server.capacity().used()).as("estimated again").isGreaterThan(1);
      assertThat(node.get("/v1/nodes").at("/items/0/capacity").has("limit")).isFalse();
    }
  }
}
