package dev.callcast.media.worker;

import dev.callcast.media.script.LayoutScript.Question;
import dev.callcast.media.script.LayoutScript.Viewport;
import dev.callcast.media.script.ScriptException;
import dev.callcast.media.script.ScriptedLayout;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.scene.CustomScene;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.SceneState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The layouts in JavaScript of one composition: nothing is loaded before one is used. The newest
 * one is kept, and the one before it until a scene of the newest was asked for. Safe for any
 * thread; the {@link Layouter} closes it.
 */
final class CustomLayouts implements AutoCloseable {
  /** Of the wall; a script's CPU time is limited far below. Whoever applies states waits for it. */
  private static final long LONGEST_WAIT_MILLIS = 6_000;

  /** By a virtual clock nobody waits for whoever waits. */
  private static final long LONGEST_VIRTUAL_WAIT_MILLIS = 60_000;

  private final ScriptedLayout.Listener listener;
  private final boolean waits;
  private final Map<Script, ScriptedLayout> running = new HashMap<>(); // guarded by this
  private final Set<Script> prepared = new HashSet<>(); // guarded by this
  private @Nullable Script current; // guarded by this; that of the last scene
  private @Nullable CustomScene lastGood; // guarded by this

  /** Another source under the same name is another script. */
  private record Script(String name, String source) {}

  /**
   * Makes it.
   *
   * @param waits every scene is of the very state that it is asked for, however long that takes
   */
  CustomLayouts(ScriptedLayout.Listener listener, boolean waits) {
    this.listener = listener;
    this.waits = waits;
  }

  private static @Nullable Script script(CompositionSpec spec) {
    String name = Layouts.customLayout(spec.layout().preset(), spec.layout().params());
    String source = name == null ? null : spec.feed().layouts().get(name);
    return name == null ? null : new Script(name, source == null ? "" : source);
  }

  private static Question question(CompositionSpec spec, SceneState state) {
    return new Question(
        state, spec.layout().params(), new Viewport(spec.canvas().width(), spec.canvas().height()));
  }

  private synchronized ScriptedLayout layout(Script script) {
    return running.computeIfAbsent(
        script, made -> new ScriptedLayout(made.name, made.source, listener));
  }

  /**
   * Loads what a spec wants and asks it once, so that no tick has to go without its scene.
   *
   * @return why it failed, or null
   */
  @Nullable ScriptException prepare(CompositionSpec spec, SceneState state) {
    Script script = script(spec);
    if (script == null) {
      return null;
    }
    synchronized (this) {
      prepared.add(script);
    }
    try {
      layout(script)
          .now(question(spec, state), waits ? LONGEST_VIRTUAL_WAIT_MILLIS : LONGEST_WAIT_MILLIS);
      return null;
    } catch (ScriptException e) {
      return e;
    }
  }

  /** What else was prepared may be let go of. */
  synchronized void keepOnly(List<CompositionSpec> specs) {
    prepared.clear();
    for (CompositionSpec spec : specs) {
      Script script = script(spec);
      if (script != null) {
        prepared.add(script);
      }
    }
  }

  /**
   * The scene that a spec wants: the newest good one, or null where a preset places the videos or
   * none was ever good. The tick thread's.
   */
  @Nullable CustomScene scene(CompositionSpec spec, SceneState state) {
    Script script = script(spec);
    retainOnly(script);
    if (script == null) {
      return null;
    }
    ScriptedLayout layout = layout(script);
    if (waits) {
      prepare(spec, state);
    } else {
      layout.ask(question(spec, state));
    }
    CustomScene newest = layout.newest();
    synchronized (this) {
      if (newest != null) {
        lastGood = newest;
      }
      return lastGood;
    }
  }

  /** Whether from one moment to the other another scene may follow from the time alone. */
  synchronized boolean due(double from, double to) {
    ScriptedLayout layout = current == null ? null : running.get(current);
    return layout != null && Math.floor(from * layout.rate()) != Math.floor(to * layout.rate());
  }

  /** Whether there is a newer answer than that of the last scene. */
  @SuppressWarnings("ReferenceEquality") // each answer is an object of its own
  synchronized boolean news() {
    ScriptedLayout layout = current == null ? null : running.get(current);
    CustomScene newest = layout == null ? null : layout.newest();
    return newest != null && newest != lastGood;
  }

  private synchronized void retainOnly(@Nullable Script wanted) {
    current = wanted;
    running
        .entrySet()
        .removeIf(entry -> {
          if (entry.getKey().equals(wanted) || prepared.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().close();
          return true;
        });
    if (wanted == null) {
      lastGood = null;
    }
  }

  @Override
  public synchronized void close() {
    running.values().forEach(ScriptedLayout::close);
    running.clear();
  }
}
