package dev.callcast.media.output.report;

import dev.callcast.protocol.CallStats;
import java.util.List;
import java.util.Map;

/**
 * One line of a {@link ReportJournal}: something that happened to a recording. Times are seconds on
 * the composition's timeline.
 */
public sealed interface ReportLine {
  double at();

  /**
   * A worker records from now on.
   *
   * @param counters as they were then
   */
  record Begun(double at, Counters counters) implements ReportLine {}

  /** Somebody is in the call, and in this composition. */
  record Joined(double at, String participant, String name) implements ReportLine {}

  /** Somebody is not any more. */
  record Left(double at, String participant) implements ReportLine {}

  /**
   * Nothing was to be seen, moved, or was to be heard.
   *
   * @param at where it began
   * @param kind black, frozen or silent
   */
  record Nothing(double at, String kind, double to) implements ReportLine {}

  /**
   * What was counted up to now, every few seconds.
   *
   * @param open stretches that still last
   */
  record Counted(double at, Counters counters, List<Nothing> open) implements ReportLine {
    public Counted {
      open = List.copyOf(open);
    }
  }

  /**
   * Counters of a worker since its start.
   *
   * @param ticks pictures that were due
   * @param skipped of them, not composed for want of time
   * @param avOffsets of each participant whose clock is known: by how many ms its picture is shown
   *     after the sound of the same moment
   */
  record Counters(
      long ticks, long skipped, List<TrackCount> tracks, Map<String, Double> avOffsets) {
    public Counters {
      tracks = List.copyOf(tracks);
      avOffsets = Map.copyOf(avOffsets);
    }
  }

  /**
   * Packets of one track.
   *
   * @param lost never came, nor were recovered
   * @param recovered came by RTX
   */
  record TrackCount(String participant, String track, long packets, long lost, long recovered) {
    /** What is to be counted of a track's reception. */
    public static TrackCount of(CallStats.TrackStats stats) {
      return new TrackCount(
          stats.participant(), stats.track(), stats.packets(), stats.lost(), stats.recovered());
    }
  }
}
