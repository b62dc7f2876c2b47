package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the real players and probes, and reads what they say. */
public final class Tools {
  private Tools() {}

  public record Ended(int status, String out, String err) {}

  /** Standard output of a command that must succeed. */
  public static String run(String... command) {
    var ended = tryRun(command);
    if (ended.status != 0) {
      throw new AssertionError(
          String.join(" ", command) + " ended with " + ended.status + ": " + ended.err);
    }
    return ended.out;
  }

  public static Ended tryRun(String... command) {
    try {
      Path err = Files.createTempFile("tool", ".err");
      Path out = Files.createTempFile("tool", ".out");
      var process =
          new ProcessBuilder(command)
              .redirectError(err.toFile())
              .redirectOutput(out.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", command) + " did not end");
      }
      var ended =
          new Ended(
              process.exitValue(),
              Files.readString(out, StandardCharsets.UTF_8),
              Files.readString(err, StandardCharsets.UTF_8));
      Files.delete(err);
      Files.delete(out);
      return ended;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Times, in seconds, of a stream's packets as ffprobe sees them: v or a. */
  public static List<Double> times(Path file, String stream) {
    return column(file, stream, "pts_time");
  }

  public static List<Double> column(Path file, String stream, String entry) {
    String out =
        run(
            "ffprobe",
            "-v",
            "error",
            "-select_streams",
            stream,
            "-show_entries",
            "packet=" + entry,
            "-of",
            "csv=p=0",
            file.toString());
    var values = new ArrayList<Double>();
    for (String line : out.split("\n")) {
      String value = line.replace(",", "").strip();
      if (!value.isEmpty()) {
        values.add(Double.parseDouble(value));
      }
    }
    return values;
  }

  /** Pictures that ffmpeg decodes without a complaint. */
  public static int decodedPictures(Path file) {
    return decoded(file, "v");
  }

  /** Sound frames that ffmpeg decodes. */
  public static int decodedSounds(Path file) {
    return decoded(file, "a");
  }

  private static int decoded(Path file, String stream) {
    String out =
        run(
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-select_streams",
            stream,
            "-show_entries",
            "stream=nb_read_frames",
            "-of",
            "csv=p=0",
            file.toString());
    String count = out.strip().replace(",", "");
    return count.equals("N/A") || count.isEmpty() ? 0 : Integer.parseInt(count);
  }

  /** Whole-file decode with every complaint an error. */
  public static void decodesCleanly(Path file) {
    decodes(file, "warning");
  }

  /** Whole-file decode without a complaint of that level or a graver one. */
  public static void decodes(Path file, String level) {
    var ended = tryRun("ffmpeg", "-v", level, "-i", file.toString(), "-f", "null", "-");
    if (ended.status != 0 || !ended.err.isBlank()) {
      throw new AssertionError(file + ": " + ended.err);
    }
  }

  /** A hash of each picture, in the order in which it is shown. */
  public static List<String> pictureHashes(Path file) {
    return run(
            "ffmpeg",
            "-v",
            "error",
            "-i",
            file.toString(),
            "-map",
            "0:v",
            "-fps_mode",
            "passthrough",
            "-f",
            "framemd5",
            "-")
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(line.lastIndexOf(',') + 1).strip())
        .toList();
  }

  /** Loudest sample, dBFS. */
  public static double peak(Path file) {
    String err =
        tryRun(
                "ffmpeg",
                "-i",
                file.toString(),
                "-map",
                "0:a",
                "-af",
                "volumedetect",
                "-f",
                "null",
                "-")
            .err;
    int at = err.indexOf("max_volume:");
    return Double.parseDouble(err.substring(at + 11, err.indexOf("dB", at)).strip());
  }

  /** Buffers per branch that GStreamer's qtdemux and decoders bring to the end. */
  public static void playsInGStreamer(Path file) {
    var ended =
        tryRun(
            "gst-launch-1.0",
            "-q",
            "filesrc",
            "location=" + file,
            "!",
            "qtdemux",
            "name=d",
            "d.video_0",
            "!",
            "queue",
            "!",
            "avdec_h264",
            "!",
            "fakesink",
            "sync=false",
            "d.audio_0",
            "!",
            "queue",
            "!",
            "avdec_aac",
            "!",
            "fakesink",
            "sync=false");
    if (ended.status != 0 || ended.err.contains("ERROR")) {
      throw new AssertionError(file + ": " + Arrays.asList(ended.out, ended.err));
    }
  }
}
