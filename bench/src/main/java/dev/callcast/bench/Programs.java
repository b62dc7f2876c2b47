package dev.callcast.bench;

import dev.callcast.scene.Rect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command lines of what Callcast is compared with: programs that share no code with it. Pure.
 *
 * <p>x264's settings are Callcast's own ({@code media.encode.Encoder}), word for word where it is
 * x264enc and mapped where it is libx264. Key frames come every 2 s.
 */
final class Programs {
  /** x264enc as in {@code Encoder.x264}, but for the key frames, which nobody asks for here. */
  private static final String X264ENC =
      "x264enc pass=cbr bitrate=%d vbv-buf-capacity=500 speed-preset=superfast rc-lookahead=10 mb-tree=true"
              .formatted(Material.VIDEO_BITRATE / 1000)
          + " sync-lookahead=0 sliced-threads=false bframes=0 b-adapt=false key-int-max=60 aud=false"
          + " byte-stream=false threads=1 option-string=scenecut=0:open-gop=0:vbv-init=0.6";

  private static final String AAC =
      "avenc_aac bitrate=" + Material.AUDIO_BITRATE + " aac-coder=fast";

  /** A queue without limits: the muxer wants sound and picture at once. */
  private static final String QUEUE = "queue max-size-buffers=0 max-size-bytes=0 max-size-time=0";

  /** Callcast's x264 in libx264's words. */
  private static final List<String> SUPERFAST =
      List.of(
          "-bufsize",
          Integer.toString(Material.VIDEO_BITRATE / 2),
          "-preset",
          "superfast",
          "-x264-params",
          "rc-lookahead=10:mbtree=1:sync-lookahead=0:sliced-threads=0:bframes=0:b-adapt=0:keyint=60:keyint-min=0"
              + ":scenecut=0:open-gop=0:vbv-init=0.6:threads=1:lookahead-threads=1");

  private Programs() {}

  private static List<String> gstLaunch(String description) {
    List<String> command = new ArrayList<>(List.of("gst-launch-1.0", "-q"));
    command.addAll(List.of(description.trim().split("\\s+")));
    return command;
  }

  private static String i420() {
    return "video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1"
        .formatted(Material.WIDTH, Material.HEIGHT, Material.FPS);
  }

  /** GStreamer's compositor and audiomixer into an MP4. */
  static List<String> compositor(Material material, int seconds, Path output) {
    StringBuilder text =
        new StringBuilder("mp4mux name=m ! filesink location=" + output)
            .append(" compositor name=c background=black max-threads=1");
    for (int i = 0; i < material.participants(); i++) {
      Rect tile = material.tiles().get(i);
      text.append(
          " sink_%d::xpos=%d sink_%d::ypos=%d sink_%d::width=%d sink_%d::height=%d"
              .formatted(i, tile.x(), i, tile.y(), i, tile.width(), i, tile.height()));
    }
    text.append(" ! ").append(i420()).append(" ! ").append(X264ENC);
    text.append(" ! video/x-h264,profile=high ! ").append(QUEUE).append(" ! m.");
    for (int i = 0; i < material.participants(); i++) {
      text.append(
          " filesrc location=%s ! ivfparse ! vp8dec threads=1 ! c.sink_%d"
              .formatted(material.video(i, seconds), i));
    }
    text.append(sound(material, seconds)).append(" ! ").append(QUEUE).append(" ! m.");
    return gstLaunch(text.toString());
  }

  /** The sound's decoding, mixing and encoding. Mono until it is mixed, as the clips are. */
  private static String sound(Material material, int seconds) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < material.participants(); i++) {
      text.append(
          " filesrc location=%s ! oggdemux ! opusdec ! a.".formatted(material.audio(i, seconds)));
    }
    return text.append(" audiomixer name=a ! audio/x-raw,rate=48000,channels=1 ! audioconvert")
        .append(" ! audio/x-raw,format=F32LE,channels=2 ! ")
        .append(AAC)
        .toString();
  }

  /** Decoding only. */
  static List<String> decode(Material material, int seconds) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < material.participants(); i++) {
      text.append(
          " filesrc location=%s ! ivfparse ! vp8dec threads=1 ! fakesink sync=false async=false"
              .formatted(material.video(i, seconds)));
    }
    return gstLaunch(text.toString());
  }

  /** Scaling only. */
  static List<String> scale(Material material, int seconds, Path program) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    int[] numbers = {
      seconds * Material.FPS,
      Material.SOURCE_WIDTH,
      Material.SOURCE_HEIGHT,
      Material.WIDTH,
      Material.HEIGHT
    };
    for (int number : numbers) {
      command.add(Integer.toString(number));
    }
    for (Rect tile : material.tiles()) {
      for (int number : new int[] {tile.x(), tile.y(), tile.width(), tile.height()}) {
        command.add(Integer.toString(number));
      }
    }
    return command;
  }

  /** Encoding only, of the ideal picture; what reading it costs is in {@link #read}. */
  static List<String> encode(Material material, int seconds) {
    return gstLaunch(
        raw(material, seconds)
            + " ! "
            + X264ENC
            + " ! video/x-h264,profile=high ! fakesink sync=false async=false");
  }

  /** Reading the ideal picture. */
  static List<String> read(Material material, int seconds) {
    return gstLaunch(raw(material, seconds) + " ! fakesink sync=false async=false");
  }

  private static String raw(Material material, int seconds) {
    return "filesrc location=%s blocksize=%d ! rawvideoparse format=i420 width=%d height=%d framerate=%d/1"
        .formatted(
            material.ideal(seconds),
            Material.PICTURE_BYTES,
            Material.WIDTH,
            Material.HEIGHT,
            Material.FPS);
  }

  /** Sound only. */
  static List<String> audio(Material material, int seconds) {
    return gstLaunch(sound(material, seconds) + " ! fakesink sync=false async=false");
  }

  /** ffmpeg's command line up to its video inputs, with one thread for everything. */
  static List<String> ffmpegVideoInputs(Material material, int seconds) {
    List<String> command =
        new ArrayList<>(List.of("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"));
    command.addAll(List.of("-filter_threads", "1", "-filter_complex_threads", "1"));
    for (int i = 0; i < material.participants(); i++) {
      command.addAll(List.of("-threads", "1", "-i", material.video(i, seconds).toString()));
    }
    return command;
  }

  /** The filter graph that makes {@code [v]} of the video inputs. */
  static String stack(Material material, String scaling) {
    StringBuilder graph = new StringBuilder();
    StringBuilder stacked = new StringBuilder();
    StringBuilder layout = new StringBuilder();
    int count = material.participants();
    int left = material.tiles().stream().mapToInt(Rect::x).min().orElse(0);
    int top = material.tiles().stream().mapToInt(Rect::y).min().orElse(0);
    for (int i = 0; i < count; i++) {
      Rect tile = material.tiles().get(i);
      graph.append(
          "[%d:v]scale=%d:%d:flags=%s[v%d];".formatted(i, tile.width(), tile.height(), scaling, i));
      stacked.append("[v").append(i).append(']');
      layout.append(i == 0 ? "" : "|").append(tile.x() - left).append('_').append(tile.y() - top);
    }
    graph.append(stacked);
    if (count > 1) {
      graph.append("xstack=inputs=%d:layout=%s:fill=black,".formatted(count, layout));
    }
    return graph
        .append("pad=%d:%d:%d:%d[v]".formatted(Material.WIDTH, Material.HEIGHT, left, top))
        .toString();
  }

  /** ffmpeg's xstack and amix into an MP4, encoded as Callcast does. */
  static List<String> xstack(Material material, int seconds, Path output) {
    return xstack(material, seconds, output, SUPERFAST);
  }

  /** The same with the usual settings of live encoding. */
  static List<String> xstackZeroLatency(Material material, int seconds, Path output) {
    return xstack(
        material,
        seconds,
        output,
        List.of(
            "-bufsize",
            Integer.toString(Material.VIDEO_BITRATE),
            "-preset",
            "veryfast",
            "-tune",
            "zerolatency",
            "-x264-params",
            "keyint=60:scenecut=0:threads=1:lookahead-threads=1"));
  }

  private static List<String> xstack(
      Material material, int seconds, Path output, List<String> encoder) {
    List<String> command = ffmpegVideoInputs(material, seconds);
    int count = material.participants();
    StringBuilder graph = new StringBuilder(stack(material, "bilinear")).append(';');
    for (int i = 0; i < count; i++) {
      command.addAll(List.of("-threads", "1", "-i", material.audio(i, seconds).toString()));
      graph.append('[').append(count + i).append(":a]");
    }
    graph.append(count > 1 ? "amix=inputs=%d:normalize=0[a]".formatted(count) : "anull[a]");
    command.addAll(List.of("-filter_complex", graph.toString(), "-map", "[v]", "-map", "[a]"));
    return encoded(command, encoder, output);
  }

  /** A screen of X and what a sound server plays into an MP4, until it is told to end. */
  static List<String> screen(String display, String soundServer, String source, Path output) {
    List<String> command =
        new ArrayList<>(List.of("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"));
    command.addAll(List.of("-filter_threads", "1"));
    String queue = "512"; // packets: either input may have to wait for the other
    command.addAll(List.of("-thread_queue_size", queue, "-f", "x11grab", "-draw_mouse", "0"));
    command.addAll(List.of("-framerate", Integer.toString(Material.FPS)));
    command.addAll(List.of("-video_size", Material.WIDTH + "x" + Material.HEIGHT, "-i", display));
    command.addAll(List.of("-thread_queue_size", queue, "-f", "pulse", "-server", soundServer));
    command.addAll(List.of("-sample_rate", "48000", "-channels", "2", "-i", source));
    command.addAll(List.of("-pix_fmt", "yuv420p"));
    return encoded(command, SUPERFAST, output);
  }

  private static List<String> encoded(List<String> command, List<String> encoder, Path output) {
    String rate = Integer.toString(Material.VIDEO_BITRATE);
    command.addAll(List.of("-c:v", "libx264", "-profile:v", "high", "-threads:v", "1"));
    command.addAll(List.of("-b:v", rate, "-maxrate", rate, "-minrate", rate));
    command.addAll(encoder);
    command.addAll(List.of("-c:a", "aac", "-aac_coder", "fast", "-ac", "2"));
    command.addAll(List.of("-b:a", Integer.toString(Material.AUDIO_BITRATE)));
    command.add(output.toString());
    return command;
  }
}
