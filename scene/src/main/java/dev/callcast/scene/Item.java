package dev.callcast.scene;

import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One thing to show: a participant's camera, or the placeholder for it, or a shared screen.
 *
 * @param video null for a participant without a camera
 */
record Item(Participant participant, boolean screen, @Nullable Video video) {
  /** The same for as long as the thing is shown, whatever the layout. */
  String id() {
    return (screen ? "screen:" : "camera:") + participant.id();
  }

  boolean isCameraOf(@Nullable String participantId) {
    return !screen && participant.id().equals(participantId);
  }

  /** The track whose pictures are shown, null where the placeholder is. */
  @Nullable String track() {
    return video == null || video.paused() ? null : video.track();
  }

  /** Width by height, or 0 while there is no picture or its size is unknown. */
  double aspect() {
    return video == null || video.paused() || video.width() < 1 || video.height() < 1
        ? 0
        : (double) video.width() / video.height();
  }

  /** What is to be shown, in order: filtered, capped, sorted as the settings say. */
  static List<Item> select(VideoSettings settings, SceneState state) {
    List<Participant> participants = new ArrayList<>(state.participants());
    participants.removeIf(participant -> filtered(settings, participant));
    List<String> preferred = settings.preferredParticipantIds();
    if (!preferred.isEmpty()) {
      participants.sort(
          Comparator.comparingInt(participant -> {
            int index = preferred.indexOf(participant.id());
            return index < 0 ? preferred.size() : index;
          }));
    }

    List<Item> cameras = new ArrayList<>();
    List<Item> screens = new ArrayList<>();
    for (Participant participant : participants) {
      Video camera = participant.camera();
      if (!(camera == null && settings.omitAudioOnly())
          && !(camera != null && camera.paused() && settings.omitPausedVideo())) {
        cameras.add(new Item(participant, false, camera));
      }
      Video screen = participant.screen();
      if (screen != null
          && !(screen.paused() && settings.omitPausedVideo())
          && !(settings.omitExtraScreenshares() && !screens.isEmpty())) {
        screens.add(new Item(participant, true, screen));
      }
    }
    cap(cameras, settings.maxCamStreams(), item -> item.isCameraOf(state.speaker()));

    List<Item> items = new ArrayList<>(settings.preferScreenshare() ? screens : cameras);
    items.addAll(settings.preferScreenshare() ? cameras : screens);
    return items;
  }

  /** Keeps the first {@code most}; one beyond that must be kept takes the last one's place. */
  static void cap(List<Item> items, int most, Predicate<Item> mustKeep) {
    for (int i = most; i < items.size() && most > 0; i++) {
      if (mustKeep.test(items.get(i))) {
        items.set(most - 1, items.get(i));
      }
    }
    if (items.size() > most) {
      items.subList(most, items.size()).clear();
    }
  }

  private static boolean filtered(VideoSettings settings, Participant participant) {
    List<VideoSettings.Media> wanted = settings.filterForUnpausedMediaTypes();
    return !wanted.isEmpty()
        && wanted.stream()
            .noneMatch(media ->
                switch (media) {
                  case VIDEO -> live(participant.camera());
                  case SCREENSHARE -> live(participant.screen());
                  case AUDIO -> participant.audible();
                });
  }

  private static boolean live(@Nullable Video video) {
    return video != null && !video.paused();
  }
}
