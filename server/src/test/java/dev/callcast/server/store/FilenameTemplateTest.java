package dev.callcast.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilenameTemplateTest {
  private static final Instant START = Instant.parse("2026-11-22T12:00:05Z");

  private static String name(String template) {
    return FilenameTemplate.parse(template).name("c.1", "main", "r7", START, "n 1");
  }

  @Test
  void valuesStandWhereTheirNamesDid() {
    assertThat(name("{date}/{call}/{composition}_{start}_{node}_{recording}"))
        .isEqualTo("2026-11-22/c.1/main_20261122T120005Z_n_1_r7");
    assertThat(name("{call}/{composition}-{recording}")).isEqualTo("c.1/main-r7");
    assertThat(FilenameTemplate.DEFAULT.toString()).isEqualTo("{call}/{composition}-{recording}");
  }

  @Test
  void theRecordingIsAlwaysInIt() {
    assertThat(name("standup.mp4")).isEqualTo("standup-r7");
    assertThat(name("ünïcode ☎ {call}")).isEqualTo("ünïcode ☎ c.1-r7");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "/x",
        "..",
        "../x",
        "x/..",
        "x/../y",
        ".",
        "x//y",
        "x/",
        "{calls}",
        "{}",
        "{call",
        "call}",
        "{{call}}",
        "a\\b",
        "a\nb",
        "x/{node"
      })
  void whatLeavesItsDirectoryIsRefused(String template) {
    assertThatThrownBy(() -> FilenameTemplate.parse(template))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void valuesMakeNoDirectories() {
    FilenameTemplate template = FilenameTemplate.parse("{node}/{recording}");
    assertThat(template.name("c", "m", "r", START, "../../etc")).isEqualTo(".._.._etc/r");
    assertThatThrownBy(() -> template.name("c", "m", "r", START, ".."))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FilenameTemplate.parse("x".repeat(301)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> name("ä".repeat(150))).isInstanceOf(IllegalArgumentException.class);
  }
}
