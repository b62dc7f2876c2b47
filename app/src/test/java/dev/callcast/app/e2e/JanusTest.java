package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Span;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.DeviceFiles;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.fault.Chromium;
import dev.callcast.testkit.fault.Janus;
import dev.callcast.testkit.fault.NetworkNamespace;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A call follows a room of a real Janus in which a real Chromium publishes: Ada, whose camera and
 * microphone are files, and Bob, whose picture and sound the page makes of one clock, in three
 * layers. Janus is on another host, as far as addresses tell, so what it forwards is encrypted.
 */
@Tag("media")
@Tag("peer")
class JanusTest {
  private static final Logger log = LoggerFactory.getLogger(JanusTest.class);

  private static final List<SyntheticParticipant> PEOPLE =
      List.of(
          SyntheticParticipant.of(0, "Ada", "none").withId("ada"),
          SyntheticParticipant.of(1, "Bob", "none").withId("bob"));
  private static final Map<String, Object> ADA =
      Map.of("id", "ada", "name", "Ada", "width", 640, "height", 360);
  private static final Map<String, Object> BOB =
      Map.of(
          "id", "bob", "name", "Bob", "painted", 1, "width", 960, "height", 540, "simulcast", true);

  /** Sound against picture, ms, at the 95th percentile: what Janus forwards has no reports. */
  private static final double MOST_OUT_OF_SYNC = 45;

  @TempDir Path directory;

  @Test
  void followsARoomThroughLeavesAndCrashes() throws Exception {
    try (NetworkNamespace network = OwnNetwork.create();
        Janus janus = Janus.start(network);
        Chromium browser = browser(network, janus);
        LiveNode node =
            LiveNode.serve("--bind-ip", network.outside(), "--announce-ip", network.outside())) {
      LiveCall call = attended(node, janus, browser);
      assertThat(call.state().get("participants").get(0).get("name").asString()).isEqualTo("Ada");
      List<double[]> spans = new ArrayList<>();

      // Bob's tile is 640 wide: of 240, 480 and 960 the last one covers it.
      LiveCall.await(Duration.ofSeconds(20), "Bob's top layer", () -> width(call, "bob") == 960);
      spans.add(span(call, 4));
      LiveCall.await(Duration.ofSeconds(20), "who talks", () -> call.state().has("speaker"));

      // In a strip along the side a smaller one will do.
      call.api().put(call.path() + "/speaker", Map.of("participant", "ada"));
      call.layout("main", Map.of("preset", "dominant"));
      LiveCall.await(Duration.ofSeconds(20), "a smaller layer", () -> width(call, "bob") < 960);
      call.layout("main", Map.of("preset", "grid"));
      LiveCall.await(
          Duration.ofSeconds(20), "Bob's top layer again", () -> width(call, "bob") == 960);

      janus.ask("moderate", Map.of("id", "ada", "mid", "0", "mute", true));
      LiveCall.await(Duration.ofSeconds(20), "Ada muted", () -> paused(call, "ada", "audio-0"));
      janus.ask("moderate", Map.of("id", "ada", "mid", "0", "mute", false));
      LiveCall.await(Duration.ofSeconds(20), "Ada unmuted", () -> !paused(call, "ada", "audio-0"));
      browser.run("display", Map.of("id", "ada", "name", "Ada L."));
      LiveCall.await(
          Duration.ofSeconds(20),
          "Ada's new name",
          () -> call.state().get("participants").get(0).get("name").asString().equals("Ada L."));

      // What is published anew has the same names and other streams.
      List<Long> before = ssrcs(call);
      browser.run("unpublish", Map.of("id", "ada"));
      awaitGone(call, "ada");
      browser.run("leave", Map.of("id", "bob"));
      awaitGone(call, "bob");
      browser.run("resume", ADA);
      browser.run("publish", BOB);
      awaitSeen(call);
      assertThat(ssrcs(call)).doesNotContainAnyElementsOf(before);

      // Neither the node nor the worker has to ask Janus for anything anew.
      List<JsonNode> forwarded = janus.forwarders();
      node.kill();
      node.restart();
      awaitState(call, "attached");
      node.worker("standup").kill();
      call.awaitEvent("worker.died", event -> true);
      awaitSeen(call);
      assertThat(janus.forwarders()).containsExactlyInAnyOrderElementsOf(forwarded);
      spans.add(span(call, 3));

      String shown = call.state() + " " + call.events();
      Path file = call.stop("main");
      assertThat(janus.forwarders()).isNotEmpty();
      call.close();
      LiveCall.await(Duration.ofSeconds(20), "no forwarders", () -> janus.forwarders().isEmpty());

      assertContent(file, spans);
      String logged = Files.readString(node.data().resolve("serve.log"));
      for (String secret : List.of(Janus.SECRET, Janus.ADMIN_KEY, Janus.API_SECRET, Janus.PIN)) {
        assertThat(shown).doesNotContain(secret);
        assertThat(logged).doesNotContain(secret);
        assertThat(database(node)).doesNotContain(secret);
      }
    }
  }

  /** Who published has to publish anew, for Janus knows nothing of what was before. */
  @Test
  @Tag("long")
  void comesBackWithJanus() throws Exception {
    try (NetworkNamespace network = OwnNetwork.create();
        Janus janus = Janus.start(network);
        Chromium browser = browser(network, janus);
        LiveNode node =
            LiveNode.serve("--bind-ip", network.outside(), "--announce-ip", network.outside())) {
      LiveCall call = attended(node, janus, browser);
      List<double[]> spans = new ArrayList<>();

      janus.kill();
      call.awaitEvent("sfu.state", event -> state(event.get("data")).equals("retrying"));
      browser.run("forget", Map.of());
      janus.restart();
      awaitState(call, "attached");
      awaitGone(call, "ada");
      awaitGone(call, "bob");
      browser.run("publish", ADA);
      browser.run("publish", BOB);
      awaitSeen(call);
      LiveCall.await(
          Duration.ofSeconds(20), "Bob's top layer at last", () -> width(call, "bob") == 960);
      spans.add(span(call, 3));

      assertContent(call.stop("main"), spans);
    }
  }

  private Chromium browser(NetworkNamespace network, Janus janus) throws IOException {
    VideoClipSpec clip = VideoClipSpec.standard(0, "Ada", Codec.VP8);
    AudioClipSpec sound = AudioClipSpec.standard(0, Codec.OPUS);
    String page;
    try (InputStream in = JanusTest.class.getResourceAsStream("janus-publishers.html")) {
      page = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
    return Chromium.open(
        network,
        page,
        "janus=%s&room=%s&apisecret=%s&pin=%s"
            .formatted(janus.url(), Janus.ROOM, Janus.API_SECRET, Janus.PIN),
        DeviceFiles.camera(clip, directory.resolve("ada.y4m")),
        DeviceFiles.microphone(sound, directory.resolve("ada.wav")));
  }

  /** A call that follows the room, in which both are seen and heard. */
  private static LiveCall attended(LiveNode node, Janus janus, Chromium browser) throws Exception {
    LiveCall call = node.call("standup", Map.of("sfu", room(janus)));
    awaitState(call, "attached");
    browser.run("publish", ADA);
    browser.run("publish", BOB);
    call.compose(LiveCall.standard("grid"));
    awaitSeen(call);
    return call;
  }

  private static Map<String, Object> room(Janus janus) {
    return Map.of(
        "type", "janus",
        "url", janus.url(),
        "room", Janus.ROOM,
        "secret", Janus.SECRET,
        "adminKey", Janus.ADMIN_KEY,
        "apiSecret", Janus.API_SECRET,
        "pin", Janus.PIN);
  }

  // --- what the call is

  private static String state(JsonNode sfu) {
    return sfu.path("state").asString("");
  }

  private static void awaitState(LiveCall call, String state) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(30),
        "Janus " + state,
        () -> state(call.state().path("sfu")).equals(state));
  }

  private static void awaitGone(LiveCall call, String id) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(20), id + " gone", () -> participant(call.state(), id) == null);
  }

  /** Both are decoded, picture and sound. */
  private static void awaitSeen(LiveCall call) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(60),
        "both seen and heard",
        () -> {
          JsonNode state = call.state();
          for (String id : List.of("ada", "bob")) {
            JsonNode participant = participant(state, id);
            if (participant == null || participant.get("tracks").size() != 2) {
              return false;
            }
            for (JsonNode track : participant.get("tracks")) {
              boolean picture = track.get("kind").asString().equals("video");
              JsonNode stats = track.path("stats");
              if (!stats.path("live").asBoolean(false)
                  || (picture && stats.path("fps").asDouble(0) < 5)) {
                return false;
              }
            }
          }
          return true;
        });
  }

  private static JsonNode participant(JsonNode state, String id) {
    for (JsonNode participant : state.get("participants")) {
      if (participant.get("id").asString().equals(id)) {
        return participant;
      }
    }
    return null;
  }

  private static JsonNode track(LiveCall call, String id, String track) throws Exception {
    JsonNode participant = participant(call.state(), id);
    if (participant != null) {
      for (JsonNode one : participant.get("tracks")) {
        if (one.get("id").asString().equals(track)) {
          return one;
        }
      }
    }
    throw new IOException(id + " has no " + track);
  }

  private static int width(LiveCall call, String id) throws IOException, InterruptedException {
    return LiveCall.track(call.state(), id, "video-1").path("width").asInt(0);
  }

  private static boolean paused(LiveCall call, String id, String track)
      throws IOException, InterruptedException {
    for (JsonNode one : participant(call.state(), id).get("tracks")) {
      if (one.get("id").asString().equals(track)) {
        return one.get("paused").asBoolean();
      }
    }
    throw new IOException(id + " has no " + track);
  }

  private static List<Long> ssrcs(LiveCall call) throws Exception {
    List<Long> ssrcs = new ArrayList<>();
    for (String id : List.of("ada", "bob")) {
      ssrcs.add(track(call, id, "video-1").get("ssrc").asLong());
    }
    return ssrcs;
  }

  /** Lets the composition go on, and returns from when to when it was left alone, in s. */
  private static double[] span(LiveCall call, double seconds) throws Exception {
    double from = call.mediaTime("main") + 1.5;
    call.awaitMediaTime("main", from + seconds + 0.5);
    return new double[] {from, from + seconds};
  }

  // --- what the file is

  private static void assertContent(Path file, List<double[]> spans) throws Exception {
    List<Tile> tiles = new ArrayList<>();
    for (double[] span : spans) {
      for (Tile tile : Tiles.of("grid", Map.of(), 1280, 720, PEOPLE, span[0], span[1])) {
        tiles.add(tile);
      }
    }
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}", report.summary());
    assertThat(report.decodeErrors()).isEmpty();
    for (TileReport tile : report.tiles()) {
      String who = tile.summary();
      assertThat(tile.right()).as(who).isGreaterThan(tile.pictures() * 9 / 10);
      assertThat(tile.foreign()).as(who).isZero();
      double unheard = tile.unheard().stream().mapToDouble(Span::seconds).sum();
      assertThat(unheard).as(who).isLessThan(1); // a busy browser leaves out some of its sound
      assertThat(tile.steps().framesPerSecond()).as(who).isGreaterThan(10);
      if (tile.tile().participant() == 1) {
        // Of the arrival's times little of this is: most is how soon a busy browser encodes.
        assertThat(tile.sync().pairs()).as(who).isPositive();
        assertThat(tile.sync().p95()).as(who).isLessThan(MOST_OUT_OF_SYNC);
      }
    }
  }

  private static String database(LiveNode node) throws IOException {
    StringBuilder text = new StringBuilder();
    try (var files = Files.list(node.data())) {
      for (Path file : files.filter(f -> f.getFileName().toString().contains(".db")).toList()) {
        text.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return text.toString();
  }
}
