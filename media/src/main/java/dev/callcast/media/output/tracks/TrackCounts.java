package dev.callcast.media.output.tracks;

import dev.callcast.media.output.report.ReportLine.TrackCount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How many packets of a track make each of its files. Workers note every two seconds what they have
 * received of each track since their start, and not of which file that is: what came between two
 * notes is of the track's files in that time, of each by its share of it. Owned by who makes it.
 */
final class TrackCounts {
  private record Track(String participant, String id) {}

  private static final class File {
    private final Track track;
    private final double from;
    private final double to;
    private double packets;
    private double lost;
    private double recovered;

    File(Track track, double from, double to) {
      this.track = track;
      this.from = from;
      this.to = to;
    }

    double within(double begin, double end) {
      return Math.max(0, Math.min(to, end) - Math.max(from, begin));
    }
  }

  private final Map<String, File> files = new LinkedHashMap<>();
  private final Map<Track, TrackCount> last = new HashMap<>();
  private @Nullable Double countedAt; // null before a worker's first line
  private boolean any;

  /** What a line has of these: an array for each. */
  static List<List<Object>> line(List<TrackCount> counts) {
    List<List<Object>> all = new ArrayList<>();
    for (TrackCount one : counts) {
      all.add(List.of(one.participant(), one.track(), one.packets(), one.lost(), one.recovered()));
    }
    return all;
  }

  /** Adds a file of a track; times in s on the recording's timeline. */
  void file(String name, String participant, String track, double from, double to) {
    files.put(name, new File(new Track(participant, track), from, to));
  }

  /** Takes all lines of a journal, in order. */
  void take(List<JsonNode> lines) {
    for (JsonNode line : lines) {
      switch (line.path("line").asString("")) {
        case "run" -> {
          last.clear();
          countedAt = null;
        }
        case "count" -> {
          any = true;
          double at = line.path("at").asDouble(0);
          line.path("tracks").forEach(one -> count(one, at));
          countedAt = at;
        }
        default -> {
          // Not of packets.
        }
      }
    }
  }

  private void count(JsonNode line, double at) {
    TrackCount now =
        new TrackCount(
            line.path(0).asString(""),
            line.path(1).asString(""),
            line.path(2).asLong(0),
            line.path(3).asLong(0),
            line.path(4).asLong(0));
    Track track = new Track(now.participant(), now.track());
    TrackCount before = last.put(track, now);
    Double since = countedAt;
    if (since == null) {
      return; // what its worker had received before it recorded
    }
    if (before == null || before.packets() > now.packets()) {
      before = new TrackCount("", "", 0, 0, 0); // it was declared since, or anew
    }
    double all = 0;
    for (File file : files.values()) {
      all += file.track.equals(track) ? file.within(since, at) : 0;
    }
    for (File file : files.values()) {
      double share = all > 0 && file.track.equals(track) ? file.within(since, at) / all : 0;
      file.packets += share * (now.packets() - before.packets());
      file.lost += share * (now.lost() - before.lost());
      file.recovered += share * (now.recovered() - before.recovered());
    }
  }

  /** Puts what is known of a file there: nothing where no note was left. */
  void put(String name, ObjectNode to) {
    File file = files.get(name);
    if (any && file != null) {
      to.put("packets", Math.round(file.packets));
      to.put("lost", Math.max(0, Math.round(file.lost)));
      to.put("recovered", Math.round(file.recovered));
    }
  }
}
