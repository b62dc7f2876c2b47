package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.testkit.fault.RtmpPeer;
import dev.callcast.testkit.fault.RtmpPeer.Publication;
import dev.callcast.testkit.fault.RtmpPeer.Tag;
import dev.callcast.testkit.fault.Stunnel;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the streaming services get, by configured destinations and with TLS: application and stream
 * key byte for byte, and a stream as they want it. Only the servers' addresses are others.
 */
@org.junit.jupiter.api.Tag("media") // a Tag of FLV is another
@org.junit.jupiter.api.Tag("peer")
class ServicesTest {
  private static final Logger log = LoggerFactory.getLogger(ServicesTest.class);

  private static final int BITRATE = 1_500_000;
  private static final long WINDOW = 2000;

  /** A destination, with the application that its service has in its own URLs. */
  private record Service(String name, String application, String backup, String key) {}

  private static final List<Service> SERVICES =
      List.of(
          new Service("youtube", "live2", "live2?backup=1", "abcd-1234-efgh-5678-ijkl"),
          new Service("ivs", "app", null, "sk_us-west-2_Ab1Cd2_0f+=Gh"),
          new Service("facebook", "rtmp", null, "FB-10-0-Ab_c?s_bl=1&s_psm=1&s_sw=0&a=Abx~y%2F"),
          new Service("twitch", "app", null, "live_42_AbCd?bandwidthtest=true&x=%20y"));

  @Test
  void applicationKeyMetadataKeyFramesAndBitrateAreWhatTheServicesWant(@TempDir Path directory)
      throws Exception {
    try (RtmpPeer peer = RtmpPeer.start();
        Stunnel tls = Stunnel.before(peer.port())) {
      Path config = directory.resolve("callcast.yaml");
      Files.writeString(config, configuration(directory, tls.port()));
      try (LiveNode node = LiveNode.serve("--config", config.toString())) {
        LiveCall call = node.call("services");
        call.endpoint("e1");
        List<SyntheticParticipant> people =
            IntStream.range(0, 2).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
        call.joinAll(people);
        Map<String, Object> body = LiveCall.standard("grid");
        body.put("canvas", Map.of("width", 640, "height", 360, "fps", 30));
        body.put("video", Map.of("bitrate", BITRATE, "keyframeInterval", 2));
        List<Object> outputs = new ArrayList<>();
        for (Service service : SERVICES) {
          outputs.add(Map.of("id", service.name(), "type", "rtmp", "destination", service.name()));
        }
        outputs.add(Map.of("id", "backup", "type", "rtmp", "destination", "youtube-backup"));
        body.put("outputs", outputs);
        call.compose(body);
        LiveCall.await(
            Duration.ofSeconds(10),
            "every service has a stream",
            () -> peer.publications().size() >= SERVICES.size() + 1);
        call.awaitMediaTime("main", 8.5);
        Path bundle = directory.resolve("debug.zip");
        node.api().save(call.path() + "/debug", bundle);
        String seen = call.state() + "\n" + call.events() + "\n" + texts(bundle);
        node.api().post(call.path() + "/compositions/main/stop", Map.of());
        LiveCall.await(
            Duration.ofSeconds(10),
            "the end of every stream",
            () -> peer.publications().stream().allMatch(Publication::ended));

        for (Service service : SERVICES) {
          check(only(peer, service.application(), service.key()), tls.port());
          assertThat(seen).doesNotContain(service.key());
        }
        check(only(peer, "live2?backup=1", SERVICES.getFirst().key()), tls.port());
        assertThat(peer.publications()).as("nobody came twice").hasSize(SERVICES.size() + 1);
      }
    }
  }

  /** All that is in a debug bundle, which has a graph of each output's pipeline. */
  private static String texts(Path bundle) throws Exception {
    StringBuilder text = new StringBuilder();
    try (ZipFile zip = new ZipFile(bundle.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .anyMatch(name -> name.matches("worker/pipelines/.*rtmp-facebook.*dot"))
          .anyMatch(name -> name.matches("worker/\\d+/worker.log"));
      for (ZipEntry entry : zip.stream().toList()) {
        text.append(new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    assertThat(text).contains("GstRtmp2Sink", "compose-main", "composition main is live");
    return text.toString();
  }

  private static String configuration(Path directory, int port) throws Exception {
    StringBuilder text = new StringBuilder("destinations:\n");
    for (Service service : SERVICES) {
      Path key = directory.resolve(service.name() + ".key");
      Files.writeString(key, service.key() + "\n");
      destination(text, service.name(), service, port, service.application(), key);
      if (service.backup() != null) {
        destination(text, service.name() + "-backup", service, port, service.backup(), key);
      }
    }
    return text.toString();
  }

  private static void destination(
      StringBuilder text, String name, Service service, int port, String application, Path key) {
    text.append("  %s:\n".formatted(name))
        .append("    service: %s\n".formatted(service.name()))
        .append("    url: rtmps://127.0.0.1:%d/%s\n".formatted(port, application))
        .append("    keyFile: %s\n".formatted(key))
        .append("    tlsVerify: false\n");
  }

  private static Publication only(RtmpPeer peer, String application, String key) {
    List<Publication> found =
        peer.publications().stream()
            .filter(each -> each.application().equals(application) && each.key().equals(key))
            .toList();
    assertThat(found)
        .as(
            "%s %s among %s",
            application,
            key,
            peer.publications().stream().map(p -> p.application() + " " + p.key()).toList())
        .hasSize(1);
    return found.getFirst();
  }

  private static void check(Publication stream, int port) {
    String what = stream.application() + "/" + stream.key();
    assertThat(stream.tcUrl())
        .as(what)
        .isEqualTo("rtmps://127.0.0.1:" + port + "/" + stream.application());
    Map<String, Object> metadata = stream.metadata();
    assertThat(metadata)
        .as(what)
        .containsEntry("width", 640.0)
        .containsEntry("height", 360.0)
        .containsEntry("framerate", 30.0)
        .containsEntry("videodatarate", BITRATE / 1000.0)
        .containsEntry("videocodecid", 7.0)
        .containsEntry("audiocodecid", 10.0)
        .containsEntry("audiodatarate", 128.0);
    List<Tag> pictures = stream.pictures();
    assertThat(stream.tags().stream().filter(tag -> tag.video() && tag.header())).hasSize(1);
    assertThat(stream.tags().stream().filter(tag -> !tag.video() && tag.header())).hasSize(1);
    assertThat(pictures.getFirst().keyFrame()).as(what).isTrue();
    List<Long> keyFrames = pictures.stream().filter(Tag::keyFrame).map(Tag::time).toList();
    assertThat(keyFrames).as(what).hasSizeGreaterThanOrEqualTo(4);
    for (int i = 1; i < keyFrames.size(); i++) {
      assertThat(keyFrames.get(i) - keyFrames.get(i - 1)).as(what).isBetween(1999L, 2001L);
    }
    double peak = stream.peakBitrate(WINDOW);
    log.info("{}: {} pictures, at most {} bit/s", what, pictures.size(), Math.round(peak));
    assertThat(peak).as(what).isBetween(0.3 * BITRATE, 1.15 * BITRATE);
    long before = 0;
    for (Tag tag : stream.tags()) {
      assertThat(tag.time()).as(what).isGreaterThanOrEqualTo(before - 40);
      before = Math.max(before, tag.time());
    }
  }
}
