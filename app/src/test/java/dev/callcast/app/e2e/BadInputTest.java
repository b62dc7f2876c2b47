package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.app.ApiClient;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SenderCommand.Garbage.Kind;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What should not come but does, each in one call that is recorded: the API names it, an event or a
 * counter tells of it, and those who do nothing wrong are not disturbed.
 */
@Tag("media")
class BadInputTest {
  private static final Logger log = LoggerFactory.getLogger(BadInputTest.class);

  /**
   * From poisoned packets until a new key frame is there, in seconds: they are held, then decoded,
   * the failure is seen, and key frames are asked for once a second at most.
   */
  private static final double RECOVERED = 2.6;

  private static SyntheticParticipant twoCodecs(boolean second) {
    SyntheticTrack.Layer vp8 =
        new SyntheticTrack.Layer(
            SyntheticTrack.payloadType(Codec.VP8),
            VideoClipSpec.standard(4, "P4", Codec.VP8),
            null);
    SyntheticTrack.Layer h264 =
        new SyntheticTrack.Layer(
            SyntheticTrack.payloadType(Codec.H264),
            VideoClipSpec.standard(4, "P4", Codec.H264),
            null);
    SyntheticTrack camera =
        SyntheticTrack.camera("e1", second ? h264.video() : vp8.video())
            .withoutRtx()
            .withLayer(second ? vp8 : h264);
    return SyntheticParticipant.bare(4, "P4")
        .withTrack(camera)
        .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(4, Codec.OPUS)));
  }

  @Test
  void badSendersHarmNobodyElse() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("bad");
      call.endpoint("e1");
      Senders senders = node.senders();
      TransportSpec wrong = endpointWithAnotherKey(call);
      senders.open(wrong);
      List<SyntheticParticipant> people =
          List.of(
              SyntheticParticipant.of(0, "P0", "e1"),
              SyntheticParticipant.of(1, "P1", "e1"),
              SyntheticParticipant.of(2, "P2", "wrong"),
              SyntheticParticipant.of(3, "P3", "e1"), // declared, but never sends
              twoCodecs(false));
      senders.prepare(people);
      senders.prepare(List.of(twoCodecs(true)));
      for (SyntheticParticipant person : people) {
        if (person.index() == 3) {
          call.declare(person);
        } else {
          call.join(person);
        }
      }
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 1.5);

      // Garbage beside one participant's own packets.
      JsonNode before = call.endpointStats("e1");
      senders.garbage("p1", "cam", Kind.NOISE, 200);
      senders.garbage("p1", "mic", Kind.TRUNCATED, 200);
      senders.garbage("p1", "cam", Kind.UNKNOWN_SSRC, 123);
      senders.garbage("p1", "cam", Kind.WRONG_PAYLOAD_TYPE, 50);
      senders.garbage("p1", "cam", Kind.RTCP_NOISE, 200);
      double changed = call.mediaTime("main");
      senders.switchLayer("p4", "cam", 1, false);
      LiveCall.await(
          Duration.ofSeconds(5),
          "the bad packets are counted",
          () -> call.track("p1", "cam").get("wrongPayloadType").asInt() == 50);
      JsonNode after = call.endpointStats("e1");
      assertThat(after.get("malformed").asLong() - before.get("malformed").asLong())
          .isGreaterThan(300);
      assertThat(after.get("unknownSsrc").asLong() - before.get("unknownSsrc").asLong())
          .as("noise may look like RTP of somebody")
          .isBetween(123L, 123L + 200);
      assertThat(failure(call, "p1")).contains("119", "SSRC 2000010", "101 (VP8)");

      // Another codec than the declared one is named, and taken once it is declared.
      assertThat(failure(call, "p4")).contains("103", "SSRC 5000010", "101 (VP8)");
      call.declare(twoCodecs(true));
      double redeclared = call.mediaTime("main");

      // Nothing that could be decrypted ever comes, or nothing at all.
      assertThat(failure(call, "p2")).contains("SRTP", "SSRC 3000010", "endpoint wrong");
      assertThat(call.endpointStats("wrong").get("authFailed").asLong()).isGreaterThan(50);
      for (String silent : List.of("p2", "p3")) {
        call.awaitTrackEvent("track.stalled", silent, "cam");
        call.awaitTrackEvent("track.stalled", silent, "mic");
        assertThat(call.track(silent, "cam").get("stalled").asBoolean()).isTrue();
        assertThat(call.track(silent, "cam").get("packets").asLong()).isZero();
      }

      // A track whose own packets are garbage.
      call.awaitMediaTime("main", redeclared + RECOVERED + 1);
      double poisoned = call.mediaTime("main");
      senders.garbage("p1", "cam", Kind.POISON, 5);
      call.awaitMediaTime("main", poisoned + RECOVERED + 1.5);
      double end = call.mediaTime("main");
      JsonNode stats = call.compositionStats("main");
      assertThat(stats.get("skippedTicks").asLong()).isZero();
      Path file = call.stop("main");
      assertThat(call.events("worker.died")).isEmpty();

      List<Tile> grid = Tiles.of("grid", Map.of(), 1280, 720, people, 0.8, end);
      Tile p1 = grid.get(1);
      Tile p4 = grid.get(4);
      ContentReport report =
          ContentCheck.run(
              file,
              List.of(
                  grid.get(0),
                  p1.between(0.8, poisoned),
                  p1.between(poisoned + RECOVERED, end),
                  grid.get(2),
                  grid.get(3),
                  p4.between(0.8, changed),
                  p4.between(redeclared + RECOVERED, end)));
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      assertThat(report.black()).isEmpty();
      assertThat(report.longestPictureGap()).isLessThan(0.05);
      List<TileReport> seen = report.tiles();
      for (int i : List.of(0, 1, 2, 5, 6)) {
        assertThat(seen.get(i).right()).as("tile %d", i).isEqualTo(seen.get(i).pictures());
        assertThat(seen.get(i).frozen()).as("tile %d", i).isEmpty();
        assertThat(seen.get(i).unheard()).as("tile %d", i).isEmpty();
      }
      assertThat(seen.get(0).steps().backwards()).isZero();
      for (int i : List.of(3, 4)) {
        assertThat(seen.get(i).right()).as("tile %d", i).isZero();
        assertThat(seen.get(i).toneDb()).as("tile %d", i).isLessThan(-55);
      }
    }
  }

  private static TransportSpec endpointWithAnotherKey(LiveCall call) throws Exception {
    byte[] key = new byte[30];
    String told = Base64.getEncoder().encodeToString(key);
    key[0] = 1;
    String used = Base64.getEncoder().encodeToString(key);
    return call.declareEndpoint(
        Map.of(
            "id",
            "wrong",
            "rtcpMux",
            true,
            "srtp",
            Map.of("suite", "AES_CM_128_HMAC_SHA1_80", "remoteKey", told)),
        used);
  }

  private static String failure(LiveCall call, String participant) throws Exception {
    return call.awaitTrackEvent("track.failed", participant, "cam")
        .get("data")
        .get("reason")
        .asString();
  }

  /** Over HTTP, against the node as it runs; the places of all fields are tested beside the API. */
  @Test
  void badRequestsAreRefusedByNameAndChangeNothing() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("requests");
      call.declareEndpoint(Map.of("id", "e1"), null);
      SyntheticParticipant ada = SyntheticParticipant.of(0, "Ada", "e1");
      call.declare(ada);
      // The same SSRC on the same endpoint belongs to somebody; on another one it may come again.
      SyntheticParticipant bob = ada.withId("bob");
      assertThatThrownBy(() -> call.declare(bob))
          .isInstanceOf(ApiClient.Refused.class)
          .hasMessageContaining("409")
          .hasMessageContaining("1000010")
          .hasMessageContaining("p0/cam")
          .hasMessageContaining("/tracks/0/ssrc");
      call.declareEndpoint(Map.of("id", "e2"), null);
      SyntheticParticipant elsewhere = SyntheticParticipant.of(0, "Bob", "e2").withId("bob");
      call.declare(elsewhere);

      assertProblem(node, "POST", "/v1/calls", "{\"id\": ", 400, "");
      assertProblem(node, "POST", "/v1/calls", "{\"id\": \"x\", \"colour\": 1}", 400, "/colour");
      String compositions = call.path() + "/compositions";
      assertProblem(
          node,
          "POST",
          compositions,
          "{\"layout\":{\"preset\":\"spiral\"}}",
          400,
          "/layout/preset");
      assertProblem(
          node,
          "POST",
          compositions,
          "{\"layout\":{\"params\":{\"videoSettings.nonsense\":1}}}",
          400,
          "/layout/params/videoSettings.nonsense");
      assertProblem(
          node,
          "POST",
          compositions,
          "{\"outputs\":[{\"type\":\"rtmp\",\"url\":\"http://host/app/secret-key\"}]}",
          400,
          "/outputs/0/url");
      assertThat(call.state().get("compositions")).isEmpty();
      assertThat(call.state().get("participants")).hasSize(2);
    }
  }

  private static void assertProblem(
      LiveNode node, String method, String path, String body, int status, String field)
      throws Exception {
    HttpResponse<byte[]> answer = node.send(method, path, body);
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    assertThat(answer.statusCode()).as(text).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
    JsonNode problem = ProtocolJson.MAPPER.readTree(text);
    assertThat(problem.path("field").asString("")).as(text).isEqualTo(field);
    assertThat(problem.get("detail").asString()).isNotEmpty();
    assertThat(text).doesNotContain("secret-key");
  }
}
