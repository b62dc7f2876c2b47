package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.Rect;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.check.TileReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A finished recording of tracks: its manifest, and its files put together again by that. */
final class TrackSet {
  private static final Logger log = LoggerFactory.getLogger(TrackSet.class);

  final Path directory;
  final JsonNode manifest;

  TrackSet(Path manifest) throws IOException {
    this.directory = manifest.getParent();
    this.manifest = ProtocolJson.MAPPER.readTree(Files.readString(manifest));
  }

  /** The files of a track, as the manifest has them, in the order of their beginning. */
  List<JsonNode> files(String participant, String track) {
    List<JsonNode> files = new ArrayList<>();
    for (JsonNode file : manifest.get("files")) {
      if (file.get("participant").asString().equals(participant)
          && file.get("track").asString().equals(track)) {
        files.add(file);
      }
    }
    return files;
  }

  /** The events of a type. */
  List<JsonNode> events(String type) {
    List<JsonNode> events = new ArrayList<>();
    for (JsonNode event : manifest.get("events")) {
      if (event.get("type").asString().equals(type)) {
        events.add(event);
      }
    }
    return events;
  }

  Path path(JsonNode file) {
    return directory.resolve(file.get("name").asString());
  }

  static double offset(JsonNode file) {
    return file.get("offset").asDouble();
  }

  /** A moment of the wall on the recording's timeline, in s. */
  double at(Instant wall) {
    Instant zero = Instant.parse(manifest.get("startedAt").asString());
    return Duration.between(zero, wall).toNanos() / 1e9;
  }

  static double end(JsonNode file) {
    return offset(file) + file.get("duration").asDouble();
  }

  /** What ffmpeg complains about when it decodes all of a file. */
  String complaints(JsonNode file) throws IOException, InterruptedException {
    // With the times as they are: null's own would be steps of a steady frame rate.
    return ffmpeg(
        "-i",
        path(file).toString(),
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "-1",
        "-f",
        "null",
        "-");
  }

  /**
   * Lays a picture and a sound on one timeline by their offsets, without decoding, and looks at
   * what comes of it: flash against beep.
   */
  ContentReport together(int participant, JsonNode picture, JsonNode sound, int width, int height)
      throws IOException, InterruptedException {
    double zero = Math.min(offset(picture), offset(sound));
    Path out = Files.createTempFile(directory, "together-", ".mkv");
    String complaints =
        ffmpeg(
            "-itsoffset",
            seconds(offset(picture) - zero),
            "-i",
            path(picture).toString(),
            "-itsoffset",
            seconds(offset(sound) - zero),
            "-i",
            path(sound).toString(),
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-c",
            "copy",
            "-y",
            out.toString());
    if (!complaints.isBlank()) {
      throw new AssertionError(complaints);
    }
    return ContentCheck.run(
        out, List.of(Tile.of(participant, Placement.exactly(new Rect(0, 0, width, height)))));
  }

  /** One of a participant's pictures and its sound are right, and agree with each other. */
  void inStep(String id, int participant, int number) throws IOException, InterruptedException {
    JsonNode picture = files(id, "cam").get(number);
    List<JsonNode> sounds = files(id, "mic");
    JsonNode sound = sounds.get(Math.min(number, sounds.size() - 1));
    TileReport tile = together(participant, picture, sound, 640, 360).tile(participant);
    log.info("{}: {}", id, tile.summary());
    assertThat(tile.right()).as(id).isGreaterThanOrEqualTo((int) (0.99 * tile.pictures()));
    assertThat(tile.steps().backwards()).as(id).isZero();
    TileReport.Sync sync = tile.sync();
    assertThat(sync.pairs()).as(id + ": " + sync).isGreaterThanOrEqualTo(3);
    assertThat(sync.median()).as(id + ": " + sync).isBetween(-10.0, 10.0);
  }

  /** How many files of a directory have such a name; none where it is not there. */
  static long count(Path directory, String pattern) throws IOException {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(pattern)).count();
    }
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }

  private static String ffmpeg(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-v", "error"));
    command.addAll(List.of(arguments));
    Path log = Files.createTempFile("ffmpeg", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " did not end");
    }
    String said = Files.readString(log);
    Files.delete(log);
    return process.exitValue() == 0 ? said : "exit " + process.exitValue() + ": " + said;
  }
}
