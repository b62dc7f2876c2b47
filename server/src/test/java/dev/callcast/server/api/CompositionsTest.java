package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionStatus;
import dev.callcast.protocol.Latency;
import dev.callcast.protocol.OutputSpec;
import dev.callcast.protocol.OutputStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompositionsTest {
  private static final String MAIN = "/v1/calls/c/compositions/main";
  private static final String SECRET = "rtmps://live.example:443/app2/S3CRET-stream-key?x=S3CRET";

  @TempDir Path data;
  TestNode node;
  long epoch;
  long sequence;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    epoch = node.store().calls().nextEpoch("c");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void happened(String type, Map<String, Object> eventData) {
    node.store()
        .calls()
        .appendWorkerEvent(
            "c", epoch, ++sequence, type, "2026-11-22T12:00:00.000Z", 1.5, eventData);
  }

  @Test
  void whatIsOmittedHasItsDefault() {
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    CompositionSpec spec = node.store().calls().loadState("c").compositions().getFirst();
    assertThat(spec)
        .isEqualTo(
            new CompositionSpec(
                "main",
                new CompositionSpec.Canvas(1280, 720, 30, "#000000"),
                new CompositionSpec.Layout("grid", Map.of()),
                new CompositionSpec.Selection(List.of("*"), List.of("*"), "active"),
                new CompositionSpec.Video(3_000_000, 2, Latency.NORMAL, "superfast"),
                new CompositionSpec.Audio(128_000, 2),
                new CompositionSpec.Limits(0, 0),
                List.of(),
                1,
                false));
  }

  @Test
  void aPatchMergesAndCountsRevisions() {
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"layout\":{\"params\":"
                + "{\"videoSettings.showParticipantLabels\":true}}}")
        .is(201);
    TestNode.Answered patched =
        node.patch(
                MAIN,
                "{\"layout\":{\"params\":{\"text.content\":\"Hello\",\"showTextOverlay\":true}},"
                    + "\"ifRevision\":1}")
            .is(200);
    assertThat(patched.at("/revision").asInt()).isEqualTo(2);
    node.patch(MAIN, "{\"layout\":{\"preset\":\"pip\"},\"ifRevision\":1}")
        .problem(409, "/ifRevision");
    node.patch(MAIN, "{\"layout\":{\"params\":{\"text.content\":null}}}").is(200);
    CompositionSpec spec = node.store().calls().loadState("c").compositions().getFirst();
    assertThat(spec.revision()).isEqualTo(3);
    assertThat(spec.layout().params())
        .isEqualTo(Map.of("videoSettings.showParticipantLabels", true, "showTextOverlay", true));

    node.patch(MAIN, "{\"layout\":{\"preset\":\"spiral\"}}").problem(400, "/layout/preset");
    node.patch(MAIN, "{\"layout\":{\"params\":{\"text.colour\":\"red\"}}}")
        .problem(400, "/layout/params/text.colour");
    node.patch(MAIN, "{\"layout\":{\"params\":{\"x\":[1]}}}").problem(400, "/layout/params/x");
    node.patch(MAIN, "{\"canvas\":{\"width\":640}}").problem(400, "/canvas/width");
    node.patch(MAIN, "{\"canvas\":{\"background\":\"no colour\"}}")
        .problem(400, "/canvas/background");
    node.patch(MAIN, "{\"outputs\":[]}").problem(400, "/outputs");
    node.patch(MAIN, "{\"nope\":null}").problem(400, "/nope");
    assertThat(node.store().calls().loadState("c").compositions().getFirst()).isEqualTo(spec);
    TestNode.Answered warned = node.patch(MAIN, "{\"participants\":{\"video\":[\"zoe\"]}}").is(200);
    assertThat(warned.at("/warnings").toString()).contains("zoe");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    String path = "/v1/calls/c/compositions";
    node.post(path, "{\"canvas\":{\"width\":1281}}").problem(400, "/canvas/width");
    node.post(path, "{\"canvas\":{\"fps\":0}}").problem(400, "/canvas/fps");
    node.post(path, "{\"video\":{\"bitrate\":1}}").problem(400, "/video/bitrate");
    node.post(path, "{\"video\":{\"latency\":\"lowest\"}}").problem(400, "/video/latency");
    node.post(path, "{\"audio\":{\"channels\":6}}").problem(400, "/audio/channels");
    node.post(path, "{\"limits\":{\"maxDuration\":-1}}").problem(400, "/limits/maxDuration");
    node.post(path, "{\"participants\":{\"sort\":\"size\"}}").problem(400, "/participants/sort");
    node.post(path, "{\"outputs\":[{\"type\":\"recording\"},{\"type\":\"ndi\"}]}")
        .problem(400, "/outputs/1/type");
    assertThat(node.post(path, "{\"outputs\":[{\"type\":\"ndi\"}]}").text("/fix"))
        .contains("recording, rtmp, srt");
    node.post(
            path,
            "{\"outputs\":[{\"id\":\"a\",\"type\":\"recording\"},"
                + "{\"id\":\"a\",\"type\":\"recording\"}]}")
        .problem(409, "/outputs/1/id");
    node.post(path, "{\"outputs\":[{\"type\":\"rtmp\",\"url\":\"http://x/S3CRET\"}]}")
        .problem(400, "/outputs/0/url");
    assertThat(node.get("/v1/recordings").at("/items").size()).isZero();
  }

  @Test
  void outputsComeAndGoAndHideTheirKeys() {
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"},"
                + "{\"id\":\"yt\",\"type\":\"rtmp\",\"url\":\""
                + SECRET
                + "\",\"backupUrl\":\"rtmp://b.example/S3CRET\"}]}")
        .is(201);
    CallState state = node.store().calls().loadState("c");
    OutputSpec.Rtmp rtmp = (OutputSpec.Rtmp) state.compositions().getFirst().outputs().get(1);
    assertThat(rtmp.url()).isEqualTo(SECRET);
    assertThat(rtmp.backupUrl()).isEqualTo("rtmp://b.example/S3CRET");
    OutputSpec.Recording file =
        (OutputSpec.Recording) state.compositions().getFirst().outputs().get(0);
    assertThat(Path.of(file.file()).getParent()).isDirectory();
    assertThat(file.file()).contains(file.recording()).endsWith(".mp4");

    TestNode.Answered shown = node.get(MAIN + "/outputs/yt").is(200);
    assertThat(shown.text("/url")).isEqualTo("rtmps://live.example:443/app2/****");
    assertThat(shown.text("/backupUrl")).isEqualTo("rtmp://b.example/****");
    assertThat(node.get("/v1/calls/c").json().toString()).doesNotContain("S3CRET");
    assertThat(node.get("/v1/recordings?call=c").text("/items/0/id")).isEqualTo(file.recording());

    node.post(MAIN + "/outputs", "{\"id\":\"yt\",\"type\":\"recording\"}").problem(409, "/id");
    node.post(MAIN + "/outputs", "{\"type\":\"recording\",\"quota\":1000000}").is(201);
    node.delete(MAIN + "/outputs/yt").is(204);
    node.get(MAIN + "/outputs/yt").problem(404, null);
    assertThat(node.store().calls().loadState("c").compositions().getFirst().outputs()).hasSize(2);

    // Its id is free when the worker has told that the old one is over.
    String again = "{\"id\":\"yt\",\"type\":\"rtmp\",\"url\":\"rtmp://h/a/k\"}";
    node.post(MAIN + "/outputs", again).problem(409, "/id");
    happened("output.state", Map.of("composition", "main", "output", "yt", "state", "stopped"));
    assertThat(node.post(MAIN + "/outputs", again).is(201).text("/state")).isEqualTo("connecting");
  }

  @Test
  void statesComeFromTheWorker() {
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"id\":\"yt\",\"type\":\"rtmp\","
                + "\"url\":\"rtmp://h/a/k\"}]}")
        .is(201);
    assertThat(node.get(MAIN).text("/state")).isEqualTo("starting");
    happened("composition.live", Map.of("composition", "main", "revision", 1));
    happened(
        "output.state",
        Map.of("composition", "main", "output", "yt", "state", "retrying", "reason", "refused"));
    TestNode.Answered live = node.get(MAIN).is(200);
    assertThat(live.text("/state")).isEqualTo("live");
    assertThat(live.text("/outputs/0/state")).isEqualTo("retrying");
    assertThat(live.text("/outputs/0/reason")).isEqualTo("refused");

    node.post(MAIN + "/pause", "").is(200);
    assertThat(node.store().calls().loadState("c").compositions().getFirst().paused()).isTrue();
    happened("composition.paused", Map.of("composition", "main"));
    assertThat(node.get(MAIN).text("/state")).isEqualTo("paused");
    node.post(MAIN + "/resume", "{}").is(200);
    node.post(MAIN + "/resume", "{\"x\":1}").problem(400, "/x");

    assertThat(node.post(MAIN + "/stop", "").is(200).text("/state")).isEqualTo("stopping");
    assertThat(node.store().calls().loadState("c").compositions()).isEmpty();
    node.patch(MAIN, "{}").problem(409, null);
    happened("composition.stopped", Map.of("composition", "main"));
    assertThat(node.get(MAIN).text("/state")).isEqualTo("stopped");
    node.delete(MAIN).is(204);
    node.get(MAIN).problem(404, null);
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
  }

  @Test
  void whatEndedByItselfIsNotStartedAgain() {
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    node.gateway.asked.clear();
    happened("composition.stopped", Map.of("composition", "main", "reason", "maxDuration"));
    assertThat(node.store().calls().loadState("c").compositions()).isEmpty();
    assertThat(node.get(MAIN).text("/reason")).isEqualTo("maxDuration");
    assertThat(node.gateway.asked).contains("changed c");
  }

  @Test
  void countersComeFromTheWorkerWhereItCanBeAsked() {
    node.post("/v1/calls/c/endpoints", "{\"id\":\"e1\"}").is(201);
    node.put("/v1/calls/c/participants/ada", CallsTest.ADA).is(201);
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"id\":\"rec\",\"type\":\"recording\"}]}")
        .is(201);
    assertThat(node.get("/v1/calls/c").at("/worker/reachable").asBoolean()).isFalse();
    node.gateway.stats.put(
        "c",
        new CallStats(
            1.5,
            1000,
            "ada",
            List.of(new CallStats.EndpointStats("e1", 10, 1, 0, 0, 0, "192.0.2.1:5000")),
            List.of(
                new CallStats.TrackStats(
                    "ada", "cam", 10, 1000, 1, 1, 2.5, 0, 1, 640, 360, 29.9, 0, true, false, true,
                    "640x360")),
            List.of(
                new CallStats.CompositionStats(
                    "main",
                    CompositionStatus.LIVE,
                    1,
                    30,
                    0,
                    4.5,
                    1.0,
                    3_000_000,
                    List.of("scaling"),
                    List.of(
                        new CallStats.OutputStats(
                            "rec",
                            "recording",
                            OutputStatus.LIVE,
                            null,
                            "2026-11-22T12:00:00.000Z",
                            5000,
                            30,
                            0,
                            0))))));
    TestNode.Answered call = node.get("/v1/calls/c").is(200);
    assertThat(call.text("/speaker")).isEqualTo("ada");
    assertThat(call.at("/endpoints/0/stats/unknownSsrc").asInt()).isEqualTo(1);
    assertThat(call.text("/participants/0/tracks/0/stats/layerHint")).isEqualTo("640x360");
    assertThat(call.at("/participants/0/tracks/1").has("stats")).isFalse();
    assertThat(call.text("/compositions/0/outputs/0/state")).isEqualTo("live");
    assertThat(call.at("/compositions/0/outputs/0/bytes").asInt()).isEqualTo(5000);
  }

  @Test
  void aSnapshotIsAPictureOrAReason() {
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    TestNode.Answered none = node.get(MAIN + "/snapshot.jpg").problem(503, null);
    assertThat(none.response().headers().firstValue("Retry-After")).hasValue("1");
    node.gateway.snapshots.put("c/main", new byte[] {1, 2, 3});
    assertThat(node.get(MAIN + "/snapshot.jpg?width=640").is(200).body()).containsExactly(1, 2, 3);
    assertThat(node.gateway.asked).endsWith("snapshot c main 640");
    node.get(MAIN + "/snapshot.jpg?width=641").problem(400, null);
    node.get("/v1/calls/c/compositions/other/snapshot.jpg").problem(404, null);
  }

  @Test
  void noSecretIsOnTheDisk() throws Exception {
    node.post(
            "/v1/calls/c/compositions",
            "{\"id\":\"main\",\"outputs\":[{\"type\":\"rtmp\",\"url\":\"" + SECRET + "\"}]}")
        .is(201);
    String srtp = "U1JUUC1TM0NSRVQtU1JUUC1TM0NSRVQtU1JUUC1T";
    TestNode.Answered endpoint =
        node.send(
                "POST",
                "/v1/calls/c/endpoints",
                "{\"srtp\":{\"remoteKey\":\"" + srtp + "\"}}",
                request -> request.header("Idempotency-Key", "k"))
            .is(201);
    TestNode.Answered key = node.post("/v1/keys", "{\"scopes\":[\"read\"]}").is(201);
    node.close();
    int files = 0;
    try (var all = Files.walk(data)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        files++;
        assertThat(
                new String(Files.readAllBytes(path), java.nio.charset.StandardCharsets.ISO_8859_1))
            .as(path.toString())
            .doesNotContain("S3CRET")
            .doesNotContain(srtp)
            .doesNotContain(endpoint.text("/srtp/localKey"))
            .doesNotContain(key.text("/key").substring(key.text("/key").lastIndexOf('_') + 1));
      }
    }
    assertThat(files).isGreaterThan(1);
    assertThat(Files.getPosixFilePermissions(data.resolve("node.key"))).hasSize(2);
    node = TestNode.open(data);
    OutputSpec.Rtmp rtmp =
        (OutputSpec.Rtmp)
            node.store().calls().loadState("c").compositions().getFirst().outputs().getFirst();
    assertThat(rtmp.url()).isEqualTo(SECRET);
    assertThat(node.gateway.asked).containsExactly("start c");
  }
}
