package dev.callcast.scene;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets one {@link Stage} take the place of another. While it does, both go on: videos and tickers
 * run in either, and what is shown once (reactions, toasts, captions) is on both, so that it is
 * seen all through. Pure like the stages: no clock, no chance. One thread.
 */
public final class Switcher {
  /**
   * A scene that is switched away from while it is coming leaves as it is then. More than so many
   * leave at once only when somebody plays with the buttons: then the oldest goes without an end.
   */
  private static final int MOST_LEAVING = 2;

  /**
   * A stage whose place is being taken.
   *
   * @param start s of media time
   */
  private record Leaving(Stage stage, int take, Transition transition, double start) {
    boolean gone(double seconds) {
      return seconds >= start + transition.seconds();
    }

    Scene.Passage passage(Scene from, double seconds) {
      double progress = (seconds - start) / transition.seconds();
      return new Scene.Passage(from, transition.kind(), transition.easing().at(progress));
    }
  }

  private final List<Leaving> leaving = new ArrayList<>(); // oldest first
  private Stage stage;
  private int take;
  private boolean wasSet;
  private double asked;

  /** Makes one on which nothing is shown yet. */
  public Switcher(TextMeter meter) {
    stage = new Stage(meter);
  }

  /**
   * What is to be shown from the time in {@code state} on.
   *
   * @param transition how it takes the place of what is shown, or null: as the params say, which is
   *     for changes of what stays the same scene
   * @see Stage#set
   */
  public void set(
      String preset,
      LayoutParams given,
      int width,
      int height,
      Color background,
      SceneState state,
      Material material,
      @Nullable CustomScene custom,
      @Nullable Transition transition) {
    if (transition != null && wasSet) {
      Stage next = stage.next();
      if (transition.seconds() > 0) {
        leaving.add(new Leaving(stage, take, transition, state.seconds()));
        if (leaving.size() > MOST_LEAVING) {
          leaving.removeFirst();
        }
      } else {
        leaving.clear();
      }
      stage = next;
      take++;
    }
    stage.set(preset, given, width, height, background, state, material, custom);
    wasSet = true;
  }

  /** The scene of a moment; see {@link Stage#scene}. */
  public Scene scene(double seconds) {
    asked = seconds;
    // Whoever was covered by what is there now cannot be seen, however long he would have taken.
    for (int last = leaving.size() - 1; last >= 0; last--) {
      if (leaving.get(last).gone(seconds)) {
        leaving.subList(0, last + 1).clear();
        break;
      }
    }
    Scene.Passage passage = null;
    for (Leaving one : leaving) {
      passage = one.passage(one.stage.scene(seconds).as(one.take, passage), seconds);
    }
    return stage.scene(seconds).as(take, passage);
  }

  /** As {@link Stage#stillUntil}. */
  public double stillUntil() {
    return leaving.isEmpty() ? stage.stillUntil() : asked;
  }

  /** The layers of the videos where they are or move to, of all scenes that are seen. */
  public List<Layer> videos() {
    List<Layer> all = new ArrayList<>();
    leaving.forEach(one -> all.addAll(one.stage.videos()));
    all.addAll(stage.videos());
    return all;
  }

  /** As {@link Stage#react}. */
  public void react(String emoji, double seconds) {
    leaving.forEach(one -> one.stage.react(emoji, seconds));
    stage.react(emoji, seconds);
  }

  /** As {@link Stage#toast}. */
  public void toast(String text, double seconds) {
    leaving.forEach(one -> one.stage.toast(text, seconds));
    stage.toast(text, seconds);
  }

  /** As {@link Stage#caption}. */
  public void caption(String text, double hold, double seconds) {
    leaving.forEach(one -> one.stage.caption(text, hold, seconds));
    stage.caption(text, hold, seconds);
  }

  /** As {@link Stage#began}. */
  public void began(double epochSeconds) {
    leaving.forEach(one -> one.stage.began(epochSeconds));
    stage.began(epochSeconds);
  }
}
