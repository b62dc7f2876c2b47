package dev.callcast.app.e2e;

import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.SceneState;
import dev.callcast.testkit.check.Placement;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.clip.VideoClipSpec;
import dev.callcast.testkit.send.SyntheticParticipant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where participants are expected in a picture, from the layouts themselves. */
final class Tiles {
  private Tiles() {}

  /** The tiles of a layout on a canvas, in the given order of joining, without a speaker. */
  static List<Tile> of(
      String preset,
      Map<String, Object> params,
      int width,
      int height,
      List<SyntheticParticipant> people,
      double from,
      double to) {
    return of(preset, params, width, height, people, null, from, to);
  }

  /** The same while someone speaks. */
  static List<Tile> of(
      String preset,
      Map<String, Object> params,
      int width,
      int height,
      List<SyntheticParticipant> people,
      String speaker,
      double from,
      double to) {
    List<SceneState.Participant> shown = new ArrayList<>();
    for (SyntheticParticipant person : people) {
      VideoClipSpec clip = clip(person);
      shown.add(
          new SceneState.Participant(
              person.id(),
              person.name(),
              false,
              clip == null
                  ? null
                  : new SceneState.Video(person.id() + "/cam", clip.width(), clip.height(), false),
              null,
              true,
              0));
    }
    List<Tile> tiles = new ArrayList<>();
    for (Layer layer :
        Layouts.scene(
                preset,
                LayoutParams.parse(params),
                width,
                height,
                Color.BLACK,
                new SceneState(shown, speaker, from))
            .layers()) {
      if (layer instanceof Layer.Tile tile && tile.track() != null) {
        SyntheticParticipant person =
            people.stream()
                .filter(candidate -> candidate.id().equals(tile.participant()))
                .findFirst()
                .orElseThrow();
        VideoClipSpec clip = clip(person);
        Placement place =
            tile.scaleMode() == Layer.ScaleMode.FIT
                ? Placement.fit(tile.rect(), clip.width(), clip.height())
                : Placement.fill(tile.rect(), clip.width(), clip.height());
        Tile expected =
            Tile.of(person.index(), place).withClip(clip.fps(), clip.frames()).between(from, to);
        boolean heard = person.tracks().stream().anyMatch(track -> track.id().equals("mic"));
        tiles.add(heard ? expected : expected.withoutSound());
      }
    }
    return tiles;
  }

  private static VideoClipSpec clip(SyntheticParticipant person) {
    return person.tracks().stream()
        .filter(track -> track.id().equals("cam"))
        .map(track -> track.layers().getFirst().video())
        .findFirst()
        .orElse(null);
  }
}
