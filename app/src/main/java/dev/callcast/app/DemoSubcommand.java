package dev.callcast.app;

import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.Scene;
import dev.callcast.scene.SceneState;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/**
 * {@code callcast demo}: the main job on real RTP. A node in this process, a worker in another, and
 * participants that send from a third; a file at the end, looked at and listened to from its first
 * to its last frame.
 */
@Command(name = "demo", description = "Records a made-up call, and checks what was recorded.")
final class DemoSubcommand implements Callable<Integer> {
  private static final String CALL = "demo";
  private static final String COMPOSITION = "main";
  private static final List<String> TOUR =
      List.of("grid", "dominant", "grid", "pip", "grid", "split");
  private static final double LAYOUT_SECONDS = 5;
  private static final int MOST_PROBLEMS = 12;

  @Mixin private PictureOptions picture = new PictureOptions();

  @Option(
      names = "--participants",
      paramLabel = "N",
      defaultValue = "4",
      description = "How many, 1 to 50. Default: ${DEFAULT-VALUE}")
  private int participants;

  @Option(
      names = "--layout",
      paramLabel = "PRESET",
      description = "Stay with it; by default the layout changes every 5 s.")
  private @Nullable String layout;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long. Ctrl-C ends it before. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--output",
      paramLabel = "FILE.mp4",
      defaultValue = "callcast-demo.mp4",
      description = "Default: ${DEFAULT-VALUE}")
  private Path output = Path.of("callcast-demo.mp4");

  @Option(
      names = "--s3",
      description =
          "Record to an S3 server that is started on this machine, while the call goes on.")
  private boolean s3;

  @Mixin private StorageOptions storage = new StorageOptions();

  /** A stretch of the recording with one layout. */
  private record Phase(String preset, double from, double to) {}

  @Override
  public Integer call() throws Exception {
    PictureOptions.Canvas canvas = check();
    picture.checkOutput(output);
    if (!s3) {
      return run(canvas, settings());
    }
    try (LocalS3 server = LocalS3.start()) {
      System.out.println("S3 server: " + server.endpoint() + ", bucket " + LocalS3.BUCKET);
      return run(canvas, server.settings());
    }
  }

  private NodeSettings settings() throws IOException {
    try {
      return storage.settings();
    } catch (IllegalArgumentException e) {
      throw picture.refused(String.valueOf(e.getMessage()));
    }
  }

  private int run(PictureOptions.Canvas canvas, NodeSettings settings) throws Exception {
    Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(40));
    List<SyntheticParticipant> people = MadeUpParticipants.people(participants, "e1");
    System.out.printf(
        "%d made-up participant%s, %d s, %dx%d at 30 fps. Starting a node ...%n",
        participants, participants == 1 ? "" : "s", seconds, canvas.width(), canvas.height());
    try (Senders senders = Senders.start();
        CallRun run = CallRun.open(CALL, "127.0.0.1", "127.0.0.1", 40000, 49999, settings)) {
      if (!senders.isPrepared(people)) {
        System.out.println("Encoding the participants' clips; they are kept for the next time ...");
        senders.prepare(people);
      }
      JsonNode endpoint = run.post("/endpoints", Map.of("id", "e1", "rtcpMux", true));
      senders.open(
          TransportSpec.of(
              "e1", endpoint.get("ip").asString(), endpoint.get("port").asInt(), null));
      for (SyntheticParticipant participant : people) {
        run.put("/participants/" + participant.id(), participant.toApi());
        senders.add(participant);
      }
      String first = layout == null ? TOUR.getFirst() : layout;
      run.post("/compositions", composition(canvas, first));
      System.out.println("Watch it: " + run.watchUrl(COMPOSITION));
      List<Phase> phases = watch(run, senders, people, first, interrupt);
      System.out.println("Stopping. Everything up to now will be in the file.");
      String before = run.uploads();
      long stopped = System.nanoTime();
      JsonNode recording = run.finish(COMPOSITION, output);
      if (!before.isEmpty()) {
        System.out.printf(
            Locale.ROOT,
            "At the stop: %s. In its storage %.1f s later: %s%n",
            before,
            (System.nanoTime() - stopped) / 1e9,
            recording.get("key").asString());
      }
      return judge(people, phases, canvas) ? 0 : 1;
    }
  }

  private PictureOptions.Canvas check() {
    if (participants < 1 || participants > 50) {
      throw picture.refused("--participants has to be from 1 to 50, not " + participants);
    }
    if (seconds < 1) {
      throw picture.refused("--seconds has to be at least 1, not " + seconds);
    }
    if (layout != null) {
      picture.checkLayout(layout);
    }
    return picture.canvas();
  }

  private Map<String, Object> composition(PictureOptions.Canvas canvas, String preset) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", COMPOSITION);
    body.put("canvas", canvas.toApi());
    body.put("layout", layoutOf(preset));
    // The check at the end knows who stands where.
    body.put(
        "participants", Map.of("video", List.of("*"), "audio", List.of("*"), "sort", "joined"));
    body.put("outputs", picture.outputs());
    return body;
  }

  private static Map<String, Object> layoutOf(String preset) {
    return Map.of("preset", preset, "params", params());
  }

  private static Map<String, Object> params() {
    return Map.of(
        "videoSettings.showParticipantLabels", true, "videoSettings.labels.fontSize_pct", 80);
  }

  /** Shows how it goes, and changes layout and speaker, until the time is over. */
  private List<Phase> watch(
      CallRun run,
      Senders senders,
      List<SyntheticParticipant> people,
      String first,
      Interrupt interrupt)
      throws IOException, InterruptedException {
    Map<String, String> names = new HashMap<>();
    people.forEach(participant -> names.put(participant.id(), participant.name()));
    Tour tour = new Tour(run, senders, people, first);
    double end = run.follow(interrupt, seconds, first, names, tour::at);
    return tour.phases(end);
  }

  /** Lets one after the other speak, and the layout change. */
  private final class Tour {
    private final CallRun run;
    private final Senders senders;
    private final List<SyntheticParticipant> people;
    private final List<Phase> phases = new ArrayList<>();
    private String preset;
    private double phaseStart;
    private int step;
    private @Nullable String speaking;

    Tour(CallRun run, Senders senders, List<SyntheticParticipant> people, String first) {
      this.run = run;
      this.senders = senders;
      this.people = people;
      this.preset = first;
    }

    String at(double mediaTime) throws IOException, InterruptedException {
      SyntheticParticipant next = people.get((int) (mediaTime / 3) % people.size());
      if (!next.id().equals(speaking)) {
        if (speaking != null) {
          senders.setSpeaking(speaking, false);
        }
        senders.setSpeaking(next.id(), true);
        speaking = next.id();
      }
      if (layout == null && mediaTime > (step + 1) * LAYOUT_SECONDS && mediaTime < seconds - 1) {
        step++;
        String wanted = TOUR.get(step % TOUR.size());
        run.patch("/compositions/" + COMPOSITION, Map.of("layout", layoutOf(wanted)));
        phases.add(new Phase(preset, phaseStart, mediaTime));
        preset = wanted;
        phaseStart = mediaTime + 1;
      }
      return preset;
    }

    List<Phase> phases(double end) {
      phases.add(new Phase(preset, phaseStart, end));
      return phases;
    }
  }

  /** Looks at the whole file and says what is in it. */
  private boolean judge(
      List<SyntheticParticipant> people, List<Phase> phases, PictureOptions.Canvas canvas)
      throws IOException, InterruptedException {
    List<Tile> tiles = new ArrayList<>();
    for (Phase phase : phases) {
      // Who is large in the other layouts depends on who speaks; the grid can be told beforehand.
      if (phase.preset().equals("grid") || layout != null) {
        tiles.addAll(tiles(people, phase, canvas));
      }
    }
    ContentReport report = ContentCheck.run(output, tiles);
    System.out.print(report.summary());
    List<String> problems = report.problems(ContentReport.Limits.STANDARD);
    System.out.printf(
        Locale.ROOT,
        "%s  %.1f s, %.1f MB  %s%n",
        output.toAbsolutePath(),
        report.probe().duration(),
        Files.size(output) / 1e6,
        problems.isEmpty() ? "check passed" : "CHECK FAILED");
    problems.stream().limit(MOST_PROBLEMS).forEach(problem -> System.out.println("  " + problem));
    if (problems.size() > MOST_PROBLEMS) {
      System.out.println("  and " + (problems.size() - MOST_PROBLEMS) + " more");
    }
    return problems.isEmpty();
  }

  private static List<Tile> tiles(
      List<SyntheticParticipant> people, Phase phase, PictureOptions.Canvas canvas) {
    List<SceneState.Participant> shown = new ArrayList<>();
    Map<String, Integer> indices = new HashMap<>();
    for (SyntheticParticipant participant : people) {
      indices.put(participant.id(), participant.index());
      shown.add(
          new SceneState.Participant(
              participant.id(),
              participant.name(),
              false,
              new SceneState.Video(participant.id() + "/cam", 640, 360, false),
              null,
              true,
              0));
    }
    Scene scene =
        Layouts.scene(
            phase.preset(),
            LayoutParams.parse(params()),
            canvas.width(),
            canvas.height(),
            Color.BLACK,
            new SceneState(shown, null, phase.from()));
    List<Tile> tiles = new ArrayList<>();
    // Participants join one after the other: the first second shows placeholders.
    double from = phase.from() < 1 ? 2 : phase.from();
    for (Layer layer : scene.layers()) {
      if (layer instanceof Layer.Tile tile && tile.track() != null && phase.to() - from > 1.5) {
        tiles.add(
            Tile.of(
                    Objects.requireNonNull(indices.get(tile.participant())),
                    tile.scaleMode() == Layer.ScaleMode.FIT
                        ? Placement.fit(tile.rect(), 640, 360)
                        : Placement.fill(tile.rect(), 640, 360))
                .between(from, phase.to()));
      }
    }
    return tiles;
  }
}
