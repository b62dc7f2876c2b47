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
import dev.callcast.testkit.fault.ChromiumPage;
import dev.callcast.testkit.fault.NetworkNamespace;
import dev.callcast.testkit.fault.TcpProxy;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Somebody joins from a real Chromium by the page {@code /join}, is recorded, goes on where the
 * worker dies, and leaves; then from a client of another kind.
 */
@Tag("media")
@Tag("peer")
class WhipCallTest {
  private static final Logger log = LoggerFactory.getLogger(WhipCallTest.class);

  private static final List<SyntheticParticipant> PEOPLE =
      List.of(SyntheticParticipant.of(0, "Ada", "none").withId("ada"));

  private static final String LAYERED =
      """
      (async () => {
        const media = await navigator.mediaDevices.getUserMedia({
          video: {width: 640, height: 360, frameRate: 30},
          audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
        const peer = new RTCPeerConnection();
        peer.addTransceiver(media.getAudioTracks()[0], {direction: 'sendonly'});
        const picture = peer.addTransceiver(media.getVideoTracks()[0], {direction: 'sendonly', sendEncodings: [
          {rid: 'q', scaleResolutionDownBy: 4}, {rid: 'h', scaleResolutionDownBy: 2}, {rid: 'f'}]});
        const {codecs} = RTCRtpSender.getCapabilities('video');
        picture.setCodecPreferences(codecs.filter(one => one.mimeType === 'video/H264' || one.mimeType === 'video/rtx'));
        await peer.setLocalDescription();
        const answer = await fetch('/v1/calls/standup/whip?participant=ada&name=Ada', {
          method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: peer.localDescription.sdp});
        if (answer.status !== 201) throw new Error(await answer.text());
        await peer.setRemoteDescription({type: 'answer', sdp: await answer.text()});
        window.peer = peer;
        window.stop = async () => {
          const {status} = await fetch(answer.headers.get('Location'), {method: 'DELETE'});
          peer.close(); // not before: its end would be the session's
          return status;
        };
      })()
      """;

  @TempDir Path directory;

  @Test
  void joinsFromTheBrowser() throws Exception {
    try (NetworkNamespace network = OwnNetwork.create();
        LiveNode node =
            LiveNode.serve("--bind-ip", network.outside(), "--announce-ip", network.outside());
        TcpProxy proxy = TcpProxy.at(InetAddress.ofLiteral(network.outside()), port(node));
        ChromiumPage page = open(network, proxy, node)) {
      LiveCall call = node.call("standup");
      LiveCall.await(
          Duration.ofSeconds(20),
          "camera and microphone",
          () -> page.run("document.getElementById('self').videoWidth").asInt(0) > 0);
      page.run("document.getElementById('join').requestSubmit()");
      awaitSeen(call);
      assertThat(call.state().at("/participants/0/name").asString()).isEqualTo("Ada");
      call.compose(LiveCall.standard("grid"));
      List<double[]> spans = new ArrayList<>();
      spans.add(span(call, 4));

      // The session goes on with the next worker: nobody has to offer anew.
      String session = call.state().at("/endpoints/0/id").asString();
      node.worker("standup").kill();
      call.awaitEvent("worker.died", event -> true);
      awaitSeen(call);
      spans.add(span(call, 3));
      assertThat(call.state().at("/endpoints/0/id").asString()).isEqualTo(session);
      assertThat(status(page)).isEqualTo("You are in the call.");
      picture(page, "in-the-call.png");

      page.run("document.getElementById('mute').click()");
      LiveCall.await(
          Duration.ofSeconds(5),
          "muted",
          () -> call.state().at("/participants/0/muted").asBoolean(false));
      page.run("document.getElementById('mute').click()");
      page.run("document.getElementById('hide').click()");
      LiveCall.await(
          Duration.ofSeconds(5),
          "camera off",
          () -> LiveCall.declared(call.state(), "ada", "camera").get("paused").asBoolean());

      page.run("document.getElementById('leave').click()");
      LiveCall.await(
          Duration.ofSeconds(5), "gone", () -> call.state().get("participants").isEmpty());
      assertThat(call.events("participant.left")).hasSize(1);

      // Another client of WHIP on the same devices: H.264, in three layers, the smallest first.
      page.run(LAYERED);
      awaitSeen(call);
      JsonNode camera = LiveCall.declared(call.state(), "ada", "camera");
      assertThat(camera.get("codec").asString()).isEqualTo("H264");
      LiveCall.await(
          Duration.ofSeconds(10),
          "the largest layer",
          () -> LiveCall.track(call.state(), "ada", "camera").path("width").asInt(0) == 640);
      spans.add(span(call, 3));
      assertThat(page.run("stop()").asInt()).isEqualTo(204);
      LiveCall.await(
          Duration.ofSeconds(5), "gone again", () -> call.state().get("participants").isEmpty());
      assertContent(call.stop("main"), spans);
    }
  }

  private static int port(LiveNode node) {
    return java.net.URI.create(node.url()).getPort();
  }

  private ChromiumPage open(NetworkNamespace network, TcpProxy proxy, LiveNode node)
      throws IOException, InterruptedException {
    return ChromiumPage.open(
        network,
        proxy,
        node.url() + "/join?call=standup&participant=ada&name=Ada",
        DeviceFiles.camera(
            VideoClipSpec.standard(0, "Ada", Codec.VP8), directory.resolve("ada.y4m")),
        DeviceFiles.microphone(
            AudioClipSpec.standard(0, Codec.OPUS), directory.resolve("ada.wav")));
  }

  private static String status(ChromiumPage page) throws IOException, InterruptedException {
    return page.run("document.getElementById('status').textContent").asString("");
  }

  /** Keeps a picture of the page for whoever wants to look at it. */
  private static void picture(ChromiumPage page, String name) throws Exception {
    String kept = System.getProperty("callcast.e2e.pictures");
    if (kept != null) {
      for (boolean dark : new boolean[] {false, true}) {
        page.resize(1280, 900, dark);
        Files.write(Path.of(kept, (dark ? "dark-" : "light-") + name), page.screenshot());
      }
      page.resize(390, 844, false);
      Files.write(Path.of(kept, "phone-" + name), page.screenshot());
    }
  }

  private static void awaitSeen(LiveCall call) throws Exception {
    LiveCall.await(
        Duration.ofSeconds(30),
        "Ada seen and heard",
        () -> {
          JsonNode tracks = call.state().at("/participants/0/tracks");
          boolean all = tracks.size() == 2;
          for (JsonNode track : tracks) {
            boolean picture = track.get("kind").asString().equals("video");
            all &= track.at("/stats/live").asBoolean(false);
            all &= !picture || track.at("/stats/packets").asLong(0) > 100;
          }
          return all;
        });
  }

  private static double[] span(LiveCall call, double seconds) throws Exception {
    double from = call.mediaTime("main") + 1.5;
    call.awaitMediaTime("main", from + seconds + 0.5);
    return new double[] {from, from + seconds};
  }

  private static void assertContent(Path file, List<double[]> spans) throws Exception {
    List<Tile> tiles = new ArrayList<>();
    for (double[] span : spans) {
      tiles.addAll(Tiles.of("grid", Map.of(), 1280, 720, PEOPLE, span[0], span[1]));
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
    }
  }
}
