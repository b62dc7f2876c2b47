package dev.callcast.media.worker;

import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.CompositionSpec.Layout;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.scene.Color;
import dev.callcast.scene.Layer;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Material;
import dev.callcast.scene.Scene;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.Switcher;
import dev.callcast.scene.TextMeter;
import dev.callcast.scene.Transition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * From a composition's spec and the call's view to a scene. Belongs to the composition's tick
 * thread; remembers the last scene, for most ticks ask for the same one.
 */
final class Layouter implements AutoCloseable {
  /** For whoever does not want to know why a custom layout failed. */
  static final ScriptedLayout.Listener SILENT =
      new ScriptedLayout.Listener() {
        @Override
        public void failed(String layout, ScriptException why) {}

        @Override
        public void recovered(String layout) {}
      };

  private final Switcher stage;
  private final CustomLayouts customs;
  private final Queue<Momentary> momentary = new ConcurrentLinkedQueue<>();
  private @Nullable CompositionSpec spec;
  private @Nullable CallView view;
  private @Nullable Scene scene;
  private double setAt;
  private LayoutParams params = LayoutParams.EMPTY;
  private Color background = Color.BLACK;

  /** Something that happens once, with the next tick. */
  private sealed interface Momentary {
    record Reaction(String emoji) implements Momentary {}

    record Toast(String text) implements Momentary {}

    record Caption(String text, double hold) implements Momentary {}
  }

  Layouter(TextMeter meter) {
    this(meter, SILENT, true);
  }

  /**
   * Makes a layouter.
   *
   * @param scripts is told how custom layouts fare
   * @param waits for their answers: by a virtual clock
   */
  Layouter(TextMeter meter, ScriptedLayout.Listener scripts, boolean waits) {
    stage = new Switcher(meter);
    customs = new CustomLayouts(scripts, waits);
  }

  /**
   * Asks the custom layout that a spec wants, if it does, ahead of its first scene; any thread.
   *
   * @return why it failed, or null
   */
  @Nullable ScriptException prepare(CompositionSpec newSpec, CallView newView, double seconds) {
    return customs.prepare(
        newSpec, new SceneState(participants(newSpec, newView), newView.speaker(), seconds));
  }

  /** Prepares these, as far as they use custom layouts, and lets go of others; any thread. */
  void prepareOnly(List<CompositionSpec> specs, CallView newView, double seconds) {
    customs.keepOnly(specs);
    for (CompositionSpec one : specs) {
      var _ = prepare(one, newView, seconds); // told to who listens
    }
  }

  /** Lets an emoji fly, from the next tick on; any thread. */
  void react(String emoji) {
    momentary.add(new Momentary.Reaction(emoji));
  }

  /** Shows a toast, from the next tick on or after those before it; any thread. */
  void toast(String text) {
    momentary.add(new Momentary.Toast(text));
  }

  /** Shows a caption, from the next tick on; any thread. */
  void caption(String text, double hold) {
    momentary.add(new Momentary.Caption(text, hold));
  }

  /** The tiles where they are or move to, of the last scene. */
  List<Layer> videos() {
    return stage.videos();
  }

  /** The scene of a moment. While nothing moves, equal arguments give the very same object. */
  @SuppressWarnings(
      "ReferenceEquality") // cheap and safe: others that are equal only lay out once more
  Scene scene(CompositionSpec newSpec, CallView newView, double seconds) {
    Scene known = scene;
    boolean same =
        known != null
            && newSpec == spec
            && newView == view
            && !customs.news()
            && !customs.due(setAt, seconds);
    if (same && momentary.isEmpty() && seconds < stage.stillUntil()) {
      return Objects.requireNonNull(known);
    }
    if (!same) {
      set(newSpec, newView, seconds);
    }
    for (Momentary one = momentary.poll(); one != null; one = momentary.poll()) {
      switch (one) {
        case Momentary.Reaction(var emoji) -> stage.react(emoji, seconds);
        case Momentary.Toast(var text) -> stage.toast(text, seconds);
        case Momentary.Caption(var text, double hold) -> stage.caption(text, hold, seconds);
      }
    }
    Scene made = stage.scene(seconds);
    scene = made.equals(known) ? known : made;
    return Objects.requireNonNull(scene);
  }

  private void set(CompositionSpec newSpec, CallView newView, double seconds) {
    CompositionSpec oldSpec = spec;
    if (oldSpec == null
        || !oldSpec.layout().equals(newSpec.layout())
        || !oldSpec.canvas().equals(newSpec.canvas())) {
      params = LayoutParams.parse(newSpec.layout().params());
      background = Color.parse(newSpec.canvas().background());
    }
    SceneState state = new SceneState(participants(newSpec, newView), newView.speaker(), seconds);
    stage.began(System.currentTimeMillis() / 1e3 - seconds);
    stage.set(
        newSpec.layout().preset(),
        params,
        newSpec.canvas().width(),
        newSpec.canvas().height(),
        background,
        state,
        material(newSpec.feed()),
        customs.scene(newSpec, state),
        oldSpec == null ? null : begins(oldSpec.layout(), newSpec.layout()));
    spec = newSpec;
    view = newView;
    setAt = seconds;
  }

  /** The transition that a change of the layout asks for; one that has begun is none. */
  private static @Nullable Transition begins(Layout before, Layout after) {
    CompositionSpec.Transition old = before.transition();
    CompositionSpec.Transition wanted = after.transition();
    if (wanted == null || (old != null && old.revision() == wanted.revision())) {
      return null;
    }
    boolean cut = wanted.type().equals("cut");
    return new Transition(
        cut ? Transition.Kind.CROSS_FADE : Transition.Kind.named(wanted.type()),
        cut ? 0 : wanted.duration(),
        Transition.Easing.named(wanted.easing()));
  }

  @Override
  public void close() {
    customs.close();
  }

  private static Material material(CompositionSpec.Feed feed) {
    return new Material(
        feed.assets(), messages(feed.chat()), messages(feed.transcript()), feed.fonts());
  }

  private static List<Material.Message> messages(List<CompositionSpec.Message> messages) {
    return messages.stream()
        .map(message -> new Material.Message(message.number(), message.from(), message.text()))
        .toList();
  }

  private static List<SceneState.Participant> participants(CompositionSpec spec, CallView view) {
    List<ParticipantSpec> shown = new ArrayList<>();
    for (ParticipantSpec participant : view.participants()) {
      if (selected(spec.participants().video(), participant.id())) {
        shown.add(participant);
      }
    }
    Map<String, Integer> recency = new HashMap<>();
    for (String id : view.recency()) {
      recency.put(id, recency.size());
    }
    switch (spec.participants().sort()) {
      case "active" ->
          shown.sort(Comparator.comparing(p -> recency.getOrDefault(p.id(), Integer.MAX_VALUE)));
      case "name" ->
          shown.sort(Comparator.comparing(ParticipantSpec::name, String.CASE_INSENSITIVE_ORDER));
      default -> {
        // "joined": as they are.
      }
    }
    return shown.stream().map(participant -> describe(participant, spec, view)).toList();
  }

  /** Whether a list of ids, or {@code "*"}, names the participant. */
  static boolean selected(List<String> ids, String participant) {
    return ids.contains("*") || ids.contains(participant);
  }

  private static SceneState.Participant describe(
      ParticipantSpec participant, CompositionSpec spec, CallView view) {
    boolean heard = selected(spec.participants().audio(), participant.id());
    boolean audible =
        heard
            && !participant.muted()
            && participant.tracks().stream()
                .anyMatch(track -> track.source() == TrackSource.MIC && !track.paused());
    return new SceneState.Participant(
        participant.id(),
        participant.name(),
        participant.owner(),
        video(participant, TrackSource.CAMERA, view),
        video(participant, TrackSource.SCREEN, view),
        audible,
        audible ? view.levels().getOrDefault(participant.id(), 0.0) : 0);
  }

  private static SceneState.@Nullable Video video(
      ParticipantSpec participant, TrackSource source, CallView view) {
    for (TrackSpec track : participant.tracks()) {
      String key = participant.id() + "/" + track.id();
      if (track.kind() == TrackKind.VIDEO
          && track.source() == source
          && !view.excluded().contains(key)) {
        CallView.Video video = view.videos().get(key);
        return new SceneState.Video(
            key,
            video == null ? 0 : video.width(),
            video == null ? 0 : video.height(),
            // A screen on which nothing moves may send nothing for long: its picture stays. A
            // camera that does is gone.
            track.paused() || (video != null && video.stalled() && source == TrackSource.CAMERA));
      }
    }
    return null;
  }
}
