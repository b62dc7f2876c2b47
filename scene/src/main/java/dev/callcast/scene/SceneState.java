package dev.callcast.scene;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a layout looks at.
 *
 * @param participants in the order in which they are to be shown
 * @param speaker id of the active speaker, or null
 * @param seconds media time
 */
public record SceneState(List<Participant> participants, @Nullable String speaker, double seconds) {
  public SceneState {
    participants = List.copyOf(participants);
  }

  /**
   * One participant, as far as a layout cares.
   *
   * @param camera null when there is none
   * @param screen null when nothing is shared
   * @param audible whether there is a microphone track, neither muted nor paused
   * @param level 0 silent to 1 loud, for meters
   */
  public record Participant(
      String id,
      String name,
      boolean owner,
      @Nullable Video camera,
      @Nullable Video screen,
      boolean audible,
      double level) {}

  /**
   * One video track.
   *
   * @param track key of the track, {@code participant/track}
   * @param width px as shown (after rotation), 0 while unknown
   * @param paused declared paused, or stalled
   */
  public record Video(String track, int width, int height, boolean paused) {}
}
