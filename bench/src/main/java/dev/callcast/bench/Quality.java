package dev.callcast.bench;

import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.Tile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether an output is right, and how near it comes to the ideal picture. Stateless. */
final class Quality {
  private static final Pattern AVERAGE = Pattern.compile("PSNR .*average:([0-9.]+|inf)");
  private static final double SECONDS_TOLERANCE = 0.2;

  /** What Callcast has to keep to. */
  private static final ContentReport.Limits STRICT = ContentReport.Limits.STANDARD;

  /**
   * GStreamer's mp4mux writes no edit list, so that AAC's priming of 21 ms makes its sound late.
   */
  private static final ContentReport.Limits REFERENCE =
      new ContentReport.Limits(
          0, STRICT.secondsTolerance(), STRICT.seen(), 30, 45, STRICT.pictureGap());

  private Quality() {}

  /** What is wrong with a program's file, in words. */
  static List<String> problems(Program program, Path file, Material material, int seconds)
      throws IOException, InterruptedException {
    List<Tile> tiles = new ArrayList<>();
    for (int i = 0; i < material.participants(); i++) {
      tiles.add(Tile.of(i, material.tiles().get(i)));
    }
    ContentReport report = ContentCheck.run(file, tiles);
    List<String> problems = new ArrayList<>();
    ContentReport.Limits limits = program == Program.CANDIDATE ? STRICT : REFERENCE;
    for (String problem : report.problems(limits.withSeconds(seconds, SECONDS_TOLERANCE))) {
      problems.add(program.title() + ": " + problem);
    }
    if (report.pictures() != seconds * Material.FPS) {
      problems.add(
          "%s: %d pictures instead of %d"
              .formatted(program.title(), report.pictures(), seconds * Material.FPS));
    }
    return problems;
  }

  /** PSNR of the pictures of the first seconds against the ideal ones of the same number, dB. */
  static double psnr(Path file, Material material, int seconds)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "ffmpeg",
            "-hide_banner",
            "-nostdin",
            "-t",
            Integer.toString(seconds),
            "-i",
            file.toString(),
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-video_size",
            Material.WIDTH + "x" + Material.HEIGHT,
            "-framerate",
            Integer.toString(Material.FPS),
            "-i",
            material.ideal(seconds).toString(),
            "-filter_complex",
            "[0:v]settb=1/%1$d,setpts=N[a];[1:v]settb=1/%1$d,setpts=N[b];[a][b]psnr"
                .formatted(Material.FPS),
            "-an",
            "-f",
            "null",
            "-");
    String said = Tools.run(command);
    Matcher matcher = AVERAGE.matcher(said);
    if (!matcher.find()) {
      throw new IOException("ffmpeg told no PSNR: " + said);
    }
    return "inf".equals(matcher.group(1))
        ? Double.POSITIVE_INFINITY
        : Double.parseDouble(matcher.group(1));
  }
}
