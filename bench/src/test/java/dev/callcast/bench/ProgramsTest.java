package dev.callcast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.encode.Encoder;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.Latency;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The references encode as Callcast does. */
class ProgramsTest {
  /** x264's words for x264enc's. */
  private static final Map<String, String> WORDS =
      Map.of(
          "rc-lookahead", "rc-lookahead",
          "mb-tree", "mbtree",
          "sync-lookahead", "sync-lookahead",
          "sliced-threads", "sliced-threads",
          "bframes", "bframes",
          "b-adapt", "b-adapt",
          "threads", "threads");

  private final Material material = new Material(Path.of("/m"), 9);

  private static Map<String, String> properties(List<String> words) {
    Map<String, String> properties = new HashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        properties.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return properties;
  }

  private static Map<String, String> callcast() {
    String element =
        Encoder.x264(
            new CompositionSpec.Canvas(Material.WIDTH, Material.HEIGHT, Material.FPS, "#000000"),
            new CompositionSpec.Video(Material.VIDEO_BITRATE, 2, Latency.NORMAL, "superfast"));
    Map<String, String> properties = properties(List.of(element.split(" ", -1)));
    // Callcast asks for its key frames; the references count to them.
    properties.remove("key-int-max");
    properties.remove("name");
    return properties;
  }

  @Test
  void compositorsEncoderIsSetAsOurs() {
    List<String> command = Programs.compositor(material, 20, Path.of("/o.mp4"));
    int encoder = command.indexOf("x264enc");
    Map<String, String> theirs =
        properties(
            command.subList(
                encoder, encoder + command.subList(encoder, command.size()).indexOf("!")));

    assertThat(callcast().size()).isGreaterThan(10);
    assertThat(theirs).containsAllEntriesOf(callcast()).containsEntry("key-int-max", "60");
  }

  @Test
  void ffmpegsEncoderIsSetAsOurs() {
    List<String> command = Programs.xstack(material, 20, Path.of("/o.mp4"));
    Map<String, String> ours = callcast();
    String parameters = command.get(command.indexOf("-x264-params") + 1);
    Map<String, String> theirs = properties(List.of(parameters.split(":", -1)));

    assertThat(command.get(command.indexOf("-preset") + 1)).isEqualTo(ours.get("speed-preset"));
    int rate = Integer.parseInt(ours.get("bitrate"));
    assertThat(command.get(command.indexOf("-maxrate") + 1)).isEqualTo(rate + "000");
    int buffer = rate * Integer.parseInt(ours.get("vbv-buf-capacity")) / 1000;
    assertThat(command.get(command.indexOf("-bufsize") + 1)).isEqualTo(buffer + "000");
    WORDS.forEach((gstreamer, x264) -> {
      String value = ours.get(gstreamer).replace("true", "1").replace("false", "0");
      assertThat(theirs).as(gstreamer).containsEntry(x264, value);
    });
    for (String option : ours.get("option-string").split(":", -1)) {
      assertThat(parameters).contains(option);
    }
  }

  @Test
  void aScreenIsEncodedAsXstackIs() {
    List<String> xstack = Programs.xstack(material, 20, Path.of("/o.mp4"));
    List<String> screen = Programs.screen(":1", "unix:/s", "m", Path.of("/o.mp4"));

    assertThat(screen.subList(screen.indexOf("-c:v"), screen.size()))
        .isEqualTo(xstack.subList(xstack.indexOf("-c:v"), xstack.size()));
    assertThat(screen).containsSubsequence("-framerate", "30", "-video_size", "1280x720");
  }
}
