package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.callcast.app.ApiClient;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.SceneState;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.FrameTrace;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import dev.callcast.testkit.send.TransportSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Senders that are not as one would have them, and crowds: each peculiarity under one participant,
 * whose tile and sound are looked at apart from the others'.
 */
@Tag("media")
@Tag("long")
class OddSendersTest {
  private static final Logger log = LoggerFactory.getLogger(OddSendersTest.class);

  /** Half a frame more than what a flash in a picture can tell. */
  private static final double MEDIAN = 20;

  /** From a change until it is in the picture for sure, s. */
  private static final double SETTLED = 1.5;

  /** Without reports sound and picture are placed by their arrival. */
  private static final double MEDIAN_BY_ARRIVAL = 45;

  private static VideoClipSpec clip(int index) {
    return VideoClipSpec.standard(index, "P" + index, Codec.VP8);
  }

  /** A quarter of the size and a fifth of the length: there are many of them. */
  private static VideoClipSpec smallClip(int index) {
    return new VideoClipSpec(index, "P" + index, Codec.VP8, 320, 180, 30, 200_000, 2, true);
  }

  private static SyntheticParticipant small(int index) {
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(SyntheticTrack.camera("e1", smallClip(index)))
        .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(index, Codec.OPUS)));
  }

  @Test
  void clocksReportsAndNewBeginnings() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("odd");
      Senders senders = node.senders();
      TransportSpec silent = call.declareEndpoint(Map.of("id", "silent"), null);
      senders.open(silent.withReports(TransportSpec.Reports.NONE));
      TransportSpec uptime = call.declareEndpoint(Map.of("id", "uptime"), null);
      // As mediasoup did until 3.24.2: since the machine's start.
      senders.open(
          uptime.withReports(TransportSpec.Reports.COMPOUND).withNtpOffset(-1_700_000_000.25));
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          List.of(
              SyntheticParticipant.of(0, "P0", "silent"),
              SyntheticParticipant.of(1, "P1", "uptime"),
              SyntheticParticipant.of(2, "P2", "e1").withSkew(500),
              SyntheticParticipant.of(3, "P3", "e1").withSkew(-500),
              SyntheticParticipant.of(4, "P4", "e1"),
              SyntheticParticipant.bare(5, "P5")
                  .withTrack(
                      SyntheticTrack.camera("e1", clip(5))
                          .withLayer(
                              new SyntheticTrack.Layer(
                                  SyntheticTrack.payloadType(Codec.VP8),
                                  clip(5).withSize(320, 180).withBitrate(200_000),
                                  null)))
                  .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(5, Codec.OPUS))));
      call.joinAll(people);

      // A second one on the SSRC of the first is refused, and changes nothing for him.
      SyntheticParticipant twin = SyntheticParticipant.of(4, "P4", "e1").withId("twin");
      assertThatThrownBy(() -> call.declare(twin))
          .isInstanceOf(ApiClient.Refused.class)
          .hasMessageContaining("409")
          .hasMessageContaining("p4/cam");

      Map<String, Object> composition = LiveCall.standard("grid");
      Map<String, Object> noBorder = Map.of("videoSettings.grid.highlightDominant", false);
      composition.put("layout", Map.of("preset", "grid", "params", noBorder));
      call.compose(composition);
      double seen = call.awaitSeen("main", people) + SETTLED;
      call.awaitMediaTime("main", seen);
      double began = call.mediaTime("main");

      // The sender of p4 restarts: all of its numbers are others.
      SyntheticTrack camera = people.get(4).tracks().getFirst();
      long ssrc = camera.ssrc() + 5000;
      senders.restart("p4", "cam", ssrc);
      call.declare(
          people
              .get(4)
              .withTracks(
                  List.of(
                      camera.withId("cam", TrackSource.CAMERA, ssrc),
                      people.get(4).tracks().get(1))));
      // The bandwidth of p5 goes up and down: a layer a second, with the time of the one before.
      for (int i = 1; i <= 10; i++) {
        senders.switchLayer("p5", "cam", i % 2, true);
        call.awaitMediaTime("main", began + i);
      }
      double end = call.mediaTime("main");
      JsonNode state = call.state();
      Path file = call.stop("main");

      List<Tile> tiles = new ArrayList<>(Tiles.of("grid", Map.of(), 1280, 720, people, seen, end));
      Tile restarted = tiles.get(4);
      tiles.set(4, restarted.between(began + 1, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        int index = tile.tile().participant();
        String who = "p" + index;
        assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
        assertThat(tile.steps().backwards()).as(who).isZero();
        assertThat(tile.unheard()).as(who).isEmpty();
        assertThat(Math.abs(tile.sync().median()))
            .as("sound against picture of " + who)
            .isLessThan(index == 0 ? MEDIAN_BY_ARRIVAL : MEDIAN);
        assertThat(tile.sync().pairs()).as(who).isGreaterThan(3);
        assertThat(tile.frozen()).as(who).isEmpty();
        assertThat(LiveCall.track(state, who, "cam").get("lost").asLong()).as(who).isZero();
      }
      assertThat(call.events("track.failed")).isEmpty();
      // A busy machine leaves out pictures of its output.
      double busy = report.longestPictureGap() - 1.0 / 30;
      assertThat(longestStill(file, tiles.get(5)))
          .as("s from layer to layer")
          .isLessThan(0.15 + busy);
      assertThat(restarts(file, restarted, began)).as("s without p4's next frame").isLessThan(1);
    }
  }

  /** The longest time for which one frame was shown, s. */
  private static double longestStill(Path file, Tile tile) throws Exception {
    double longest = 0;
    double since = -1;
    int frame = -1;
    for (FrameTrace.Shown shown :
        FrameTrace.of(file, List.of(tile.place())).of(tile.participant())) {
      if (shown.seconds() < tile.from() || shown.seconds() > tile.to()) {
        continue;
      }
      if (shown.frame() != frame) {
        longest = since < 0 ? longest : Math.max(longest, shown.seconds() - since);
        frame = shown.frame();
        since = shown.seconds();
      }
    }
    return longest;
  }

  private static double restarts(Path file, Tile tile, double from) throws Exception {
    return longestStill(file, tile.between(from - 0.5, tile.to()));
  }

  @Test
  void twentyFiveJoinAtOnceAndSomeHaveNoCamera() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("storm");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 25).mapToObj(OddSendersTest::small).toList();
      SyntheticParticipant voice =
          SyntheticParticipant.bare(40, "Voice")
              .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(40, Codec.OPUS)));
      node.senders().prepare(people);
      node.senders().prepare(List.of(voice));
      // Tiles of the very size of what is sent.
      Map<String, Object> composition =
          new HashMap<>(LiveCall.composition("main", 1600, 900, 30, "grid"));
      Map<String, Object> params =
          Map.of(
              "videoSettings.maxCamStreams", 25,
              "videoSettings.omitAudioOnly", true,
              "videoSettings.grid.highlightDominant", false);
      composition.put("layout", Map.of("preset", "grid", "params", params));
      call.compose(composition);
      call.awaitMediaTime("main", 1);
      long origin = call.compositionOrigin("main");
      double began = (System.nanoTime() - origin) / 1e9;
      for (SyntheticParticipant person : people) {
        call.join(person);
      }
      call.join(voice);
      double joined = (System.nanoTime() - origin) / 1e9;
      double seen = call.awaitSeen("main", people);
      call.awaitMediaTime("main", seen + SETTLED + 5);
      double end = call.mediaTime("main");
      JsonNode state = call.state();
      Path file = call.stop("main");
      log.info("25 have joined in {} s, and are seen after {} s", joined - began, seen - began);

      List<Tile> tiles = Tiles.of("grid", params, 1600, 900, people, seen + SETTLED, end);
      assertThat(tiles).hasSize(25);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant();
        assertThat(tile.right()).as(who).isGreaterThanOrEqualTo((int) (0.99 * tile.pictures()));
        assertThat(tile.foreign()).as(who).isZero();
        assertThat(LiveCall.track(state, who, "cam").get("lost").asLong()).as(who).isZero();
        assertThat(LiveCall.track(state, who, "mic").get("lost").asLong()).as(who).isZero();
      }
      // Who has no camera has no tile.
      assertThat(LiveCall.track(state, "p40", "mic").get("live").asBoolean()).isTrue();
      assertThat(call.events("track.failed")).isEmpty();
      assertThat(call.events("worker.died")).isEmpty();
    }
  }

  @Test
  void screensComeAndGoAndSoDoMicrophones() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("screens");
      call.endpoint("e1");
      SyntheticParticipant p0 = SyntheticParticipant.of(0, "P0", "e1");
      SyntheticParticipant p1 = SyntheticParticipant.of(1, "P1", "e1");
      SyntheticParticipant voice =
          SyntheticParticipant.bare(2, "P2")
              .withTrack(SyntheticTrack.mic("e1", AudioClipSpec.standard(2, Codec.OPUS)));
      SyntheticTrack screen =
          SyntheticTrack.camera("e1", clip(3)).withId("screen", TrackSource.SCREEN, 77_000);
      SyntheticParticipant shared = SyntheticParticipant.bare(3, "P3").withTrack(screen);
      node.senders().prepare(List.of(p0, p1, voice, shared));
      call.joinAll(List.of(p0, p1, voice));
      call.compose(LiveCall.standard("default"));
      List<SyntheticParticipant> people = List.of(p0, p1, voice);
      double seen = call.awaitSeen("main", people) + SETTLED;
      call.awaitMediaTime("main", seen + 2);
      double started = call.mediaTime("main");
      // A sender of its own, but the track is p0's.
      call.declare(p0.withTrack(screen));
      node.senders().add(shared);
      call.awaitTrackEvent("track.live", "p0", "screen");
      node.senders().setMuted("p1", "mic", true);
      double muted = call.mediaTime("main");
      call.awaitMediaTime("main", started + 4);
      double stopped = call.mediaTime("main");
      node.senders().remove("p3");
      call.declare(p0);
      node.senders().setMuted("p1", "mic", false);
      call.awaitMediaTime("main", stopped + 4);
      double end = call.mediaTime("main");
      Path file = call.stop("main");

      List<Tile> tiles = new ArrayList<>();
      tiles.addAll(Tiles.of("default", Map.of(), 1280, 720, people, seen, started));
      tiles.add(screenTile(people, started + SETTLED, stopped));
      tiles.addAll(Tiles.of("default", Map.of(), 1280, 720, people, stopped + SETTLED, end));
      // Who is only heard, and who is not even that, in a place where neither is to be seen.
      tiles.add(Tile.of(2, tiles.getFirst().place()).between(seen, end));
      tiles.add(Tile.of(1, tiles.getFirst().place()).between(muted + 1, stopped));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}; muted at {}", report.summary(), muted);
      assertThat(report.decodeErrors()).isEmpty();
      int cameras = tiles.size() - 2;
      for (TileReport tile : report.tiles().subList(0, cameras)) {
        String who = "p" + tile.tile().participant() + " from " + tile.tile().from();
        assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
        assertThat(tile.frozen()).as(who).isEmpty();
        assertThat(tile.steps().backwards()).as(who).isZero();
        if (tile.tile().participant() != 3) {
          assertThat(tile.unheard()).as(who).isEmpty();
        }
      }
      TileReport heard = report.tiles().get(cameras);
      assertThat(heard.unheard()).as("a voice without a camera").isEmpty();
      assertThat(heard.toneDb()).as("a voice without a camera").isGreaterThan(-45);
      assertThat(report.tiles().getLast().toneDb()).as("p1 is muted").isLessThan(-55);
      assertThat(call.events("track.failed")).isEmpty();
    }
  }

  /** Where the screen of p0 is, whose clip is that of participant 3. */
  private static Tile screenTile(List<SyntheticParticipant> people, double from, double to) {
    List<SceneState.Participant> shown = new ArrayList<>();
    for (SyntheticParticipant person : people) {
      boolean camera = person.tracks().size() > 1;
      boolean shares = person.id().equals("p0");
      shown.add(
          new SceneState.Participant(
              person.id(),
              person.name(),
              false,
              camera ? new SceneState.Video(person.id() + "/cam", 640, 360, false) : null,
              shares ? new SceneState.Video("p0/screen", 640, 360, false) : null,
              true,
              0));
    }
    return Layouts.scene(
            "default",
            LayoutParams.parse(Map.of()),
            1280,
            720,
            Color.BLACK,
            new SceneState(shown, null, from))
        .layers()
        .stream()
        .filter(layer -> layer instanceof Layer.Tile tile && "p0/screen".equals(tile.track()))
        .map(layer -> {
          Layer.Tile tile = (Layer.Tile) layer;
          return Tile.of(
                  3,
                  tile.scaleMode() == Layer.ScaleMode.FIT
                      ? Placement.fit(tile.rect(), 640, 360)
                      : Placement.fill(tile.rect(), 640, 360))
              .between(from, to);
        })
        .findFirst()
        .orElseThrow();
  }

  @Test
  void ofFiftyNineAreShown() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("fifty");
      call.endpoint("e1");
      List<SyntheticParticipant> shown =
          IntStream.range(0, 9).mapToObj(OddSendersTest::small).toList();
      List<SyntheticParticipant> hidden =
          IntStream.range(9, 50).mapToObj(OddSendersTest::hidden).toList();
      node.senders().prepare(shown);
      node.senders().prepare(hidden.subList(0, 3));
      for (SyntheticParticipant person : shown) {
        call.join(person);
      }
      for (SyntheticParticipant person : hidden) {
        call.join(person);
      }
      Map<String, Object> composition = LiveCall.standard("grid");
      composition.put(
          "participants",
          Map.of(
              "video", shown.stream().map(SyntheticParticipant::id).toList(),
              "audio", List.of("*"),
              "sort", "joined"));
      call.compose(composition);
      double seen = call.awaitSeen("main", shown) + SETTLED;
      call.awaitMediaTime("main", seen + 6);
      double end = call.mediaTime("main");
      JsonNode state = call.state();
      Path file = call.stop("main");

      ContentReport report =
          ContentCheck.run(file, Tiles.of("grid", Map.of(), 1280, 720, shown, seen, end));
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant();
        assertThat(tile.right()).as(who).isGreaterThanOrEqualTo((int) (0.99 * tile.pictures()));
        assertThat(tile.foreign()).as(who).isZero();
        assertThat(tile.steps().backwards()).as(who).isZero();
      }
      for (SyntheticParticipant person : hidden) {
        JsonNode camera = LiveCall.track(state, person.id(), "cam");
        assertThat(camera.get("packets").asLong()).as(person.id()).isPositive();
        assertThat(camera.get("decoded").asBoolean()).as(person.id()).isFalse();
        assertThat(camera.get("keyFramesRequested").asLong()).as(person.id()).isZero();
        assertThat(camera.has("layerHint")).as(person.id()).isFalse();
      }
      List<JsonNode> hints = call.events("layer.hint");
      assertThat(hints)
          .as("everyone's camera has a hint")
          .extracting(event -> event.get("data").get("participant").asString())
          .containsAll(hidden.stream().map(SyntheticParticipant::id).toList());
    }
  }

  /** Three clips do for those whom nobody sees. */
  private static SyntheticParticipant hidden(int number) {
    int index = 9 + number % 3;
    SyntheticParticipant one = small(index);
    long ssrc = 90_000_000L + 100L * number;
    return one.withId("h" + number)
        .withTracks(
            List.of(
                one.tracks().get(0).withId("cam", TrackSource.CAMERA, ssrc),
                one.tracks().get(1).withId("mic", TrackSource.MIC, ssrc + 10)));
  }

  /** A minute of silence and black, as when somebody is away: then all is as before. */
  @Test
  @Tag("long")
  void mutedAndPausedForAMinute() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("away");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          List.of(
              SyntheticParticipant.of(0, "P0", "e1"),
              SyntheticParticipant.of(1, "P1", "e1").withSkew(500),
              SyntheticParticipant.of(2, "P2", "e1").withSkew(-500));
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      call.awaitMediaTime("main", 5);
      double away = call.mediaTime("main");
      for (SyntheticParticipant one : people.subList(0, 2)) {
        node.senders().setMuted(one.id(), "mic", true);
        call.pauseTrack(one, "cam", true);
      }
      Thread.sleep(Duration.ofSeconds(60));
      double back = call.mediaTime("main");
      for (SyntheticParticipant one : people.subList(0, 2)) {
        node.senders().setMuted(one.id(), "mic", false);
        call.pauseTrack(one, "cam", false);
      }
      call.awaitMediaTime("main", back + 15);
      double end = call.mediaTime("main");
      Path file = call.stop("main");
      List<Tile> tiles = new ArrayList<>();
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, 1.5, away));
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, people, back + 1.5, end));
      Tile staying = tiles.get(2);
      tiles.add(staying.between(1.5, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.decodeErrors()).isEmpty();
      for (TileReport tile : report.tiles()) {
        String who = "p" + tile.tile().participant() + " from " + tile.tile().from() + " s on";
        assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
        assertThat(tile.frozen()).as(who).isEmpty();
        assertThat(tile.unheard()).as(who).isEmpty();
        assertThat(Math.abs(tile.sync().median())).as(who).isLessThan(MEDIAN);
      }
      assertThat(call.events("track.stalled")).isEmpty();
    }
  }
}
