package dev.callcast.testkit.check;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads files with ffprobe. Any thread; also files that still grow. */
public final class MediaCheck {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  /** Seconds over which the highest bitrate is looked for. */
  private static final double PEAK_WINDOW = 2;

  private MediaCheck() {}

  /**
   * Probes a file or an address that ffprobe can open.
   *
   * @throws IOException when ffprobe cannot open it
   */
  public static MediaProbe probe(Path file) throws IOException, InterruptedException {
    List<String> errors = Collections.synchronizedList(new ArrayList<>());
    byte[] json;
    try (Ffmpeg ffprobe =
        new Ffmpeg(
            List.of(
                "ffprobe",
                "-v",
                "error",
                "-show_format",
                "-show_streams",
                "-show_entries",
                "packet=stream_index,pts_time,dts_time,duration_time,size,flags",
                "-of",
                "json",
                file.toString()),
            DEADLINE,
            errors::add)) {
      json = ffprobe.output().readAllBytes();
      if (ffprobe.join() != 0) {
        throw new IOException("ffprobe cannot open " + file + ": " + errors);
      }
    }
    JsonNode root = ProtocolJson.MAPPER.readTree(json);
    JsonNode streams = root.path("streams");
    PacketLog[] logs = new PacketLog[streams.size()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = new PacketLog();
    }
    for (JsonNode packet : root.path("packets")) {
      logs[packet.path("stream_index").asInt()].add(packet);
    }
    return new MediaProbe(
        root.path("format").path("format_name").asString(""),
        number(root.path("format"), "duration"),
        track(streams, logs, "video"),
        track(streams, logs, "audio"),
        errors);
  }

  private static double number(JsonNode node, String field) {
    String text = node.path(field).asString("");
    return text.isEmpty() || "N/A".equals(text) ? 0 : Double.parseDouble(text);
  }

  private static MediaProbe.@Nullable Track track(JsonNode streams, PacketLog[] logs, String type) {
    for (int i = 0; i < streams.size(); i++) {
      JsonNode stream = streams.get(i);
      if (type.equals(stream.path("codec_type").asString(""))) {
        return logs[i].track(stream, "video".equals(type));
      }
    }
    return null;
  }

  /** Collects one stream's packets. */
  private static final class PacketLog {
    private final List<Double> times = new ArrayList<>();
    private final List<Double> keys = new ArrayList<>();
    private final List<Double> arrivals = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private double last = Double.NEGATIVE_INFINITY;
    private double end;
    private double lastDts = Double.NEGATIVE_INFINITY;
    private int backward;
    private long bytes;

    void add(JsonNode packet) {
      int size = packet.path("size").asInt();
      bytes += size;
      if (packet.has("dts_time")) {
        double dts = number(packet, "dts_time");
        if (dts <= lastDts) {
          backward++;
        }
        lastDts = dts;
        arrivals.add(dts);
        sizes.add(size);
      }
      String flags = packet.path("flags").asString("");
      // D: cut away by the edit list, not shown.
      if (!packet.has("pts_time") || flags.contains("D")) {
        return;
      }
      double pts = number(packet, "pts_time");
      times.add(pts);
      if (pts >= last) {
        // Only the last one's: where an edit list cuts, the one before the cut still tells the
        // duration that it has in the media.
        last = pts;
        end = pts + number(packet, "duration_time");
      }
      if (flags.contains("K")) {
        keys.add(pts);
      }
    }

    MediaProbe.Track track(JsonNode stream, boolean video) {
      Collections.sort(times);
      Collections.sort(keys);
      double longest = 0;
      double shortest = times.size() < 2 ? 0 : Double.POSITIVE_INFINITY;
      for (int i = 1; i < times.size(); i++) {
        longest = Math.max(longest, times.get(i) - times.get(i - 1));
        shortest = Math.min(shortest, times.get(i) - times.get(i - 1));
      }
      return new MediaProbe.Track(
          stream.path("codec_name").asString(""),
          stream.path("profile").asString(""),
          stream.path("width").asInt(0),
          stream.path("height").asInt(0),
          video ? ratio(stream) : number(stream, "sample_rate"),
          stream.path("channels").asInt(0),
          times.size(),
          bytes,
          times.isEmpty() ? 0 : times.getFirst(),
          end,
          video ? keys : List.of(),
          longest,
          shortest,
          backward,
          peakBitrate());
    }

    private double peakBitrate() {
      long inWindow = 0;
      long most = 0;
      int first = 0;
      for (int i = 0; i < sizes.size(); i++) {
        inWindow += sizes.get(i);
        while (arrivals.get(i) - arrivals.get(first) > PEAK_WINDOW - 1e-3) {
          inWindow -= sizes.get(first++);
        }
        most = Math.max(most, inWindow);
      }
      return most * 8 / PEAK_WINDOW;
    }

    private static double ratio(JsonNode stream) {
      String[] parts = stream.path("avg_frame_rate").asString("0/1").split("/", 2);
      double denominator = Double.parseDouble(parts[1]);
      return denominator == 0 ? 0 : Double.parseDouble(parts[0]) / denominator;
    }
  }
}
