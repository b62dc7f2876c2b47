package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallDescriptionTest {
  @TempDir Path directory;

  private final CallDescription description = new CallDescription("e1");

  @Test
  void optionsOfOneParticipantComeTogether() {
    List<Map<String, Object>> participants =
        description.fromOptions(
            List.of(
                "ada:vp8:ssrc=4000000000:pt=101:rtx=1112/102",
                "grace:PCMU:ssrc=5:pt=0",
                "ada:opus:ssrc=1113:pt=100",
                "ada:VP8:ssrc=1114:pt=101:source=screen"));
    assertThat(participants).extracting(body -> body.get("id")).containsExactly("ada", "grace");
    assertThat(participants.getFirst().get("tracks"))
        .isEqualTo(
            List.of(
                Map.of(
                    "id",
                    "cam",
                    "kind",
                    "video",
                    "source",
                    "camera",
                    "endpoint",
                    "e1",
                    "codec",
                    "VP8",
                    "clockRate",
                    90000,
                    "ssrc",
                    4_000_000_000L,
                    "payloadType",
                    101L,
                    "rtx",
                    Map.of("ssrc", 1112L, "payloadType", 102L)),
                Map.of(
                    "id",
                    "mic",
                    "kind",
                    "audio",
                    "source",
                    "mic",
                    "endpoint",
                    "e1",
                    "codec",
                    "opus",
                    "clockRate",
                    48000,
                    "channels",
                    2,
                    "ssrc",
                    1113L,
                    "payloadType",
                    100L),
                Map.of(
                    "id",
                    "cam2",
                    "kind",
                    "video",
                    "source",
                    "screen",
                    "endpoint",
                    "e1",
                    "codec",
                    "VP8",
                    "clockRate",
                    90000,
                    "ssrc",
                    1114L,
                    "payloadType",
                    101L)));
  }

  @Test
  void aWrongOptionIsNamedWithWhatItHasToBe() {
    wrongOption("ada:VP8:ssrc=1", "too short");
    wrongOption("ada:AV1:ssrc=1:pt=2", "unknown codec AV1");
    wrongOption("ada:VP8:ssrc=x:pt=2", "'x' is no number");
    wrongOption("ada:VP8:ssrc=1:pt=2:rtx=3", "rtx has to be SSRC/PT");
    wrongOption("ada:VP8:ssrc=1:pt=2:fps=30", "'fps=30' is none of");
    wrongOption("ada:VP8:1111:pt=2", "'1111' is none of");
  }

  private void wrongOption(String option, String why) {
    assertThatThrownBy(() -> description.fromOptions(List.of(option)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(option, why, "PARTICIPANT:CODEC:ssrc=N:pt=N");
  }

  @Test
  void theExampleInTheDocsIsRead() throws Exception {
    List<Map<String, Object>> participants =
        description.fromFile(Path.of("..", "docs", "record.yaml"));
    assertThat(participants).extracting(body -> body.get("id")).containsExactly("ada", "grace");
    assertThat((List<?>) participants.getFirst().get("tracks"))
        .allSatisfy(track -> assertThat(((Map<?, ?>) track).get("endpoint")).isEqualTo("e1"));
  }

  @Test
  void aFileThatDescribesNoCallIsRefused() throws Exception {
    wrongFile("", "call.yaml");
    wrongFile("- a\n- b\n", "'participants'");
    wrongFile("participants: []\n", "'participants'");
    wrongFile("participants: [{name: Ada}]\n", "needs an id");
    wrongFile("participants: [{id: ada\n", "call.yaml");
    assertThatThrownBy(() -> description.fromFile(directory.resolve("none.yaml")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no file");
  }

  private void wrongFile(String content, String why) throws Exception {
    Path file = Files.writeString(directory.resolve("call.yaml"), content);
    assertThatThrownBy(() -> description.fromFile(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
