package dev.callcast.app;

import dev.callcast.gst.NativePicture;
import dev.callcast.media.compose.AssetCheck;
import dev.callcast.media.ingest.Frame;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.worker.LayoutTrial;
import dev.callcast.media.worker.LayoutTrial.Call;
import dev.callcast.media.worker.LayoutTrial.Size;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.clip.ClipPainter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code callcast layout}: for those who write layouts in JavaScript. */
@Command(
    name = "layout",
    description = "Helps to write layouts in JavaScript.",
    subcommands = LayoutSubcommand.Try.class)
final class LayoutSubcommand implements Callable<Integer> {
  private static final String[] NAMES = {
    "Ada Lovelace", "Grace Hopper", "Alan Turing", "محمد علي", "山田太郎", "Ольга Петрова", "Åsa Öberg"
  };

  @Spec private @Nullable CommandSpec commandSpec;

  @Override
  public Integer call() {
    CommandSpec spec = Objects.requireNonNull(commandSpec);
    spec.commandLine().usage(spec.commandLine().getErr());
    return spec.exitCodeOnInvalidInput();
  }

  /** {@code callcast layout try FILE.js}: the pictures that it makes. */
  @Command(
      name = "try",
      mixinStandardHelpOptions = true,
      description =
          "Renders calls of 1, 2 and --participants, and one with a shared screen, as PNG. Exit"
              + " status 1 when the layout fails, with the line.")
  static final class Try implements Callable<Integer> {
    @Spec private @Nullable CommandSpec commandSpec;

    @Parameters(index = "0", paramLabel = "FILE.js")
    private Path file = Path.of("");

    @Option(
        names = "--participants",
        paramLabel = "N",
        defaultValue = "5",
        description = "From 0 to 50. Default: ${DEFAULT-VALUE}")
    private int participants = 5;

    @Option(
        names = "--canvas",
        paramLabel = "WxH",
        defaultValue = "1280x720",
        description = "Default: ${DEFAULT-VALUE}")
    private String canvas = "1280x720";

    @Option(
        names = "--output",
        paramLabel = "DIR",
        defaultValue = ".",
        description = "Where the PNGs go. Default: ${DEFAULT-VALUE}")
    private Path output = Path.of(".");

    @Option(
        names = "--param",
        paramLabel = "NAME=VALUE",
        description = "A param of the composition, such as custom.title=Hello; may be repeated.")
    private Map<String, String> params = new LinkedHashMap<>();

    @Option(
        names = "--asset",
        paramLabel = "NAME=FILE",
        description = "An image that the layout shows, or a font; may be repeated.")
    private Map<String, Path> assets = new LinkedHashMap<>();

    @Option(
        names = "--time",
        paramLabel = "SECONDS",
        defaultValue = "1",
        description = "Media time. Default: ${DEFAULT-VALUE}")
    private double time = 1;

    private final Map<String, String> images = new HashMap<>();
    private final Map<String, String> fonts = new HashMap<>();

    @Override
    public Integer call() throws IOException {
      PictureOptions.Canvas size = PictureOptions.parse(canvas, this::refused);
      if (participants < 0 || participants > 50) {
        throw refused("--participants has to be from 0 to 50");
      }
      for (Map.Entry<String, Path> asset : assets.entrySet()) {
        JsonNode found = ProtocolJson.MAPPER.readTree(AssetCheck.line(asset.getValue()));
        if (found.has("error")) {
          throw refused(
              "--asset %s: %s cannot be used: %s"
                  .formatted(asset.getKey(), asset.getValue(), found.get("error").asString()));
        }
        boolean font = found.path("type").asString("").startsWith("font/");
        (font ? fonts : images).put(asset.getKey(), asset.getValue().toAbsolutePath().toString());
      }
      String source = Files.readString(file);
      Files.createDirectories(output);
      TreeSet<Integer> counts = new TreeSet<>(List.of(participants));
      counts.addAll(List.of(1, 2));
      counts.tailSet(participants, false).clear();
      try {
        for (int count : counts) {
          write(source, size, count, false, "-" + count);
        }
        write(source, size, participants, true, "-" + participants + "-screen");
      } catch (ScriptException e) {
        Objects.requireNonNull(commandSpec)
            .commandLine()
            .getErr()
            .println(file + (e.line() > 0 ? ":" + e.line() : "") + ": " + e.getMessage());
        return 1;
      }
      return 0;
    }

    private void write(
        String source, PictureOptions.Canvas size, int count, boolean screen, String suffix)
        throws IOException, ScriptException {
      String name = String.valueOf(file.getFileName()).replaceFirst("\\.[a-z]+$", "");
      Map<String, Object> values = new HashMap<>();
      params.forEach((param, text) -> values.put(param, value(text)));
      try (MadeUp call = new MadeUp(count, screen && count > 0)) {
        byte[] png =
            LayoutTrial.png(
                source,
                values,
                new CompositionSpec.Canvas(size.width(), size.height(), 30, "#000000"),
                images,
                fonts,
                new Call(call.participants, count == 0 ? null : "p1", call.sizes, time),
                call::frame,
                text -> Objects.requireNonNull(commandSpec).commandLine().getErr().print(text));
        Path picture = output.resolve(name + suffix + ".png");
        Files.write(picture, png);
        Objects.requireNonNull(commandSpec).commandLine().getOut().println(picture);
      }
    }

    /** A number, true or false where it looks so, else the text itself. */
    private static Object value(String text) {
      try {
        JsonNode json = ProtocolJson.MAPPER.readTree(text);
        if (json.isNumber()) {
          return json.asDouble();
        }
        if (json.isBoolean()) {
          return json.asBoolean();
        }
      } catch (JacksonException e) {
        // A word is no JSON.
      }
      return text;
    }

    private picocli.CommandLine.ParameterException refused(String why) {
      return new picocli.CommandLine.ParameterException(
          Objects.requireNonNull(commandSpec).commandLine(), why);
    }
  }

  /** Participants with still pictures; every fourth one has no camera. */
  private static final class MadeUp implements AutoCloseable {
    private final List<ParticipantSpec> participants = new ArrayList<>();
    private final Map<String, Size> sizes = new HashMap<>();
    private final Map<String, Frame> frames = new HashMap<>();

    MadeUp(int count, boolean screen) {
      for (int i = 0; i < count; i++) {
        String id = "p" + (i + 1);
        String name = NAMES[i % NAMES.length];
        List<TrackSpec> tracks = new ArrayList<>(List.of(microphone()));
        if (i % 4 != 3) {
          tracks.add(track("cam", TrackSource.CAMERA));
          picture(id + "/cam", i, name, 640, 360);
        }
        if (screen && i == 0) {
          tracks.add(track("screen", TrackSource.SCREEN));
          picture(id + "/screen", 60, "screen", 1280, 720);
        }
        participants.add(new ParticipantSpec(id, name, i == 0, i % 3 == 1, 1, 0, tracks));
      }
    }

    private static TrackSpec microphone() {
      return new TrackSpec(
          "mic",
          TrackKind.AUDIO,
          TrackSource.MIC,
          "e",
          2,
          100,
          Codec.OPUS,
          48_000,
          2,
          null,
          false,
          List.of());
    }

    private static TrackSpec track(String id, TrackSource source) {
      return new TrackSpec(
          id, TrackKind.VIDEO, source, "e", 1, 96, Codec.VP8, 90_000, 0, null, false, List.of());
    }

    private void picture(String key, int number, String name, int width, int height) {
      NativePicture picture = NativePicture.allocate(width, height);
      picture.load(new ClipPainter(number, name, width, height, 30, 300).paint(20));
      sizes.put(key, new Size(width, height));
      frames.put(key, new Frame(picture.view(), 0, 0, number, picture::close));
    }

    @Nullable Frame frame(String track) {
      Frame frame = frames.get(track);
      return frame == null ? null : frame.retain();
    }

    @Override
    public void close() {
      frames.values().forEach(Frame::release);
    }
  }
}
