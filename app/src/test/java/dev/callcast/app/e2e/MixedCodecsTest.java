package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Every codec, on endpoints of every kind, in one call with two compositions at once: one upright
 * at 25 frames a second, one lying at 30.
 */
@Tag("media")
class MixedCodecsTest {
  private static final Logger log = LoggerFactory.getLogger(MixedCodecsTest.class);

  /** What GStreamer calls the thread of each video decoder's source. */
  private static final String DECODER_THREAD = "source:src";

  private static final int BITRATE = 3_000_000;

  /**
   * No larger: two encoders beside a worker that has just started are all that two cores can do.
   */
  private static final int WIDTH = 960;

  private static final int HEIGHT = 540;

  @Test
  void everyCodecInTwoCompositionsAtOnce() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("mixed");
      call.endpoint("mux");
      call.endpointPair("pair");
      call.endpointSrtp("secret");
      List<SyntheticParticipant> people =
          List.of(
              SyntheticParticipant.of(0, "P0", "mux", Codec.VP8, Codec.OPUS),
              SyntheticParticipant.of(1, "P1", "pair", Codec.VP9, Codec.PCMU),
              SyntheticParticipant.of(2, "P2", "mux", Codec.H264, Codec.PCMA),
              // Picture and sound come by different ways.
              SyntheticParticipant.bare(3, "P3")
                  .withTrack(
                      SyntheticTrack.camera("pair", VideoClipSpec.standard(3, "P3", Codec.VP8)))
                  .withTrack(SyntheticTrack.mic("mux", AudioClipSpec.standard(3, Codec.OPUS))),
              SyntheticParticipant.of(4, "P4", "secret", Codec.VP9, Codec.OPUS),
              SyntheticParticipant.of(5, "P5", "secret", Codec.H264, Codec.PCMU));
      call.joinAll(people);

      Map<String, Object> lying =
          new HashMap<>(LiveCall.composition("main", WIDTH, HEIGHT, 30, "grid"));
      lying.put("video", Map.of("bitrate", BITRATE));
      call.compose(lying);
      call.awaitMediaTime("main", 1);
      // A decoder begins with its track's first key frame, which is asked for; where RTCP has a
      // port of its own not before a report has come from there.
      LiveCall.await(
          Duration.ofSeconds(5),
          "a decoder for every picture",
          () -> call.workerThreads(DECODER_THREAD) >= people.size());
      int decoders = call.workerThreads(DECODER_THREAD);
      double settled = call.mediaTime("main") + 1;
      Map<String, Object> upright =
          new HashMap<>(LiveCall.composition("tall", HEIGHT, WIDTH, 25, "portrait"));
      upright.put("video", Map.of("bitrate", BITRATE));
      upright.put(
          "participants",
          Map.of("video", List.of("p1", "p5"), "audio", List.of("*"), "sort", "joined"));
      call.compose(upright);
      call.awaitMediaTime("tall", 8.2);
      assertThat(decoders).as("video decoders with one composition").isEqualTo(people.size());
      assertThat(call.workerThreads(DECODER_THREAD))
          .as("each video is decoded once for both")
          .isEqualTo(decoders);
      JsonNode state = call.state();
      for (SyntheticParticipant person : people) {
        for (String track : List.of("cam", "mic")) {
          JsonNode stats = LiveCall.track(state, person.id(), track);
          assertThat(stats.get("lost").asLong()).as("%s/%s", person.id(), track).isZero();
          assertThat(stats.get("live").asBoolean()).isTrue();
          assertThat(stats.get("decoded").asBoolean()).isTrue();
        }
      }
      for (JsonNode endpoint : state.get("endpoints")) {
        assertThat(endpoint.get("stats").get("malformed").asLong()).isZero();
        assertThat(endpoint.get("stats").get("authFailed").asLong()).isZero();
      }
      Path lyingFile = call.stop("main");
      Path uprightFile = call.stop("tall");

      check(
          lyingFile,
          Tiles.of("grid", Map.of(), WIDTH, HEIGHT, people, settled, Double.POSITIVE_INFINITY),
          30,
          ContentReport.Limits.STANDARD);
      List<SyntheticParticipant> shown = List.of(people.get(1), people.get(5));
      List<Tile> tall =
          Tiles.of("portrait", Map.of(), HEIGHT, WIDTH, shown, 0.5, Double.POSITIVE_INFINITY);
      // At 25 pictures a second a flash of a source of 30 is seen up to 20 ms late on average.
      check(uprightFile, tall, 25, new ContentReport.Limits(0, 0.5, 0.99, 27, 45, 0.1));
    }
  }

  private static void check(Path file, List<Tile> tiles, int fps, ContentReport.Limits limits)
      throws Exception {
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}", report.summary());
    assertThat(report.problems(limits)).isEmpty();
    for (TileReport tile : report.tiles()) {
      assertThat(tile.steps().framesPerSecond()).isCloseTo(fps, within(0.5));
      assertThat(tile.steps().backwards()).isZero();
      assertThat(tile.foreign()).isZero();
      assertThat(tile.sync().pairs()).isGreaterThanOrEqualTo(5);
    }
    MediaProbe.Track video = report.probe().video();
    List<Double> keys = new ArrayList<>(video.keyFrameTimes());
    assertThat(keys).hasSizeGreaterThanOrEqualTo(4);
    for (int i = 1; i + 1 < keys.size(); i++) {
      assertThat(keys.get(i + 1) - keys.get(i)).isCloseTo(2, within(0.001));
    }
    assertThat(video.longestGap()).isCloseTo(1.0 / fps, within(0.001));
    assertThat(video.backwardDts()).isZero();
    assertThat(video.peakBitrate()).isLessThan(1.15 * BITRATE);
    assertThat(video.bitrate()).isBetween(0.85 * BITRATE, 1.05 * BITRATE);
  }
}
