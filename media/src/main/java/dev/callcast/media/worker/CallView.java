package dev.callcast.media.worker;

import dev.callcast.protocol.ParticipantSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the compositions of a call look at: made about ten times a second by {@link CallWatch}, and
 * at once when the call's state changes; never changed. A composition lays its scene out anew when
 * it gets another one.
 *
 * @param participants in the order of joining
 * @param excluded tracks, {@code participant/track}, that are left out
 * @param videos what is known of each video track by its key
 * @param levels loudness of each participant, 0 to 1 in steps that a meter shows
 * @param recency participants by when they spoke last, latest first
 */
record CallView(
    List<ParticipantSpec> participants,
    Set<String> excluded,
    Map<String, Video> videos,
    Map<String, Double> levels,
    @Nullable String speaker,
    List<String> recency) {
  static final CallView EMPTY =
      new CallView(List.of(), Set.of(), Map.of(), Map.of(), null, List.of());

  /**
   * A video track as it is received.
   *
   * @param width px, upright; 0 before the first frame
   */
  record Video(int width, int height, boolean stalled) {}
}
