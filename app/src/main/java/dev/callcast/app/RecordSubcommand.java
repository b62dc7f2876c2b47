package dev.callcast.app;

import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.scene.Layouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * {@code callcast record}: records one call whose RTP an SFU at hand can send, without a node to
 * run. The participants come from a YAML file or from {@code --track} options; where to send is
 * printed, as JSON, once the port is open.
 */
@Command(
    name = "record",
    description = "Records a call that an SFU sends here as plain RTP.",
    footer = {
      "",
      "Either a file (docs/record.yaml is an example), or tracks:",
      "  callcast record --track ada:VP8:ssrc=1111:pt=101 --track ada:opus:ssrc=1112:pt=100"
    })
final class RecordSubcommand implements Callable<Integer> {
  private static final String CALL = "record";
  private static final String COMPOSITION = "main";

  @Spec private @Nullable CommandSpec commandSpec;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE.yaml",
      description = "The participants and their tracks.")
  private @Nullable Path file;

  @Option(
      names = "--track",
      paramLabel = "PARTICIPANT:CODEC:ssrc=N:pt=N[:rtx=SSRC/PT]",
      description = "One track.")
  private List<String> tracks = new ArrayList<>();

  @Option(names = "--layout", defaultValue = "grid", description = "Default: ${DEFAULT-VALUE}")
  private String layout = "grid";

  @Option(
      names = "--canvas",
      paramLabel = "WxH",
      defaultValue = "1280x720",
      description = "Default: ${DEFAULT-VALUE}")
  private String canvas = "1280x720";

  @Option(
      names = "--seconds",
      defaultValue = "0",
      description = "How long; 0, the default, until Ctrl-C.")
  private int seconds;

  @Option(
      names = "--output",
      paramLabel = "FILE.mp4",
      defaultValue = "callcast.mp4",
      description = "Default: ${DEFAULT-VALUE}")
  private Path output = Path.of("callcast.mp4");

  @Option(
      names = "--rtmp",
      paramLabel = "URL",
      description = "Stream there as well; may be given several times.")
  private List<String> rtmp = new ArrayList<>();

  @Option(
      names = "--rtp-ports",
      paramLabel = "FROM-TO",
      defaultValue = "40000-40999",
      description = "Default: ${DEFAULT-VALUE}")
  private String rtpPorts = "40000-40999";

  @Option(
      names = "--bind-ip",
      paramLabel = "IP",
      defaultValue = "127.0.0.1",
      description = "Where to receive. Default: ${DEFAULT-VALUE}")
  private String bindIp = "127.0.0.1";

  @Option(names = "--no-rtcp-mux", description = "A port of its own for RTCP.")
  private boolean separateRtcp;

  @Override
  public Integer call() throws Exception {
    List<Map<String, Object>> participants = participants();
    if (!Layouts.presets().contains(layout)) {
      throw refused("there is no layout " + layout + "; there are " + Layouts.presets());
    }
    String[] size = canvas.split("x", -1);
    String[] ports = rtpPorts.split("-", -1);
    if (size.length != 2 || ports.length != 2) {
      throw refused("the canvas has to be WIDTHxHEIGHT and the RTP ports FROM-TO");
    }
    Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(40));
    try (CallRun run = CallRun.open(CALL, bindIp, bindIp, number(ports[0]), number(ports[1]))) {
      JsonNode endpoint = run.post("/endpoints", Map.of("id", "e1", "rtcpMux", !separateRtcp));
      for (Map<String, Object> participant : participants) {
        Map<String, Object> body = new LinkedHashMap<>(participant);
        Object id = body.remove("id");
        run.put("/participants/" + id, body);
      }
      run.post("/compositions", composition(number(size[0]), number(size[1])));
      System.out.println("Send RTP here: " + endpoint);
      System.out.println("Watch it: " + run.watchUrl(COMPOSITION));
      System.out.println(
          seconds > 0
              ? "Recording for " + seconds + " s; Ctrl-C ends it before."
              : "Recording; Ctrl-C ends it.");
      double mediaTime = 0;
      while (!interrupt.isRaised() && (seconds == 0 || mediaTime < seconds)) {
        TimeUnit.MILLISECONDS.sleep(500);
        CallStats stats = run.stats();
        if (stats != null) {
          mediaTime = stats.compositions().getFirst().mediaTime();
          run.progress(stats, layout);
        }
      }
      System.out.println();
      run.finish(COMPOSITION, output);
      System.out.printf("%s  %.1f MB%n", output.toAbsolutePath(), Files.size(output) / 1e6);
      return 0;
    }
  }

  private Map<String, Object> composition(int width, int height) {
    List<Map<String, Object>> outputs = new ArrayList<>();
    outputs.add(Map.of("id", "rec", "type", "recording"));
    for (int i = 0; i < rtmp.size(); i++) {
      outputs.add(Map.of("id", "rtmp" + (i + 1), "type", "rtmp", "url", rtmp.get(i)));
    }
    return Map.of(
        "id",
        COMPOSITION,
        "canvas",
        Map.of("width", width, "height", height, "fps", 30),
        "layout",
        Map.of("preset", layout, "params", Map.of("videoSettings.showParticipantLabels", true)),
        "outputs",
        outputs);
  }

  /** What the API takes, from the file or the options. */
  private List<Map<String, Object>> participants() throws IOException {
    if ((file == null) == tracks.isEmpty()) {
      throw refused("give a file or --track options, one of both");
    }
    return file == null ? fromOptions() : fromFile(file);
  }

  @SuppressWarnings("unchecked") // the API checks every field of it, with its path
  private List<Map<String, Object>> fromFile(Path path) throws IOException {
    if (!Files.isReadable(path)) {
      throw refused(path + " can't be read");
    }
    try {
      Map<String, Object> content =
          YAMLMapper.builder().build().readValue(Files.readString(path), Map.class);
      if (!(content.get("participants") instanceof List<?> list) || list.isEmpty()) {
        throw refused(path + ": there has to be a list 'participants'; see docs/record.yaml");
      }
      List<Map<String, Object>> participants = new ArrayList<>();
      for (Object entry : list) {
        if (!(entry instanceof Map<?, ?> map) || map.get("id") == null) {
          throw refused(path + ": every participant needs an id");
        }
        Map<String, Object> participant = (Map<String, Object>) new LinkedHashMap<>(map);
        if (participant.get("tracks") instanceof List<?> declared) {
          participant.put("tracks", declared.stream().map(RecordSubcommand::onEndpoint).toList());
        }
        participants.add(participant);
      }
      return participants;
    } catch (JacksonException e) {
      throw refused(path + ": " + e.getOriginalMessage());
    }
  }

  @SuppressWarnings("unchecked") // as above
  private static Object onEndpoint(Object track) {
    if (track instanceof Map<?, ?> map) {
      Map<String, Object> complete = (Map<String, Object>) new LinkedHashMap<>(map);
      complete.putIfAbsent("endpoint", "e1");
      return complete;
    }
    return track;
  }

  private List<Map<String, Object>> fromOptions() {
    Map<String, List<Map<String, Object>>> byParticipant = new LinkedHashMap<>();
    for (String option : tracks) {
      String[] parts = option.split(":", -1);
      if (parts.length < 4) {
        throw refused("--track has to be PARTICIPANT:CODEC:ssrc=N:pt=N, not " + option);
      }
      Codec codec;
      try {
        codec = Codec.of(parts[1]);
      } catch (IllegalArgumentException e) {
        throw refused("--track " + option + ": " + e.getMessage());
      }
      boolean video = codec.kind() == TrackKind.VIDEO;
      List<Map<String, Object>> list =
          byParticipant.computeIfAbsent(parts[0], _ -> new ArrayList<>());
      Map<String, Object> track = new LinkedHashMap<>();
      track.put("id", (video ? "cam" : "mic") + (list.isEmpty() ? "" : list.size()));
      track.put("kind", codec.kind().json());
      track.put("source", video ? "camera" : "mic");
      track.put("endpoint", "e1");
      track.put("codec", codec.encodingName());
      track.put("clockRate", codec.clockRate());
      if (codec == Codec.OPUS) {
        track.put("channels", 2);
      }
      for (int i = 2; i < parts.length; i++) {
        setting(track, parts[i], option);
      }
      list.add(track);
    }
    List<Map<String, Object>> participants = new ArrayList<>();
    byParticipant.forEach((id, list) ->
        participants.add(new LinkedHashMap<>(Map.of("id", id, "name", id, "tracks", list))));
    return participants;
  }

  private void setting(Map<String, Object> track, String text, String option) {
    String value = text.substring(text.indexOf('=') + 1);
    switch (text.substring(0, Math.max(0, text.indexOf('=')))) {
      case "ssrc" -> track.put("ssrc", Long.parseLong(value));
      case "pt" -> track.put("payloadType", number(value));
      case "rtx" -> {
        String[] both = value.split("/", -1);
        if (both.length != 2) {
          throw refused("--track " + option + ": rtx has to be SSRC/PT");
        }
        track.put("rtx", Map.of("ssrc", Long.parseLong(both[0]), "payloadType", number(both[1])));
      }
      default ->
          throw refused("--track " + option + ": '" + text + "' is none of ssrc=, pt=, rtx=");
    }
  }

  private int number(String text) {
    try {
      return Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      throw refused(text + " is not a number");
    }
  }

  private ParameterException refused(String why) {
    return new ParameterException(Objects.requireNonNull(commandSpec).commandLine(), why);
  }
}
