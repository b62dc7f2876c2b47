package dev.callcast.media.output.tracks;

import dev.callcast.media.output.AppendOnlyFile;
import dev.callcast.media.output.TrackFinish;
import dev.callcast.media.output.matroska.MatroskaFinisher;
import dev.callcast.media.output.matroska.MatroskaScan;
import dev.callcast.media.output.mp4.Mp4TrackFinisher;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finishes a recording of tracks: makes ordinary files of those that have grown, and the manifest
 * of the journal. It may die anywhere and be started again. All times in the manifest are seconds
 * on the recording's one timeline.
 */
public final class TracksManifest {
  /** The name of the manifest in the recording's directory. */
  public static final String NAME = "manifest.json";

  /** The name of the manifest while it grows: one JSON object a line. */
  public static final String JOURNAL = TracksJournal.NAME;

  static final int VERSION = 1;

  /**
   * One file of a recording.
   *
   * @param offset of its time 0, s on the recording's timeline
   * @param duration s; 0 while it grows
   * @param rewritten so many bytes at its beginning may differ from what they were while it grew
   */
  public record TrackFileEntry(
      String name,
      String participant,
      String track,
      String kind,
      String source,
      String codec,
      double offset,
      double duration,
      long bytes,
      int rewritten) {}

  /** What became of a recording that was to be finished. */
  public sealed interface Result {
    /**
     * It is finished.
     *
     * @param duration s from the timeline's 0 to the end of the last file; 0 without files
     * @param bytes of all files, the manifest included
     */
    record Finished(List<TrackFileEntry> files, double duration, long bytes) implements Result {
      public Finished {
        files = List.copyOf(files);
      }
    }

    /** It never began. */
    record Empty() implements Result {}

    /** It is still being written. */
    record InUse() implements Result {}
  }

  private TracksManifest() {}

  /**
   * How much of one of a growing recording's files is whole, in bytes. Grows, and what it covers
   * does not change until the recording is finished.
   *
   * @throws IOException when it cannot be read
   */
  public static long completeLength(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.equals(JOURNAL)) {
      return Files.size(file);
    }
    return name.endsWith(".mp4")
        ? Mp4TrackFinisher.completeLength(file)
        : MatroskaScan.completeLength(file);
  }

  /**
   * The files of a recording that may be growing yet, in the order of their beginning; none where
   * it has not begun.
   *
   * @throws IOException when they cannot be looked at
   */
  public static List<TrackFileEntry> files(Path directory) throws IOException {
    List<TrackFileEntry> files = new ArrayList<>();
    try {
      List<JsonNode> lines = TracksJournal.read(directory);
      Map<String, Double> offsets = offsets(lines);
      for (JsonNode line : lines) {
        Path path = directory.resolve(line.path("file").asString(""));
        if (line.path("line").asString("").equals("file") && Files.exists(path)) {
          files.add(entry(line, offsets, 0, Files.size(path), 0));
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return files;
  }

  /**
   * Finishes a recording.
   *
   * @throws IOException when a file cannot be read or written; what was recorded stays playable
   */
  public static Result finish(Path directory) throws IOException {
    Path journal = directory.resolve(TracksJournal.NAME);
    try (FileChannel held =
        FileChannel.open(journal, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!AppendOnlyFile.lock(held)) {
        return new Result.InUse();
      }
      if (held.size() == 0) {
        return new Result.Empty();
      }
      return finishLocked(directory);
    } catch (NoSuchFileException e) {
      return new Result.Empty();
    }
  }

  private static Result finishLocked(Path directory) throws IOException {
    List<JsonNode> lines = TracksJournal.read(directory);
    Map<String, Double> offsets = offsets(lines);
    List<TrackFileEntry> entries = new ArrayList<>();
    Map<String, ObjectNode> files = new LinkedHashMap<>();
    TrackCounts counts = new TrackCounts();
    long bytes = 0;
    double end = 0;
    for (JsonNode line : lines) {
      if (!line.path("line").asString("").equals("file")) {
        continue;
      }
      String name = line.path("file").asString("");
      Path path = directory.resolve(name);
      if (!Files.exists(path)) {
        continue; // a crash came between the line and the file
      }
      switch (finishFile(path)) {
        case TrackFinish.InUse _ -> {
          return new Result.InUse();
        }
        case TrackFinish.Empty _ -> Files.delete(path);
        case TrackFinish.Finished finished -> {
          double duration = Seconds.of(finished.duration());
          TrackFileEntry entry =
              entry(line, offsets, duration, finished.bytes(), finished.rewritten());
          entries.add(entry);
          bytes += finished.bytes();
          end = Math.max(end, entry.offset() + duration);
          files.put(name, file(line, entry.offset(), finished));
          double until = entry.offset() + duration;
          counts.file(name, entry.participant(), entry.track(), entry.offset(), until);
        }
      }
    }
    counts.take(lines);
    files.forEach(counts::put);
    byte[] manifest =
        ProtocolJson.MAPPER
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(manifest(lines, files, end))
            .getBytes(StandardCharsets.UTF_8);
    Path half = directory.resolve(NAME + ".new");
    Files.write(half, manifest);
    Files.move(
        half,
        directory.resolve(NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    return new Result.Finished(entries, end, bytes + manifest.length);
  }

  /**
   * Makes the files of a recording that nobody writes those of another one.
   *
   * @throws IOException when its journal cannot be written
   */
  public static void rename(Path directory, String recording) throws IOException {
    try (TracksJournal journal = TracksJournal.open(directory)) {
      journal.add(TracksJournal.Line.RECORDING, Map.of("recording", recording));
      journal.flush();
      journal.sync();
    }
  }

  private static TrackFinish finishFile(Path path) throws IOException {
    return String.valueOf(path.getFileName()).endsWith(".mp4")
        ? Mp4TrackFinisher.finish(path)
        : MatroskaFinisher.finish(path);
  }

  /** Where each file lies, by the last word on it. */
  private static Map<String, Double> offsets(List<JsonNode> lines) {
    Map<String, Double> offsets = new HashMap<>();
    for (JsonNode line : lines) {
      if (line.has("file") && line.has("offset")) {
        offsets.put(line.get("file").asString(""), line.get("offset").asDouble(0));
      }
    }
    return offsets;
  }

  private static TrackFileEntry entry(
      JsonNode line, Map<String, Double> offsets, double duration, long bytes, int rewritten) {
    return new TrackFileEntry(
        line.path("file").asString(""),
        line.path("participant").asString(""),
        line.path("track").asString(""),
        line.path("kind").asString(""),
        line.path("source").asString(""),
        line.path("codec").asString(""),
        offsets.getOrDefault(line.path("file").asString(""), 0.0),
        duration,
        bytes,
        rewritten);
  }

  private static ObjectNode file(JsonNode line, double offset, TrackFinish.Finished finished) {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    file.set("name", line.path("file"));
    for (String field :
        List.of(
            "participant", "track", "kind", "source", "codec", "clockRate", "channels", "ssrc")) {
      if (line.has(field)) {
        file.set(field, line.get(field));
      }
    }
    file.put("offset", offset);
    file.put("duration", Seconds.of(finished.duration()));
    file.put("bytes", finished.bytes());
    file.put("frames", finished.frames());
    file.put("ended", "crash");
    JsonNode at = file.get("offset");
    if (line.has("width")) {
      span(file, "sizes", at)
          .put("width", line.get("width").asInt())
          .put("height", line.get("height").asInt());
      if (line.path("rotation").asInt(0) != 0) {
        span(file, "rotations", at).set("rotation", line.get("rotation"));
      }
      file.putArray("keyFrames");
    }
    span(file, "lipSync", at).set("offset", line.path("lipSync"));
    file.putArray("gaps");
    return file;
  }

  private static ObjectNode span(ObjectNode file, String array, @Nullable JsonNode at) {
    ArrayNode spans = file.get(array) instanceof ArrayNode known ? known : file.putArray(array);
    ObjectNode span = spans.addObject();
    if (at != null) {
      span.set("at", at);
    }
    return span;
  }

  private static ObjectNode manifest(
      List<JsonNode> lines, Map<String, ObjectNode> files, double end) {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    ArrayNode runs = JsonNodeFactory.instance.arrayNode();
    ArrayNode events = JsonNodeFactory.instance.arrayNode();
    ObjectNode ended = JsonNodeFactory.instance.objectNode();
    for (JsonNode line : lines) {
      String type = line.path("line").asString("");
      ObjectNode file = files.get(line.path("file").asString(""));
      switch (type) {
        case "recording" -> {
          if (!manifest.has("version")) {
            copy(line, manifest, "version", "recording", "call", "startedAt");
          } else {
            copy(line, manifest, "recording"); // it goes on as another one
          }
        }
        case "run" -> copy(line, runs.addObject(), "at", "resumed");
        case "ended" -> copy(line, ended, "at", "reason", "detail");
        case "participant", "left", "track", "speaker", "composition" -> {
          ObjectNode event = events.addObject().put("type", type);
          line.forEachEntry((name, value) -> {
            if (!name.equals("line")) {
              event.set(name, value);
            }
          });
        }
        default -> {
          if (file != null) {
            note(file, type, line);
          }
        }
      }
    }
    manifest.put("duration", end);
    if (!ended.isEmpty()) {
      manifest.set("ended", ended);
    }
    manifest.set("runs", runs);
    ArrayNode all = manifest.putArray("files");
    files.values().forEach(all::add);
    manifest.set("events", events);
    return manifest;
  }

  /** Lines have the file's times, the manifest the timeline's. */
  private static void note(ObjectNode file, String type, JsonNode line) {
    double offset = file.path("offset").asDouble(0);
    JsonNode at = time(offset, line.path("t"));
    switch (type) {
      case "keyFrame" -> {
        if (file.get("keyFrames") instanceof ArrayNode keyFrames) {
          keyFrames.add(at);
        }
      }
      case "size" -> copy(line, span(file, "sizes", at), "width", "height");
      case "rotation" -> copy(line, span(file, "rotations", at), "rotation");
      case "sync" -> span(file, "lipSync", at).set("offset", line.path("lipSync"));
      case "gap" -> {
        ObjectNode gap = span(file, "gaps", null);
        gap.set("from", time(offset, line.path("from")));
        gap.set("to", time(offset, line.path("to")));
        copy(line, gap, "lost");
      }
      case "end" -> file.set("ended", line.path("reason"));
      default -> {
        // Told already, or of a newer version.
      }
    }
  }

  private static JsonNode time(double offset, JsonNode inFile) {
    return JsonNodeFactory.instance.numberNode(
        Math.round((offset + inFile.asDouble(0)) * 1e6) / 1e6);
  }

  private static void copy(JsonNode from, ObjectNode to, String... fields) {
    for (String field : fields) {
      if (from.has(field)) {
        to.set(field, from.get(field));
      }
    }
  }
}
