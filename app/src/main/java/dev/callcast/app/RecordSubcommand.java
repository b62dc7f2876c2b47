package dev.callcast.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

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
  private static final String ENDPOINT = "e1";

  @Mixin private PictureOptions picture = new PictureOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE.yaml",
      description = "The participants and their tracks.")
  private @Nullable Path file;

  @Option(
      names = "--track",
      paramLabel = "TRACK",
      description =
          "PARTICIPANT:CODEC:ssrc=N:pt=N[:rtx=SSRC/PT][:source=SOURCE]; may be given several times.")
  private List<String> tracks = new ArrayList<>();

  @Option(
      names = "--layout",
      paramLabel = "PRESET",
      defaultValue = "grid",
      description = "Default: ${DEFAULT-VALUE}")
  private String layout = "grid";

  @Option(
      names = "--seconds",
      paramLabel = "N",
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

  @Mixin private StorageOptions storage = new StorageOptions();

  @Override
  public Integer call() throws Exception {
    picture.checkLayout(layout);
    PictureOptions.Canvas canvas = picture.canvas();
    if (seconds < 0) {
      throw picture.refused("--seconds can't be negative");
    }
    List<Map<String, Object>> participants;
    int[] ports;
    NodeSettings settings;
    try {
      settings = storage.settings();
      participants = participants();
      ports = NodeSettings.range(rtpPorts);
    } catch (IllegalArgumentException e) {
      throw picture.refused(String.valueOf(e.getMessage()));
    }
    picture.checkOutput(output);
    Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(40));
    try (CallRun run = CallRun.open(CALL, bindIp, bindIp, ports[0], ports[1], settings)) {
      JsonNode endpoint = run.post("/endpoints", Map.of("id", ENDPOINT, "rtcpMux", !separateRtcp));
      Map<String, String> names = new HashMap<>();
      for (Map<String, Object> participant : participants) {
        Map<String, Object> body = new LinkedHashMap<>(participant);
        String id = String.valueOf(body.remove("id"));
        names.put(id, run.put("/participants/" + id, body).path("name").asString(id));
      }
      run.post("/compositions", composition(canvas));
      System.out.println("Send RTP here: " + endpoint);
      System.out.println("Watch it: " + run.watchUrl(COMPOSITION));
      System.out.println(
          seconds > 0
              ? "Recording for " + seconds + " s; Ctrl-C ends it before."
              : "Recording; Ctrl-C ends it.");
      run.tellStreams();
      run.follow(interrupt, seconds, layout, names, _ -> layout);
      JsonNode recording = run.finish(COMPOSITION, storage.isNamed() ? null : output);
      System.out.printf(
          Locale.ROOT,
          "%s  %.1f s, %.1f MB%n",
          storage.isNamed()
              ? recording.get("storage").asString() + ": " + recording.get("key").asString()
              : output.toAbsolutePath(),
          recording.path("duration").asDouble(),
          recording.path("bytes").asLong() / 1e6);
      return 0;
    }
  }

  private Map<String, Object> composition(PictureOptions.Canvas canvas) {
    return Map.of(
        "id",
        COMPOSITION,
        "canvas",
        canvas.toApi(),
        "layout",
        Map.of("preset", layout, "params", Map.of("videoSettings.showParticipantLabels", true)),
        // In the order in which they are described: places do not change with who speaks.
        "participants",
        Map.of("video", List.of("*"), "audio", List.of("*"), "sort", "joined"),
        "outputs",
        picture.outputs());
  }

  /** What the API takes, from the file or the options. */
  private List<Map<String, Object>> participants() throws IOException {
    if ((file == null) == tracks.isEmpty()) {
      throw new IllegalArgumentException("give a file or --track options, one of both");
    }
    CallDescription description = new CallDescription(ENDPOINT);
    return file == null ? description.fromOptions(tracks) : description.fromFile(file);
  }
}
