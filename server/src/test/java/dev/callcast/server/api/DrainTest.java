package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrainTest {
  @TempDir Path data;

  @Test
  void aDrainingNodeRefusesNewCallsAndServesTheOthers() {
    try (TestNode node = TestNode.open(data)) {
      node.post("/v1/calls", "{\"id\":\"old\"}").is(201);
      node.get("/readyz").is(200);
      node.post("/v1/nodes/n1/drain", "{}").is(204);

      assertRefused(node.get("/readyz"));
      assertRefused(node.post("/v1/calls", "{\"id\":\"new\"}"));
      node.get("/healthz").is(200);
      assertThat(node.get("/v1/nodes").text("/items/0/state")).isEqualTo("draining");
      node.post("/v1/calls/old/compositions", "{\"id\":\"main\"}").is(201);
      node.get("/v1/calls/new").problem(404, null);

      node.delete("/v1/nodes/n1/drain").is(204);
      node.get("/readyz").is(200);
      node.post("/v1/calls", "{\"id\":\"new\"}").is(201);
      assertThat(node.get("/v1/nodes").text("/items/0/state")).isEqualTo("ready");
      node.post("/v1/nodes/other/drain", "{}").problem(404, null);
    }
  }

  @Test
  void itIsIdleWhenItsCallsAreClosed() {
    try (TestNode node = TestNode.open(data)) {
      assertThat(node.server.isIdle()).isTrue();
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
      assertThat(node.server.isIdle()).isFalse();
      node.server.closeCalls();
      assertThat(node.server.isIdle()).isTrue();
      assertThat(node.gateway.asked).contains("close a", "close b");
    }
  }

  private static void assertRefused(TestNode.Answered answer) {
    answer.problem(503, null);
    assertThat(answer.text("/detail")).contains("n1 is draining");
    assertThat(answer.response().headers().firstValue("Retry-After")).hasValue("10");
  }
}
