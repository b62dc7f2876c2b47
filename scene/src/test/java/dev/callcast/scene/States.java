package dev.callcast.scene;

import dev.callcast.scene.SceneState.Participant;
import dev.callcast.scene.SceneState.Video;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** States of calls for tests. */
final class States {
  private static final List<String> NAMES =
      List.of(
          "Ada Lovelace",
          "Grace Hopper",
          "山田 太郎",
          "Łukasz",
          "محمد علي",
          "👩‍💻 Zoë",
          "",
          "Edsger W. Dijkstra");
  private static final int[][] SIZES = {
    {640, 360}, {300, 169}, {360, 640}, {640, 480}, {0, 0}, {1280, 720}, {1, 1}
  };

  private States() {}

  /** {@code count} participants with 640x360 cameras, the second one speaking, nobody sharing. */
  static SceneState cameras(int count) {
    return cameras(count, 640, 360);
  }

  static SceneState cameras(int count, int width, int height) {
    List<Participant> participants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String id = "p" + i;
      participants.add(
          new Participant(
              id,
              NAMES.get(i % NAMES.size()),
              i == 0,
              new Video(id + "/cam", width, height, false),
              null,
              i % 3 != 2,
              i % 9 / 8.0));
    }
    return new SceneState(participants, count > 1 ? "p1" : null, 0);
  }

  /** The same, and the participant of this index shares a screen of 1920x1080. */
  static SceneState sharing(int count, int sharer) {
    SceneState state = cameras(count);
    List<Participant> participants = new ArrayList<>(state.participants());
    Participant p = participants.get(sharer);
    participants.set(
        sharer,
        new Participant(
            p.id(),
            p.name(),
            p.owner(),
            p.camera(),
            new Video(p.id() + "/screen", 1920, 1080, false),
            p.audible(),
            p.level()));
    return new SceneState(participants, state.speaker(), 0);
  }

  static SceneState random(RandomGenerator random, int count) {
    List<Participant> participants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String id = "p" + i;
      participants.add(
          new Participant(
              id,
              NAMES.get(random.nextInt(NAMES.size())),
              i == 0,
              random.nextInt(5) == 0 ? null : video(random, id + "/cam"),
              random.nextInt(12) == 0 ? video(random, id + "/screen") : null,
              random.nextBoolean(),
              random.nextDouble()));
    }
    String speaker = count == 0 || random.nextBoolean() ? null : "p" + random.nextInt(count);
    return new SceneState(participants, speaker, 0);
  }

  private static Video video(RandomGenerator random, String track) {
    int[] size = SIZES[random.nextInt(SIZES.length)];
    return new Video(track, size[0], size[1], random.nextInt(6) == 0);
  }
}
