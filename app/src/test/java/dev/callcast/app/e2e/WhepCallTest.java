package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.testkit.fault.ChromiumPage;
import dev.callcast.testkit.fault.NetworkNamespace;
import dev.callcast.testkit.fault.TcpProxy;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A composition is watched in a real Chromium by the page {@code /watch}, with pictures and sound
 * in step and within a second, also over the death of the worker, and by the dashboard, to its end.
 */
@Tag("media")
@Tag("peer")
class WhepCallTest {
  private static final Logger log = LoggerFactory.getLogger(WhepCallTest.class);

  /**
   * Keeps the page's connections, which it has for itself, for looking at their figures. Runs
   * before the page's own script.
   */
  private static final String KEEP =
      """
      window.connections = [];
      const Real = window.RTCPeerConnection;
      window.RTCPeerConnection = function (...given) {
        const made = new Real(...given);
        window.connections.push(made);
        return made;
      };
      """;

  /** Its last connection's figures of what comes, and what is shown. */
  private static final String FIGURES =
      """
      (async () => {
        const video = document.querySelector('.picture video');
        const page = location.pathname;
        if (!video) return {page, shown: false}; // not loaded yet
        const figures = {page, shown: !video.hidden, made: connections.length};
        const last = connections.at(-1);
        if (!last) return figures;
        figures.state = last.connectionState;
        for (const [, one] of await last.getStats()) {
          if (one.type === 'inbound-rtp') figures[one.kind] = one;
        }
        figures.now = Date.now();
        return figures;
      })()
      """;

  /** How far the video is from a snapshot, and from black, of 255 at the mean. */
  private static final String COMPARE =
      """
      (async () => {
        const pixels = (of) => {
          const canvas = new OffscreenCanvas(64, 36).getContext('2d');
          canvas.drawImage(of, 0, 0, 64, 36);
          return canvas.getImageData(0, 0, 64, 36).data;
        };
        const snapshot = await fetch('/v1/calls/seen/compositions/main/snapshot.jpg');
        const expected = pixels(await createImageBitmap(await snapshot.blob()));
        const seen = pixels(document.querySelector('.picture video'));
        let differs = 0, light = 0;
        seen.forEach((value, i) => { if (i % 4 < 3) { differs += Math.abs(value - expected[i]); light += value; } });
        return {differs: differs / (64 * 36 * 3), light: light / (64 * 36 * 3)};
      })()
      """;

  private static final String PLAYOUT = "estimatedPlayoutTimestamp";

  /** From 1900 to 1970, ms: WebRTC's figures count from there. */
  private static final double NTP_EPOCH = 2_208_988_800_000.0;

  @Test
  void isWatchedOverTheDeathOfItsWorkerAndToItsEnd() throws Exception {
    try (NetworkNamespace network = OwnNetwork.create();
        LiveNode node =
            LiveNode.serve("--bind-ip", network.outside(), "--announce-ip", network.outside());
        TcpProxy proxy =
            TcpProxy.at(
                InetAddress.ofLiteral(network.outside()), URI.create(node.url()).getPort())) {
      LiveCall call = node.call("seen");
      call.endpoint("e1");
      call.joinAll(
          List.of(SyntheticParticipant.of(0, "P0", "e1"), SyntheticParticipant.of(1, "P1", "e1")));
      call.compose(LiveCall.standard("grid"));
      try (ChromiumPage page =
          ChromiumPage.open(network, proxy, node.url() + "/watch/seen/main", KEEP)) {
        awaitPictures(page, 30);
        // As whoever wants to hear it does: what is muted counts as silence.
        page.run("document.querySelector('.picture video').muted = false");
        awaitPictures(page, 60);
        JsonNode first = awaitStep(page);
        assertLively(first);
        assertShown(page);
        keep(page, "watch.png");

        String session = viewers(call).getFirst();
        ProcessIdentity worker = node.worker(call.id());
        worker.kill();
        call.awaitEvent("worker.died", event -> true);
        awaitPictures(page, first.at("/video/framesDecoded").asInt() + 90);
        JsonNode later = awaitStep(page);
        assertThat(later.get("made").asInt()).as("connections").isEqualTo(1);
        assertThat(later.get("shown").asBoolean()).isTrue();
        assertThat(viewers(call)).containsExactly(session);
        assertLively(later);

        // The dashboard in its place: whoever leaves is a viewer no more, at once.
        page.run("location.href = '/dashboard#/calls/seen'");
        awaitFigures(
            page,
            "the dashboard",
            figures -> figures.at("/page").asString("").equals("/dashboard"));
        awaitPictures(page, 30);
        assertShown(page);
        LiveCall.await(
            Duration.ofSeconds(5),
            "the dashboard alone",
            () -> viewers(call).size() == 1 && !viewers(call).contains(session));
        keep(page, "dashboard.png");

        node.api().post(call.path() + "/compositions/main/stop", Map.of());
        LiveCall.await(Duration.ofSeconds(5), "no viewer", () -> viewers(call).isEmpty());
      }
    }
  }

  private static List<String> viewers(LiveCall call) throws IOException, InterruptedException {
    return call.state()
        .get("endpoints")
        .valueStream()
        .filter(endpoint -> endpoint.has("whep"))
        .map(endpoint -> endpoint.get("id").asString())
        .toList();
  }

  private static void awaitPictures(ChromiumPage page, int count) throws Exception {
    awaitFigures(
        page,
        count + " pictures",
        figures ->
            figures.at("/shown").asBoolean()
                && figures.at("/video/framesDecoded").asInt(0) >= count);
  }

  private static JsonNode awaitFigures(ChromiumPage page, String what, Predicate<JsonNode> right)
      throws Exception {
    AtomicReference<JsonNode> last = new AtomicReference<>();
    try {
      LiveCall.await(
          Duration.ofSeconds(20),
          what,
          () -> {
            JsonNode figures = page.run(FIGURES);
            last.set(figures);
            return right.test(figures);
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + last.get(), e);
    }
    return last.get();
  }

  /** Browsers bring sound and pictures in step by some ms each second, once they have reports. */
  private static JsonNode awaitStep(ChromiumPage page) throws Exception {
    return awaitFigures(
        page,
        "sound and pictures in step",
        figures -> {
          boolean known = figures.at("/video").has(PLAYOUT) && figures.at("/audio").has(PLAYOUT);
          return known && Math.abs(step(figures)) < 80;
        });
  }

  /** The video is of the composition, not black or of another. */
  private static void assertShown(ChromiumPage page) throws Exception {
    JsonNode picture = page.run(COMPARE);
    log.info("against the snapshot: {}", picture);
    assertThat(picture.get("light").asDouble()).isGreaterThan(30);
    // They are some pictures apart; black would differ by all the light there is.
    assertThat(picture.get("differs").asDouble()).isLessThan(picture.get("light").asDouble() / 3);
  }

  private static void assertLively(JsonNode figures) {
    JsonNode video = figures.get("video");
    JsonNode audio = figures.get("audio");
    double late = figures.get("now").asDouble() + NTP_EPOCH - video.get(PLAYOUT).asDouble();
    log.info(
        "{} pictures of {}x{} by {}, {} frozen, {} ms late, sound {} ms from them; {} lost",
        video.get("framesDecoded").asInt(),
        video.get("frameWidth").asInt(),
        video.get("frameHeight").asInt(),
        video.path("decoderImplementation").asString(""),
        video.path("freezeCount").asInt(0),
        Math.round(late),
        Math.round(step(figures)),
        video.get("packetsLost").asInt());
    assertThat(video.get("frameWidth").asInt()).isEqualTo(1280);
    assertThat(late).as("ms behind what was captured").isBetween(0.0, 1500.0);
    assertThat(audio.get("totalAudioEnergy").asDouble()).as("sound").isPositive();
    assertThat(audio.get("concealedSamples").asDouble())
        .as("sound that was made up")
        .isLessThan(audio.get("totalSamplesReceived").asDouble() / 2);
  }

  /** By how many ms the sound is later than the pictures of the same moment. */
  private static double step(JsonNode figures) {
    return figures.at("/video").get(PLAYOUT).asDouble()
        - figures.at("/audio").get(PLAYOUT).asDouble();
  }

  private static void keep(ChromiumPage page, String name) throws Exception {
    String kept = System.getProperty("callcast.e2e.pictures");
    if (kept != null) {
      Files.write(Path.of(kept, name), page.screenshot());
    }
  }
}
