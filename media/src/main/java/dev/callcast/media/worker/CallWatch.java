package dev.callcast.media.worker;

import dev.callcast.media.mix.ActiveSpeaker;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats.TrackStats;
import dev.callcast.protocol.ParticipantSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link CallView}s: looks at loudness, sizes and stalls, and finds out who speaks. Belongs
 * to the session's watch thread, which asks ten times a second. It has no clock: times are given.
 */
final class CallWatch {
  /** Meters show this many steps; finer ones would repaint the picture for nothing. */
  private static final int STEPS = 16;

  /** What a meter shows as silence, dBov. */
  private static final double FLOOR = -60;

  private final ActiveSpeaker activeSpeaker = new ActiveSpeaker();
  private final LinkedHashSet<String> spoken = new LinkedHashSet<>(); // latest last
  private Set<String> known = Set.of();

  /**
   * Looks at the call.
   *
   * @param tracks as ingest counts them
   * @param dbov loudness by participant
   * @param now ns
   */
  CallView look(
      CallState state,
      Set<String> excluded,
      List<TrackStats> tracks,
      Map<String, Double> dbov,
      long now) {
    Set<String> present = new HashSet<>();
    state.participants().forEach(participant -> present.add(participant.id()));
    for (String gone : known) {
      if (!present.contains(gone)) {
        activeSpeaker.remove(gone);
        spoken.remove(gone);
      }
    }
    known = present;

    Map<String, Double> levels = new HashMap<>();
    for (ParticipantSpec participant : state.participants()) {
      double level = participant.muted() ? -127 : dbov.getOrDefault(participant.id(), -127.0);
      activeSpeaker.level(participant.id(), level, now);
      double shown = Math.clamp((level - FLOOR) / -FLOOR, 0, 1);
      levels.put(participant.id(), Math.ceil(shown * STEPS) / STEPS);
    }
    String speaker = state.speaker() == null ? activeSpeaker.speaker(now) : state.speaker();
    if (speaker != null && present.contains(speaker)) {
      spoken.remove(speaker);
      spoken.add(speaker);
    } else {
      speaker = null;
    }
    Map<String, CallView.Video> videos = new HashMap<>();
    for (TrackStats track : tracks) {
      if (track.width() > 0 || track.stalled()) {
        videos.put(
            track.participant() + "/" + track.track(),
            new CallView.Video(track.width(), track.height(), track.stalled()));
      }
    }
    return new CallView(state.participants(), excluded, videos, levels, speaker, latestFirst());
  }

  private List<String> latestFirst() {
    return List.copyOf(new ArrayList<>(spoken).reversed());
  }

  /** What of two views a picture could show differently. */
  static boolean looksTheSame(@Nullable CallView a, CallView b) {
    return b.equals(a);
  }
}
