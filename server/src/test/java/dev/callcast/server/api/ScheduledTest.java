package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CompositionSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that wait for their time, as the node keeps them. */
class ScheduledTest {
  private static final String MAIN = "/v1/calls/c/compositions/main";

  @TempDir Path data;
  TestNode node;
  private long sequence;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private CompositionSpec spec() {
    return node.store().calls().loadState("c").compositions().getFirst();
  }

  private static String later(String at, String layout) {
    return "{\"at\":" + at + ",\"layout\":" + layout + "}";
  }

  @Test
  void aChangeWaitsWithARevisionOfItsOwn() {
    assertThat(
            node.patch(MAIN, later("12.5", "{\"params\":{\"mode\":\"pip\",\"text.content\":null}}"))
                .is(200)
                .at("/revision")
                .asInt())
        .isEqualTo(2);
    assertThat(spec().layout().params()).isEmpty();
    assertThat(spec().scheduled())
        .containsExactly(
            new CompositionSpec.Scheduled(
                2,
                12.5,
                null,
                null,
                null,
                Map.of("mode", "pip"),
                java.util.List.of("text.content"),
                null));
    assertThat(node.get(MAIN).is(200).at("/scheduled/0/at").asDouble()).isEqualTo(12.5);
    String soon = Instant.now().plusSeconds(60).toString();
    node.patch(MAIN, later('"' + soon + '"', "{\"preset\":\"single\"}")).is(200);
    assertThat(spec().scheduled().get(1).wallTime()).isEqualTo(Instant.parse(soon).toEpochMilli());
    node.patch(MAIN, "{\"layout\":{\"params\":{\"text.content\":\"x\"}},\"ifRevision\":3}").is(200);
    assertThat(spec().revision()).isEqualTo(4);
    assertThat(spec().scheduled()).hasSize(2);
    node.delete(MAIN + "/scheduled/3").is(204);
    node.delete(MAIN + "/scheduled/3").problem(404, null);
    assertThat(spec().scheduled()).hasSize(1);
  }

  @Test
  void aChangeThatWaitsBringsItsTransition() {
    node.put("/v1/scenes/talk", "{\"transition\":{\"type\":\"wipe-up\",\"duration\":2}}").is(201);
    node.patch(MAIN, "{\"at\":5,\"scene\":\"talk\"}").is(200);
    CompositionSpec.Scheduled waiting = spec().scheduled().getFirst();
    assertThat(spec().layout().transition()).isNull();
    assertThat(waiting.onto(spec().layout()).transition())
        .isEqualTo(new CompositionSpec.Transition("wipe-up", 2, "ease-in-out", 2));
    node.patch(MAIN, "{\"at\":5,\"scene\":\"talk\",\"transition\":{\"type\":\"wind\"}}")
        .problem(400, "/transition/type");
  }

  @Test
  void whatCannotWaitIsRefused() {
    node.patch(MAIN, later("\"soon\"", "{\"preset\":\"single\"}")).problem(400, "/at");
    node.patch(MAIN, later("-1", "{\"preset\":\"single\"}")).problem(400, "/at");
    node.patch(MAIN, later("\"2099-01-01T00:00:00Z\"", "{\"preset\":\"single\"}"))
        .problem(400, "/at");
    node.patch(MAIN, later("1", "{\"preset\":\"none\"}")).problem(400, "/layout/preset");
    node.patch(MAIN, later("1", "{\"params\":{\"mod\":1}}")).problem(400, "/layout/params/mod");
    node.patch(MAIN, "{\"at\":1,\"limits\":{\"maxDuration\":5}}").problem(400, "/limits");
    node.patch(MAIN, "{\"at\":1,\"scene\":\"none\"}").problem(400, "/scene");
    assertThat(spec().revision()).isEqualTo(1);
  }

  @Test
  void whenAWorkerTellsThatItBeganItIsPartOfTheLayoutForGood() {
    node.patch(MAIN, later("12", "{\"params\":{\"mode\":\"pip\"}}")).is(200);
    node.patch(MAIN, "{\"layout\":{\"params\":{\"text.content\":\"x\"}}}").is(200);
    long epoch = node.store().calls().nextEpoch("c");
    for (long revision : new long[] {3, 2, 2}) {
      node.store()
          .calls()
          .appendWorkerEvent(
              "c",
              epoch,
              ++sequence,
              "composition.updated",
              "2026-11-28T12:00:00.000Z",
              12.0,
              Map.of("composition", "main", "revision", revision));
    }
    assertThat(spec().layout().params()).isEqualTo(Map.of("mode", "pip", "text.content", "x"));
    assertThat(spec().scheduled()).isEmpty();
    assertThat(spec().revision()).isEqualTo(3);
  }
}
