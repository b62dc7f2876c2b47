package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.media.output.mp4.Mp4Inspector;
import dev.callcast.media.output.mp4.Mp4Summary;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The wall's clock of a node and its worker jumps two hours ahead and four back while they record
 * to S3, whose clock is right: it refuses what is signed for another time. Nothing ends, nothing is
 * deleted, and nothing is missing.
 */
@Tag("media")
@Tag("peer")
@Tag("long")
class ClockJumpTest {
  private static final Logger log = LoggerFactory.getLogger(ClockJumpTest.class);
  private static final Duration JUMP = Duration.ofHours(2);

  @TempDir Path directory;
  private LiveS3 s3;
  private LiveNode node;
  private LiveCall call;

  @Test
  void nothingIsLostAndNothingEnds() throws Exception {
    WallClock clock = new WallClock(directory);
    try (LiveS3 server = LiveS3.start(directory)) {
      s3 = server.storage("s3", "partSize: 5242880", "tailInterval: 1", "retention: 1");
      try (LiveNode living = LiveNode.serveWith(clock.environment(), s3.options())) {
        node = living;
        call = node.call("standup");
        call.endpoint("e1");
        SyntheticParticipant ada = SyntheticParticipant.of(0, "P0", "e1");
        call.joinAll(List.of(ada));
        Map<String, Object> early = LiveCall.composition("early", 320, 180, 15, "grid");
        call.compose(early);
        Map<String, Object> body = LiveCall.composition("main", 640, 360, 30, "grid");
        body.put("limits", Map.of("maxDuration", 1800, "idleTimeout", 900));
        call.compose(body);
        call.awaitMediaTime("main", 3);
        node.api().post(call.path() + "/compositions/early/stop", Map.of());
        JsonNode before = call.awaitRecording("early", "ready");
        URI link = link(before);
        assertThat(status(link)).isEqualTo(200);
        awaitTail();

        clock.jump(JUMP);
        Duration off = Duration.between(Instant.now(), eventAfter("ahead"));
        assertThat(off).as("the node's clock has jumped").isGreaterThan(JUMP.minusMinutes(1));
        awaitTail();
        assertThat(status(link)).as("a link of before").isEqualTo(200);

        clock.jump(JUMP.negated());
        assertThat(eventAfter("back")).isBefore(Instant.now().minus(JUMP).plusSeconds(60));
        awaitTail();
        double killed = call.mediaTime("main");
        node.worker("standup").kill();
        LiveCall.await(
            Duration.ofSeconds(20),
            "a second worker that records",
            () -> call.events("recording.started").size() >= 3);
        call.awaitMediaTime("main", call.mediaTime("main") + 2);

        clock.jump(Duration.ZERO);
        double marked = call.mediaTime("main");
        eventAfter("right");
        awaitTail();
        assertThat(status(link(before))).isEqualTo(200);
        check(killed, marked);
      }
    }
  }

  /** Sets a marker; the node's time at that. */
  private Instant eventAfter(String label) throws Exception {
    node.api().post(call.path() + "/compositions/main/markers", Map.of("label", label));
    JsonNode event =
        call.awaitEvent(
            "composition.marker", one -> one.get("data").get("label").asString().equals(label));
    return Instant.parse(event.get("at").asString());
  }

  /** Waits until what is recorded now is with S3. */
  private void awaitTail() throws Exception {
    JsonNode recording = main();
    String path = "/v1/recordings/" + recording.get("id").asString();
    long grown = node.api().get(path).at("/bytes").asLong();
    long since = System.nanoTime();
    LiveCall.await(
        Duration.ofSeconds(15),
        "all up to now in S3",
        () -> node.api().get(path).at("/upload/uploadedBytes").asLong() > Math.max(1, grown));
    log.info("uploaded {} s later", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since) / 1e3);
    assertThat(Files.exists(s3.tail(recording)) || Files.exists(s3.object(recording))).isTrue();
  }

  private JsonNode main() throws Exception {
    for (JsonNode recording : call.recordings()) {
      if (recording.get("composition").asString().equals("main")) {
        return recording;
      }
    }
    throw new AssertionError("no recording of main");
  }

  private URI link(JsonNode recording) throws Exception {
    return URI.create(
        node.api()
            .get("/v1/recordings/" + recording.get("id").asString() + "/access-link")
            .get("url")
            .asString());
  }

  private static int status(URI link) throws Exception {
    // Without the offer of another version, which the proxy would have to take out.
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return http.send(HttpRequest.newBuilder(link).build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  private void check(double killed, double marked) throws Exception {
    assertThat(call.events("composition.stopped"))
        .as("ended by no limit")
        .allMatch(event -> event.get("data").get("composition").asString().equals("early"));
    double end = call.mediaTime("main");
    node.api().post(call.path() + "/compositions/main/stop", Map.of());
    JsonNode ready = call.awaitRecording("main", "ready");
    assertThat(call.recordings().size()).as("none is deleted, none is new").isEqualTo(2);
    Path object = s3.object(ready);
    Mp4Summary summary = Mp4Inspector.inspect(object).orElseThrow();
    log.info("{}", summary);
    assertThat(summary.finished()).isTrue();
    assertThat(summary.duration() / 1e9).isCloseTo(end, within(5.0));
    assertThat(summary.gaps()).hasSize(1);
    double gap = (summary.origin() + summary.gaps().getFirst().from()) / 1e9;
    assertThat(killed - gap).isLessThan(1.5);
    assertThat(summary.gaps().getFirst().length() / 1e9).isLessThan(60);
    ContentReport content = ContentCheck.run(object, List.of());
    assertThat(content.decodeErrors()).isEmpty();
    assertThat(content.pictures()).isEqualTo(summary.pictures());
    JsonNode markers = ready.get("markers");
    assertThat(markers.size()).isEqualTo(3);
    assertThat(markers.at("/2/mediaTime").asDouble()).isCloseTo(marked, within(5.0));
    JsonNode report = node.api().get("/v1/recordings/" + ready.get("id").asString() + "/report");
    log.info("{}", report);
    assertThat(report.get("workers").asInt()).isEqualTo(2);
    assertThat(report.at("/participants/0/present/1/to").asDouble()).isCloseTo(end, within(5.0));
  }
}
