package dev.callcast.app.e2e;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.Rect;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A finished recording of tracks: its manifest, and its files put together again by that. */
final class TrackSet {
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
