package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A machine on which one of GStreamer's plugins is not installed: the package is named. */
@Tag("media")
class MissingPluginTest {
  private static final Logger log = LoggerFactory.getLogger(MissingPluginTest.class);

  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("callcast-plugins-");
  }

  @AfterEach
  void deleteDirectory() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The environment of a machine that has all plugins but one. */
  private Map<String, String> without(String library) throws IOException, InterruptedException {
    Path plugins = Files.createDirectories(directory.resolve("plugins"));
    boolean found = false;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(pluginDirectory(), "*.so")) {
      for (Path plugin : all) {
        if (plugin.getFileName().toString().equals(library)) {
          found = true;
        } else {
          Files.createSymbolicLink(plugins.resolve(plugin.getFileName()), plugin);
        }
      }
    }
    assertThat(found).as(library + " is installed").isTrue();
    return Map.of(
        "GST_PLUGIN_SYSTEM_PATH_1_0",
        plugins.toString(),
        "GST_PLUGIN_PATH_1_0",
        "",
        "GST_REGISTRY_1_0",
        directory.resolve("registry").toString());
  }

  private static Path pluginDirectory() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("pkg-config", "--variable=pluginsdir", "gstreamer-1.0").start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    return Path.of(answer);
  }

  @Test
  void withoutItsEncoderACompositionFailsAndTheDoctorKnowsWhy() throws Exception {
    Map<String, String> environment = without("libgstx264.so");
    JsonNode missing = doctor(environment);
    assertThat(missing).hasSize(1);
    assertThat(missing.get(0).get("what").asString()).isEqualTo("element x264enc");
    assertThat(missing.get(0).get("advice").asString())
        .isEqualTo("apt-get install gstreamer1.0-plugins-ugly");

    try (LiveNode node = LiveNode.serveWith(environment)) {
      LiveCall call = node.call("plugins");
      call.endpoint("e1");
      node.api().post(call.path() + "/compositions", LiveCall.standard("grid"));
      JsonNode failed = call.awaitEvent("composition.failed", event -> true);
      String reason = "GStreamer has no element x264enc: apt-get install gstreamer1.0-plugins-ugly";
      assertThat(failed.get("data").get("reason").asString()).isEqualTo(reason);
      assertThat(failed.get("data").get("composition").asString()).isEqualTo("main");
      JsonNode composition = call.state().get("compositions").get(0);
      assertThat(composition.get("state").asString()).isEqualTo("failed");
      assertThat(composition.get("reason").asString()).isEqualTo(reason);
      // The call goes on: its packets are received.
      call.joinAll(List.of(SyntheticParticipant.of(0, "P0", "e1")));
      call.awaitTrackEvent("track.live", "p0", "cam");
      assertThat(call.events("composition.failed")).as("tried once").hasSize(1);
      assertThat(call.events("worker.died")).isEmpty();
    }
  }

  /** The findings of {@code callcast doctor} that are failures. */
  private static JsonNode doctor(Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(Program.words());
    words.addAll(List.of("doctor", "--json"));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    JsonNode findings = ProtocolJson.MAPPER.readTree(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as("doctor's exit status").isEqualTo(1);
    var failures = ProtocolJson.MAPPER.createArrayNode();
    for (JsonNode finding : findings) {
      if (finding.get("verdict").asString().equalsIgnoreCase("fail")) {
        failures.add(finding);
      }
    }
    return failures;
  }

  @Test
  void withoutADecoderOnlyItsTracksAreNotSeen() throws Exception {
    try (LiveNode node = LiveNode.serveWith(without("libgstvpx.so"))) {
      LiveCall call = node.call("plugins");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          List.of(
              SyntheticParticipant.of(0, "P0", "e1", Codec.VP8, Codec.OPUS),
              SyntheticParticipant.of(1, "P1", "e1", Codec.H264, Codec.OPUS));
      call.joinAll(people);
      call.compose(LiveCall.standard("grid"));
      JsonNode failed = call.awaitTrackEvent("track.failed", "p0", "cam");
      assertThat(failed.get("data").get("reason").asString())
          .isEqualTo(
              "decoder: GStreamer has no element vp8dec: apt-get install gstreamer1.0-plugins-good");
      call.awaitMediaTime("main", 4);
      double end = call.mediaTime("main");
      long asked = call.track("p0", "cam").get("keyFramesRequested").asLong();
      Path file = call.stop("main");
      assertThat(asked).as("key frames are not asked for in vain").isLessThan(3);
      assertThat(call.events("track.failed")).hasSize(1);
      List<Tile> tiles = Tiles.of("grid", Map.of(), 1280, 720, people, 1, end);
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      TileReport unseen = report.tiles().get(0);
      TileReport seen = report.tiles().get(1);
      assertThat(unseen.right()).isZero();
      assertThat(unseen.unheard()).isEmpty();
      assertThat(seen.right()).isEqualTo(seen.pictures());
      assertThat(seen.unheard()).isEmpty();
      assertThat(report.longestPictureGap()).isLessThan(0.05);
    }
  }
}
