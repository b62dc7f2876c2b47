package dev.callcast.server.store;

import dev.callcast.protocol.RecordingOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the recordings.
 *
 * @param state recording, uploading, ready or failed
 * @param ending RFC 3339: since when nothing is appended to the file any more; null before
 * @param file absolute path on this node; of a recording of tracks its manifest's, beside which all
 *     its files are
 * @param storage where it is kept
 * @param key its name there
 * @param duration s
 * @param reason why it failed or ended before its time
 * @param node whose spool has the file; empty before nodes were told apart
 * @param kind {@code composition} or {@code tracks}
 * @param files of a recording of tracks, when it is finished, in the order of their beginning
 * @param options how it is made
 * @param previous the recording that it was split from; null for none
 * @param next the one that was split from it; null for none
 */
public record StoredRecording(
    String id,
    String instance,
    String call,
    String composition,
    String output,
    String state,
    @Nullable String ending,
    String file,
    String storage,
    String key,
    long bytes,
    double duration,
    List<Segment> segments,
    @Nullable String reason,
    String createdAt,
    @Nullable String startedAt,
    @Nullable String endedAt,
    String node,
    String kind,
    List<TrackFile> files,
    RecordingOptions options,
    @Nullable String previous,
    @Nullable String next) {
  /** The kind of those that are one composition. */
  public static final String COMPOSITION = "composition";

  /** The kind of those that are everyone's media as it came. */
  public static final String TRACKS = "tracks";

  public StoredRecording {
    files = List.copyOf(files);
    segments = List.copyOf(segments);
  }

  /**
   * A moment with a name.
   *
   * @param mediaTime s of the composition's media time
   * @param place s in what a player shows; null before the file is finished
   */
  public record Marker(
      String id, String label, double mediaTime, String at, @Nullable Double place) {}

  /** A span that was recorded without a break, in s of the composition's media time. */
  public record Segment(double start, double end) {}

  /** Whether it is everyone's media as it came, and not one composition. */
  public boolean ofTracks() {
    return kind.equals(TRACKS);
  }

  /**
   * One file of a recording of tracks.
   *
   * @param kind audio or video
   * @param offset of its time 0, s on the recording's timeline
   * @param duration s
   */
  public record TrackFile(
      String name,
      String participant,
      String track,
      String kind,
      String source,
      String codec,
      double offset,
      double duration,
      long bytes) {}
}
