package dev.callcast.app;

import dev.callcast.scene.Layouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code demo} and {@code record} about what is composed and where it goes. */
final class PictureOptions {
  private static final int LEAST = 64;
  private static final int MOST = 3840;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec commandSpec;

  @Option(
      names = "--canvas",
      paramLabel = "WxH",
      defaultValue = "1280x720",
      description = "Default: ${DEFAULT-VALUE}")
  private String canvas = "1280x720";

  @Option(
      names = "--rtmp",
      paramLabel = "URL",
      description = "Stream there as well; may be given several times.")
  private List<String> rtmp = new ArrayList<>();

  /** Width and height in px. */
  record Canvas(int width, int height) {
    /** The API's form, at 30 fps. */
    Map<String, Object> toApi() {
      return Map.of("width", width, "height", height, "fps", 30);
    }
  }

  Canvas canvas() {
    return parse(canvas, this::refused);
  }

  /** Reads a size; refuses another by what {@code refused} makes of the reason. */
  static Canvas parse(String text, Function<String, ParameterException> refused) {
    String[] parts = text.split("x", -1);
    if (parts.length == 2 && side(parts[0]) > 0 && side(parts[1]) > 0) {
      return new Canvas(side(parts[0]), side(parts[1]));
    }
    throw refused.apply(
        "--canvas has to be WIDTHxHEIGHT, such as 1280x720, both even and from "
            + LEAST
            + " to "
            + MOST
            + ", not "
            + text);
  }

  /** The length of a side, or 0 when it is none. */
  private static int side(String text) {
    try {
      int value = Integer.parseInt(text);
      return value >= LEAST && value <= MOST && value % 2 == 0 ? value : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** A recording with the id {@code rec}, and a stream to each URL. */
  List<Map<String, Object>> outputs() {
    List<Map<String, Object>> outputs = new ArrayList<>();
    outputs.add(Map.of("id", "rec", "type", "recording"));
    for (int i = 0; i < rtmp.size(); i++) {
      outputs.add(Map.of("id", "rtmp" + (i + 1), "type", "rtmp", "url", rtmp.get(i)));
    }
    return outputs;
  }

  /** Refuses a layout that does not exist. */
  void checkLayout(String layout) {
    if (!Layouts.presets().contains(layout)) {
      throw refused(
          "there is no layout '" + layout + "'; there are " + String.join(", ", Layouts.presets()));
    }
  }

  /** Makes sure that a file can be written there, before anything is recorded for it. */
  void checkOutput(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw refused("--output " + file + " is a directory");
    }
    try {
      Files.createDirectories(parent);
    } catch (IOException e) {
      throw refused("--output " + file + ": the directory can't be made: " + e);
    }
    if (!Files.isWritable(Files.exists(file) ? file : parent)) {
      throw refused("--output " + file + ": no file can be written there");
    }
  }

  /** The command line is wrong. */
  ParameterException refused(String why) {
    return new ParameterException(Objects.requireNonNull(commandSpec).commandLine(), why);
  }
}
