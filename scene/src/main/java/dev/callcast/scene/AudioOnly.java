package dev.callcast.scene;

import dev.callcast.scene.SceneState.Participant;
import java.util.ArrayList;
import java.util.List;

/** The slate of a call without pictures: for each participant initials, name and a level meter. */
final class AudioOnly {
  /** A meter moves in this many steps, so that a scene changes only where the eye sees it. */
  static final int METER_STEPS = 8;

  /** Width by height of a participant's place. */
  private static final double PLACE_ASPECT = 1.0;

  /** Grid units; in higher places names are larger. */
  private static final double USUAL_PLACE = 14;

  private static final Color METER_BACK = new Color(255, 255, 255, 56);
  private static final Color METER_FRONT = new Color(80, 200, 120, 255);

  private AudioOnly() {}

  static void build(SceneBuilder builder, VideoSettings settings, Rect area, SceneState state) {
    List<Item> items = new ArrayList<>();
    for (Item item : Item.select(settings, state)) {
      if (!item.screen()) {
        items.add(new Item(item.participant(), false, null));
      }
    }
    int gap = settings.grid().itemInterval();
    List<Rect> places = GridGeometry.cells(items.size(), area, PLACE_ASPECT, gap, 0, true);
    for (int i = 0; i < places.size(); i++) {
      place(builder, items.get(i), places.get(i));
    }
  }

  /** From top to bottom: avatar, name, meter; an eighth of the place is left free all around. */
  private static void place(SceneBuilder builder, Item item, Rect place) {
    Participant participant = item.participant();
    int free = Fitting.even(place.width() / 8);
    // Names grow with few and large places.
    double factor = Math.clamp(builder.gridUnits(place.height()) / USUAL_PLACE, 1, 2);
    int band = Math.min(builder.band(factor), Fitting.even(place.height() / 4));
    int meter = Fitting.even(place.height() / 32);
    int gap = meter;
    int avatar =
        Math.min(
            place.width() - 2 * free, Fitting.even(place.height() - 2 * free - band - meter - gap));
    if (avatar < 2) {
      return;
    }
    int left = place.x() + Fitting.even((place.width() - avatar) / 2);
    Rect face = new Rect(left, place.y() + free, avatar, avatar);
    Rect name = new Rect(place.x(), face.bottom(), place.width(), band);
    builder.avatar(item, face, band == 0 ? null : name);
    if (participant.audible() && meter >= 2) {
      Rect back = new Rect(left, name.bottom() + gap, avatar, meter);
      builder.add(new Layer.Box("meter:" + participant.id(), back, METER_BACK, meter / 2.0, 1));
      int step = (int) Math.round(Math.clamp(participant.level(), 0, 1) * METER_STEPS);
      int width = Fitting.nearestEven((double) avatar * step / METER_STEPS);
      if (width >= 2) {
        builder.add(
            new Layer.Box(
                "level:" + participant.id(),
                new Rect(back.x(), back.y(), width, meter),
                METER_FRONT,
                Math.min(meter, width) / 2.0,
                1));
      }
    }
  }
}
