package dev.callcast.server.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the recordings.
 *
 * @param state recording, uploading, ready or failed
 * @param ending RFC 3339: since when nothing is appended to the file any more; null before
 * @param file absolute path on this node
 * @param storage where it is kept
 * @param key its name there
 * @param duration s
 * @param reason why it failed or ended before its time
 * @param node whose spool has the file; empty before nodes were told apart
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
    String node) {
  public StoredRecording {
    segments = List.copyOf(segments);
  }

  /** A span that was recorded without a break, in s of the composition's media time. */
  public record Segment(double start, double end) {}
}
