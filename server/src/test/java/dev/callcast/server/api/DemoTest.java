package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who the made-up participants are, and where they send to; DashboardTest has real ones. */
class DemoTest {
  private static final String DEMO = "/v1/calls/c/demo";

  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void participantsComeAndGo() {
    int port = node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").is(201).at("/port").asInt();
    node.get(DEMO).problem(404, null);
    TestNode.Answered made = node.post(DEMO, "{\"endpoint\":\"e1\",\"participants\":3}").is(201);
    assertThat(made.text("/state")).isEqualTo("running");
    assertThat(node.get(DEMO).is(200).at("/participants").asInt()).isEqualTo(3);
    DemoSource.Target target = Objects.requireNonNull(node.demos.targets.get("c"));
    assertThat(target).isEqualTo(new DemoSource.Target("e1", "127.0.0.1", port, 0));
    node.post(DEMO, "{\"endpoint\":\"e1\"}").problem(409, null);
    node.put("/v1/calls/c/participants/real", "{}").is(201);
    assertThat(node.get("/v1/calls/c").at("/participants").size()).isEqualTo(4);

    node.delete(DEMO).is(204);
    TestNode.Answered call = node.get("/v1/calls/c");
    assertThat(call.at("/participants").size()).isEqualTo(1);
    assertThat(call.text("/participants/0/id")).isEqualTo("real");
    node.delete(DEMO).problem(404, null);
  }

  @Test
  void theyEndWithTheCall() {
    node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").is(201);
    node.post(DEMO, "{\"endpoint\":\"e1\"}").is(201);
    node.delete("/v1/calls/c").is(204);
    assertThat(node.demos.all).isEmpty();
    node.get(DEMO).problem(409, null);
  }

  @Test
  void whatTheyCannotSendToIsRefused() {
    node.post(DEMO, "{\"endpoint\":\"none\"}").problem(400, "/endpoint");
    node.post(
            "/v1/calls/c/endpoints",
            "{\"id\":\"s\",\"srtp\":{\"remoteKey\":\"" + "A".repeat(40) + "\"}}")
        .is(201);
    node.post(DEMO, "{\"endpoint\":\"s\"}").problem(400, "/endpoint");
    node.post(DEMO, "{\"endpoint\":\"s\",\"participants\":17}").problem(400, "/participants");
    node.post(DEMO, "{}").problem(400, "/endpoint");
  }
}
