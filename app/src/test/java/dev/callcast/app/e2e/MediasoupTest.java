package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.fault.MediasoupRoom;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.SyntheticTrack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A room on a real mediasoup, attached by the npm package, recorded. */
@Tag("media")
@Tag("peer")
class MediasoupTest {
  private static final Logger log = LoggerFactory.getLogger(MediasoupTest.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LEVEL_ID = 6;
  private static final int WHISPER_DB = -50;

  /** From a change in the room until the picture shows it for sure, in seconds. */
  private static final double SETTLED = 1.5;

  /**
   * From a change of the layer, whose timestamps mediasoup moves by up to 75 ms, until sound and
   * picture are together again: two reports a second apart, and 60 ms a second.
   */
  private static final double TOGETHER = 4;

  /** Of a killed worker's last fragment, in seconds. */
  private static final double CUT = 1.5;

  @BeforeAll
  static void clientIsBuilt() {
    assertThat(MediasoupRoom.isBuilt())
        .as("clients/mediasoup is built: npm ci && npm run build there, as ./test does")
        .isTrue();
  }

  private static SyntheticParticipant person(int index) {
    return person(index, AudioClipSpec.standard(index, Codec.OPUS));
  }

  private static SyntheticParticipant person(int index, AudioClipSpec sound) {
    return SyntheticParticipant.bare(index, "P" + index)
        .withTrack(SyntheticTrack.camera("room", clip(index)))
        .withTrack(
            SyntheticTrack.mic("room", sound).withExtension(TrackSpec.AUDIO_LEVEL_URI, LEVEL_ID));
  }

  /** Who is hardly heard before speaking up: mediasoup wants 10 dB between noise and voice. */
  private static SyntheticParticipant whispering(int index) {
    return person(index, new AudioClipSpec(index, Codec.OPUS, 30, 10, WHISPER_DB));
  }

  private static VideoClipSpec clip(int index) {
    return VideoClipSpec.standard(index, "P" + index, Codec.VP8);
  }

  /** With a second, smaller layer beside the first. */
  private static SyntheticParticipant withSimulcast(int index) {
    SyntheticTrack small =
        SyntheticTrack.camera("room", clip(index).withSize(320, 180).withBitrate(200_000));
    return person(index).withTrack(small.withId("small", TrackSource.CAMERA, small.ssrc() + 1000));
  }

  private static MediasoupRoom attached(LiveNode node, LiveCall call, Map<String, Object> options)
      throws IOException, InterruptedException {
    MediasoupRoom room = new MediasoupRoom(node.senders(), "127.0.0.1");
    room.attach(node.url(), call.id(), options);
    return room;
  }

  @Test
  void aRoomIsFollowed() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("room");
      List<SyntheticParticipant> people = List.of(withSimulcast(0), whispering(1), person(2));
      node.senders().prepare(people);
      try (MediasoupRoom room = attached(node, call, Map.of())) {
        for (SyntheticParticipant person : people) {
          room.join(person);
        }
        assertThat(room.state().get("encrypted").asBoolean()).as("both on this host").isFalse();
        call.compose(LiveCall.standard("grid"));
        double began = call.awaitSeen("main", people) + SETTLED;
        call.awaitMediaTime("main", began + 2 + CUT);
        assertThat(call.width("p0")).isEqualTo(640);
        double first = call.mediaTime("main");

        // Who is louder is the speaker.
        node.senders().setSpeaking("p1", true);
        LiveCall.await(PATIENCE, "p1 as speaker", () -> "p1".equals(speaker(call)));

        // The worker dies; nobody in the room does anything about it.
        node.worker(call.id()).kill();
        call.awaitEvent("worker.died", event -> true);
        call.awaitEvent("worker.started", event -> event.get("data").get("epoch").asInt() == 2);
        double again = call.awaitSeen("main", people) + SETTLED;
        call.awaitMediaTime("main", again + 2.5);

        // A moderator turns a camera off and on again.
        double paused = call.mediaTime("main");
        room.pause("p1/cam");
        call.awaitMediaTime("main", paused + SETTLED + 1);
        double resumed = call.mediaTime("main");
        room.resume("p1/cam");
        call.awaitMediaTime("main", resumed + SETTLED + 1);

        // Somebody takes his camera away, and goes.
        double closed = call.mediaTime("main");
        room.closeProducer("p2/cam");
        call.awaitMediaTime("main", closed + SETTLED + 1);
        double left = call.mediaTime("main");
        room.leave("p2");
        assertThat(ids(call)).containsExactly("p0", "p1");

        // Small in the strip beside who speaks: the smaller layer does.
        double strip = call.layout("main", Map.of("preset", "dominant"));
        LiveCall.await(PATIENCE, "the layer that fits", () -> call.width("p0") == 320);
        double fitting = call.mediaTime("main");
        call.awaitMediaTime("main", fitting + TOGETHER + 3.3);
        // What nobody sees is not sent.
        double hidden = call.patch("main", Map.of("participants", Map.of("video", List.of("p1"))));
        LiveCall.await(
            PATIENCE,
            "p0's camera is not wanted",
            () -> !room.track("p0", "cam").get("wanted").asBoolean());
        long packets = call.track("p0", "cam").get("packets").asLong();
        double still = call.mediaTime("main");
        call.awaitMediaTime("main", still + 5.5); // stalled would be after 5
        assertThat(call.track("p0", "cam").get("packets").asLong()).isLessThan(packets + 30);
        double shown = call.patch("main", Map.of("participants", Map.of("video", List.of("*"))));
        call.awaitMediaTime("main", shown + TOGETHER + 3.3);
        double end = call.mediaTime("main");
        assertThat(call.events("track.stalled"))
            .as("a camera that is not sent, for it is hidden")
            .isEmpty();
        assertThat(room.state().get("happened")).isEmpty();
        Path file = call.stop("main");

        List<Tile> tiles = new ArrayList<>();
        tiles.addAll(grid(people, began, first - CUT));
        tiles.addAll(grid(people, again, paused));
        tiles.add(grid(people, paused + SETTLED, resumed).get(1));
        tiles.addAll(grid(people, resumed + SETTLED, closed));
        tiles.add(grid(people, closed + SETTLED, left).get(2));
        // Long enough to tell sound from picture.
        tiles.add(grid(people, again, left).get(0));
        tiles.addAll(strip(people.subList(0, 2), strip + SETTLED, fitting + TOGETHER));
        tiles.addAll(strip(people.subList(0, 2), fitting + TOGETHER, hidden - 0.1));
        tiles.addAll(strip(people.subList(0, 2), shown + SETTLED, shown + TOGETHER));
        tiles.addAll(strip(people.subList(0, 2), shown + TOGETHER, end));
        ContentReport report = ContentCheck.run(file, tiles);
        log.info("{}", report.summary());
        assertThat(report.decodeErrors()).isEmpty();
        for (TileReport tile : report.tiles()) {
          double from = tile.tile().from();
          int index = tile.tile().participant();
          String who = "p" + index + " from " + from + " s on";
          boolean off =
              (index == 1 && from == paused + SETTLED) || (index == 2 && from == closed + SETTLED);
          if (off) {
            assertThat(tile.right()).as("%s, its camera off", who).isZero();
          } else {
            assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
            assertThat(tile.frozen()).as(who).isEmpty();
            assertThat(tile.steps().backwards()).as(who).isZero();
            if (from != strip + SETTLED && from != shown + SETTLED) {
              inSync(tile, from >= fitting ? 25 : 20);
            }
          }
          if (index != 1 || from >= again) {
            assertThat(tile.unheard()).as(who).isEmpty();
          }
        }
      }
      // The room has gone, and with it what it had declared.
      assertThat(ids(call)).isEmpty();
      assertThat(call.state().get("endpoints")).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void encryptedAndBackOnAnotherPort() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("secret");
      List<SyntheticParticipant> people = List.of(person(0), person(1));
      node.senders().prepare(people);
      node.senders().prepare(List.of(person(2)));
      try (MediasoupRoom room = attached(node, call, Map.of("srtp", true))) {
        for (SyntheticParticipant person : people) {
          room.join(person);
        }
        assertThat(room.state().get("encrypted").asBoolean()).isTrue();
        call.compose(LiveCall.standard("grid"));
        double began = call.awaitSeen("main", people) + SETTLED;
        call.awaitMediaTime("main", began + 2);
        String before = endpoint(call);
        double dropped = call.mediaTime("main");
        room.dropTransport();
        LiveCall.await(PATIENCE, "another endpoint", () -> !room.state().get("happened").isEmpty());
        double back = call.mediaTime("main");
        call.awaitMediaTime("main", back + SETTLED + 6);
        double restarted = call.mediaTime("main");
        assertThat(endpoint(call)).isNotEqualTo(before);

        // The node dies too; who joins meanwhile is declared as soon as it is back.
        node.kill();
        SyntheticParticipant late = person(2);
        Thread joining = Thread.startVirtualThread(() -> joins(room, late));
        node.restart();
        joining.join();
        assertThat(ids(call)).containsExactly("p0", "p1", "p2");
        double all = call.awaitSeen("main", List.of(late)) + SETTLED;
        call.awaitMediaTime("main", all + 2);
        double end = call.mediaTime("main");
        assertThat(call.events("track.stalled")).isEmpty();
        JsonNode stats = call.endpointStats(endpoint(call));
        assertThat(stats.get("authFailed").asLong()).isZero();
        assertThat(stats.get("packets").asLong()).isGreaterThan(100);
        Path file = call.stop("main");

        List<Tile> tiles = new ArrayList<>();
        tiles.addAll(grid(people, began, dropped));
        tiles.addAll(grid(people, back + SETTLED, restarted));
        tiles.addAll(grid(List.of(people.get(0), people.get(1), late), all, end));
        ContentReport report = ContentCheck.run(file, tiles);
        log.info("{}", report.summary());
        assertThat(back - dropped).as("s on the way").isLessThan(3);
        assertThat(report.decodeErrors()).isEmpty();
        for (TileReport tile : report.tiles()) {
          String who = "p" + tile.tile().participant() + " from " + tile.tile().from() + " s on";
          assertThat(tile.right()).as(who).isEqualTo(tile.pictures());
          assertThat(tile.frozen()).as(who).isEmpty();
          assertThat(tile.unheard()).as(who).isEmpty();
          inSync(tile, 20);
        }
      }
    }
  }

  private static void joins(MediasoupRoom room, SyntheticParticipant person) {
    try {
      room.join(person);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of fewer flashes the median is one flash, which tells no more than a tick. */
  private static void inSync(TileReport tile, int milliseconds) {
    if (tile.sync().pairs() >= 3) {
      assertThat(Math.abs(tile.sync().median()))
          .as("sound against picture of p" + tile.tile().participant())
          .isLessThan(milliseconds);
    }
  }

  private static List<Tile> grid(List<SyntheticParticipant> people, double from, double to) {
    return Tiles.of("grid", Map.of(), 1280, 720, people, from, to);
  }

  /** While p1 speaks. */
  private static List<Tile> strip(List<SyntheticParticipant> people, double from, double to) {
    return Tiles.of("dominant", Map.of(), 1280, 720, people, "p1", from, to);
  }

  private static String speaker(LiveCall call) throws IOException, InterruptedException {
    return call.state().path("speaker").asString("");
  }

  private static String endpoint(LiveCall call) throws Exception {
    return call.state().get("endpoints").get(0).get("id").asString();
  }

  private static Set<String> ids(LiveCall call) throws Exception {
    Set<String> ids = new TreeSet<>();
    call.state().get("participants").forEach(one -> ids.add(one.get("id").asString()));
    return ids;
  }
}
