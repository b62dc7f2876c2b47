package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
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

  /** A packet of sound as a player shows it. */
  public record Sound(double seconds, String md5) {}

  /** The packets of sound that are shown, without those that an edit leaves out. */
  public static List<Sound> soundsShown(Path file) {
    String out =
        run(
            "ffprobe",
            "-v",
            "error",
            "-select_streams",
            "a",
            "-show_entries",
            "packet=pts_time,flags,data_hash",
            "-show_data_hash",
            "md5",
            "-of",
            "flat",
            file.toString());
    var shown = new ArrayList<Sound>();
    double seconds = 0;
    boolean left = false;
    for (String line : out.lines().toList()) {
      String value = line.substring(line.indexOf('=') + 1).replace("\"", "");
      if (line.contains(".pts_time=")) {
        seconds = Double.parseDouble(value);
      } else if (line.contains(".flags=")) {
        left = value.contains("D");
      } else if (line.contains(".data_hash=") && !left) {
        shown.add(new Sound(seconds, value.substring(value.indexOf(':') + 1)));
      }
    }
    return shown;
  }

  private static String value(String line, String name) {
    for (String field : line.split("\\|")) {
      if (field.startsWith(name + "=")) {
        return field.substring(name.length() + 1);
      }
    }
    throw new AssertionError("no " + name + " in " + line);
  }

  /** Of the frame that stands where nothing was heard. */
  public static String silenceMd5() {
    return md5(AacSilence.frame(2));
  }

  public static String md5(byte[] data) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Seconds that a player shows. */
  public static double duration(Path file) {
    return Double.parseDouble(
        run(
                "ffprobe",
                "-v",
                "error",
                "-show_entries",
                "format=duration",
                "-of",
                "csv=p=0",
                file.toString())
            .strip());
  }

  /** A chapter as ffprobe shows it. */
  public record Chapter(double start, double end, String title) {}

  public static List<Chapter> chapters(Path file) {
    String out =
        run("ffprobe", "-v", "error", "-show_chapters", "-of", "compact=p=0:nk=0", file.toString());
    var chapters = new ArrayList<Chapter>();
    for (String line : out.lines().filter(l -> l.contains("start_time")).toList()) {
      String title = line.contains("tag:title=") ? value(line, "tag:title") : "";
      chapters.add(
          new Chapter(
              Double.parseDouble(value(line, "start_time")),
              Double.parseDouble(value(line, "end_time")),
              title));
    }
    return chapters;
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

  /** Whether GStreamer plays a file of sound alone to its end. */
  public static void playsSoundInGStreamer(Path file, String demuxer, String decoder) {
    var ended =
        tryRun(
            "gst-launch-1.0",
            "-q",
            "filesrc",
            "location=" + file,
            "!",
            demuxer,
            "!",
            "queue",
            "!",
            decoder,
            "!",
            "fakesink",
            "sync=false");
    if (ended.status != 0 || ended.err.contains("ERROR")) {
      throw new AssertionError(file + ": " + Arrays.asList(ended.out, ended.err));
    }
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
