package dev.callcast.gst;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds every offset and value of {@link Layout} against the installed headers, by a compiled C
 * program.
 */
class OffsetsTest {
  @TempDir Path directory;

  @Test
  void layoutIsThatOfTheInstalledHeaders() throws Exception {
    Path program = directory.resolve("offsets");
    String flags = String.join(" ", run("pkg-config", "--cflags", "--libs", "gstreamer-video-1.0"));
    List<String> compile =
        new ArrayList<>(List.of("cc", "-o", program.toString(), "src/test/c/offsets.c"));
    compile.addAll(List.of(flags.trim().split("\\s+")));
    run(compile.toArray(String[]::new));

    Map<String, Long> inC = new TreeMap<>();
    for (String line : run(program.toString())) {
      String[] words = line.split(" ");
      inC.put(words[0], Long.valueOf(words[1]));
    }
    Map<String, Long> inJava = new TreeMap<>();
    for (Field field : Layout.class.getDeclaredFields()) {
      if (field.getType() == int.class) {
        inJava.put(field.getName(), (long) field.getInt(null));
      }
    }
    assertThat(inJava).isEqualTo(inC).hasSizeGreaterThan(40);
  }

  private static List<String> run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      List<String> lines = reader.lines().toList();
      if (process.waitFor() != 0) {
        fail(String.join(" ", command) + ": " + lines);
      }
      return lines;
    }
  }
}
