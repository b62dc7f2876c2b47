package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Pausing, splitting, marking and limiting recordings of a live call, with sound alone too. */
@Tag("media")
class RecordingControlTest {
  private static final Logger log = LoggerFactory.getLogger(RecordingControlTest.class);

  /** Worker and node are killed in the pause; then it goes on, and is split. */
  @Test
  void pausedKilledSplitAndMarked() throws Exception {
    try (LiveNode node = LiveNode.serve()) {
      LiveCall call = node.call("standup");
      call.endpoint("e1");
      List<SyntheticParticipant> people =
          IntStream.range(0, 2).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
      call.joinAll(people);
      Map<String, Object> body = new HashMap<>(LiveCall.composition("main", 640, 360, 30, "grid"));
      body.put(
          "outputs",
          List.of(
              Map.of("id", "rec", "type", "recording", "faststart", true),
              Map.of("id", "aac", "type", "recording", "format", "m4a"),
              Map.of("id", "opus", "type", "recording", "format", "ogg")));
      call.compose(body);
      String main = call.path() + "/compositions/main";
      call.awaitMediaTime("main", 3);
      node.api().post(main + "/markers", Map.of("label", "one"));
      call.awaitMediaTime("main", 4.5);
      node.api().post(main + "/pause", Map.of());
      double paused =
          call.awaitEvent("composition.paused", event -> true).get("mediaTime").asDouble();
      node.api().post(main + "/markers", Map.of("label", "in the pause"));
      call.awaitEvent(
          "composition.marker",
          event -> event.get("data").get("label").asString().equals("in the pause"));
      TimeUnit.MILLISECONDS.sleep(700);
      long worker = call.workerPid();
      node.kill();
      assertThat(ProcessHandle.of(worker).orElseThrow().destroyForcibly()).isTrue();
      node.restart();
      call.awaitEvent("worker.started", event -> event.get("data").get("epoch").asInt() == 2);
      LiveCall.await(
          Duration.ofSeconds(20),
          "a picture of the new worker",
          () -> call.compositionStats("main").has("ticks"));
      call.awaitMediaTime("main", call.mediaTime("main") + 1.5); // everyone has a key frame again
      node.api().post(main + "/resume", Map.of());
      double resumed =
          call.awaitEvent("composition.resumed", event -> true).get("mediaTime").asDouble();
      call.awaitMediaTime("main", resumed + 3.3);
      JsonNode split = node.api().post(main + "/split", Map.of());
      log.info("{}", split);
      assertThat(split.get("items").size()).isEqualTo(3);
      double cut =
          call.awaitEvent(
                  "recording.started",
                  event -> event.get("data").has("previous") && output(event).equals("rec"))
              .get("mediaTime")
              .asDouble();
      node.api().post(main + "/markers", Map.of("label", "two"));
      call.awaitMediaTime("main", cut + 3);
      // A stop lets through what was captured before it, and that is 0.3 s later than what is
      // mixed.
      double end = call.mediaTime("main") + 0.3;
      boolean calm = call.compositionStats("main").get("skippedTicks").asLong() == 0;
      node.api().post(main + "/stop", Map.of());
      LiveCall.await(
          Duration.ofSeconds(20),
          "six recordings that are ready",
          () -> states(call).equals(List.of("ready", "ready", "ready", "ready", "ready", "ready")));

      for (JsonNode each : call.recordings()) {
        log.info("{}: {} s of {}", each.get("output"), each.get("duration"), each.get("segments"));
      }
      JsonNode second = recording(call, "rec", true);
      JsonNode first = recording(call, "rec", false);
      assertThat(first.get("next").asString()).isEqualTo(second.get("id").asString());
      assertThat(second.get("previous").asString()).isEqualTo(first.get("id").asString());
      // The pause is cut out from the very picture to the very picture; the crash is within it.
      JsonNode segments = first.get("segments");
      assertThat(segments.size()).isEqualTo(2);
      assertThat(segments.at("/0/end").asDouble()).isCloseTo(paused, within(0.001));
      assertThat(segments.at("/1/start").asDouble()).isCloseTo(resumed, within(0.036));
      assertThat(segments.at("/1/end").asDouble()).isCloseTo(cut, within(0.001));
      assertThat(second.at("/segments/0/start").asDouble()).isCloseTo(cut, within(0.001));
      double length = paused + cut - segments.at("/1/start").asDouble();
      assertThat(first.get("duration").asDouble()).isCloseTo(length, within(0.001));

      double shownPause = paused - segments.at("/0/start").asDouble();
      List<Tile> tiles = new ArrayList<>(tiles(people, 1.5, shownPause));
      tiles.addAll(tiles(people, shownPause, length)); // apart: a flash may be on one side only
      assertContent(call, first, tiles, length, calm);
      assertContent(call, second, tiles(people, 0, end - cut), end - cut, calm);
      List<String> chapters = chapters(call.recordingFile(first));
      assertThat(chapters).hasSize(2);
      assertThat(chapters.get(0)).endsWith("one");
      assertThat(chapters.get(1)).endsWith("in the pause");
      assertThat(Double.parseDouble(chapters.get(1).split(" ")[0])).isCloseTo(paused, within(0.04));
      assertThat(chapters(call.recordingFile(second)).getLast()).endsWith("two");
      assertThat(first.at("/markers/1/time").asDouble()).isCloseTo(paused, within(0.04));

      for (String output : List.of("aac", "opus")) {
        for (boolean later : new boolean[] {false, true}) {
          JsonNode sound = recording(call, output, later);
          assertThat(sound.get("duration").asDouble())
              .isCloseTo(
                  later ? end - cut : length,
                  // Opus begins when its file is open, and is split where the request finds it.
                  within(output.equals("opus") ? 1.0 : 0.4));
          ContentReport report = ContentCheck.run(call.recordingFile(sound), List.of());
          assertThat(report.probe().video()).isNull();
          assertThat(report.silent()).isEmpty();
          assertThat(report.decodeErrors()).isEmpty();
          assertThat(chapters(call.recordingFile(sound))).hasSize(later ? 1 : 2);
        }
      }
    }
  }

  private static List<Tile> tiles(List<SyntheticParticipant> people, double from, double to) {
    return Tiles.of("grid", Map.of(), 640, 360, people, from, to);
  }

  /** {@code calm}: the machine kept up, so it can be judged how exactly sound and picture agree. */
  private static void assertContent(
      LiveCall call, JsonNode recording, List<Tile> tiles, double seconds, boolean calm)
      throws IOException, InterruptedException {
    Path file = call.recordingFile(recording);
    ContentReport report = ContentCheck.run(file, tiles);
    log.info("{}", report.summary());
    ContentReport.Limits standard = ContentReport.Limits.STANDARD.withSeconds(seconds, 0.4);
    ContentReport.Limits limits =
        calm
            ? standard
            : new ContentReport.Limits(
                standard.seconds(), standard.secondsTolerance(), standard.seen(), 40, 500, 0.3);
    assertThat(report.problems(limits))
        // Until everyone is decoded the picture of a call that has just begun stands still.
        .filteredOn(problem -> !problem.matches("frozen \\[[01]\\.\\d+–[01]\\.\\d+ s]"))
        .isEmpty();
    // The index is in front.
    byte[] head = Files.readAllBytes(file);
    String start = new String(head, 0, 100, StandardCharsets.ISO_8859_1);
    assertThat(start.indexOf("moov")).isEqualTo(56);
  }

  private static String output(JsonNode event) {
    return event.get("data").get("output").asString();
  }

  private static List<String> states(LiveCall call) throws IOException, InterruptedException {
    List<String> states = new ArrayList<>();
    call.recordings().forEach(recording -> states.add(recording.get("state").asString()));
    return states;
  }

  private static JsonNode recording(LiveCall call, String output, boolean later)
      throws IOException, InterruptedException {
    for (JsonNode recording : call.recordings()) {
      if (recording.get("output").asString().equals(output) && recording.has("previous") == later) {
        return recording;
      }
    }
    throw new AssertionError("no recording of " + output);
  }

  /** Start and title of each chapter that has one. */
  private static List<String> chapters(Path file) throws IOException, InterruptedException {
    Process probe =
        new ProcessBuilder(
                "ffprobe",
                "-v",
                "error",
                "-show_entries",
                "chapter=start_time:chapter_tags=title",
                "-of",
                "csv=p=0",
                file.toString())
            .start();
    String out = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    probe.waitFor();
    return out.lines()
        .map(line -> line.replace("\"", "").split(",", 2))
        .filter(parts -> parts.length == 2 && !parts[1].isEmpty())
        .map(parts -> parts[0] + " " + parts[1])
        .toList();
  }

  /** Each ends by itself, says why, and disturbs nobody; one of them has no picture at all. */
  @Test
  @Tag("long")
  void limitsEndRecordingsAndSayWhy() throws Exception {
    try (LiveNode node = LiveNode.start()) {
      LiveCall call = node.call("limited");
      call.endpoint("e1");
      SyntheticParticipant person = SyntheticParticipant.of(0, "P0", "e1");
      call.joinAll(List.of(person));
      Map<String, Object> brief =
          new HashMap<>(LiveCall.composition("brief", 320, 180, 30, "grid"));
      brief.put("limits", Map.of("maxDuration", 4));
      call.compose(brief);
      Map<String, Object> radio = new HashMap<>();
      radio.put("id", "radio");
      radio.put("video", Map.of("off", true));
      radio.put("limits", Map.of("idleTimeout", 2));
      radio.put(
          "outputs",
          List.of(
              Map.of("id", "small", "type", "recording", "quota", 120_000),
              Map.of("id", "rec", "type", "recording"),
              Map.of("id", "opus", "type", "recording", "format", "ogg")));
      call.compose(radio);

      assertThat(reason(call, "brief")).contains("maximum duration of 4 s");
      JsonNode full =
          call.awaitEvent(
              "recording.ended",
              event -> event.get("data").get("reason").asString().equals("quota"));
      assertThat(output(full)).isEqualTo("small");
      JsonNode live = node.api().get(call.path() + "/compositions/radio");
      assertThat(live.get("state").asString()).isEqualTo("live");
      call.awaitMediaTime("radio", 7);
      call.leave(person.id());
      assertThat(reason(call, "radio")).contains("nobody sent anything for 2 s");
      LiveCall.await(
          Duration.ofSeconds(20),
          "four recordings that are ready",
          () -> states(call).equals(List.of("ready", "ready", "ready", "ready")));
      for (JsonNode recording : call.recordings()) {
        Path file = call.recordingFile(recording);
        double seconds = MediaCheck.probe(file).duration();
        log.info("{} {} s: {}", recording.get("output"), seconds, file.getFileName());
        switch (recording.get("output").asString() + recording.get("composition").asString()) {
          case "recbrief" -> assertThat(seconds).isBetween(3.9, 5.0);
          case "smallradio" -> {
            assertThat(seconds).isBetween(1.0, 8.0);
            assertThat(recording.get("bytes").asLong()).isLessThanOrEqualTo(120_000);
          }
          default -> assertThat(seconds).isGreaterThan(8.0);
        }
        assertThat(ContentCheck.run(file, List.of()).decodeErrors()).isEmpty();
      }
    }
  }

  private static String reason(LiveCall call, String composition)
      throws IOException, InterruptedException {
    return call.awaitEvent(
            "composition.stopped",
            event -> event.get("data").get("composition").asString().equals(composition))
        .get("data")
        .get("reason")
        .asString();
  }
}
