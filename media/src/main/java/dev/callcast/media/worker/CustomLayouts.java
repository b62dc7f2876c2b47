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

  private static final int ATTEMPTS = 5;

  private final ScriptedLayout.Listener listener;
  private final boolean waits;
  private final Map<Script, ScriptedLayout> running = new HashMap<>(); // guarded by this
  private final Set<Script> prepared = new HashSet<>(); // guarded by this

  /** The newest good scene of each that is shown or will be, so that its first tick has it. */
  private final Map<Wanted, CustomScene> scenes = new HashMap<>(); // guarded by this

  private @Nullable Wanted current; // guarded by this; that of the last scene
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

  /** What tells a revision's scene from another's. */
  private record Wanted(Script script, Map<String, Object> params) {
    boolean answeredBy(ScriptedLayout.Answer answer) {
      return answer.question().params().equals(params);
    }
  }

  private static Wanted wanted(Script script, CompositionSpec spec) {
    return new Wanted(script, spec.layout().params());
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
    Wanted wanted = wanted(script, spec);
    try {
      // The tick thread asks as well, and only the newest question is answered.
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        ScriptedLayout.Answer answer =
            layout(script)
                .now(
                    question(spec, state),
                    waits ? LONGEST_VIRTUAL_WAIT_MILLIS : LONGEST_WAIT_MILLIS);
        if (wanted.answeredBy(answer)) {
          synchronized (this) {
            scenes.put(wanted, answer.scene());
          }
          break;
        }
      }
      return null;
    } catch (ScriptException e) {
      return e;
    }
  }

  /** What else was prepared may be let go of. */
  synchronized void keepOnly(List<CompositionSpec> specs) {
    prepared.clear();
    Set<Wanted> kept = new HashSet<>();
    if (current != null) {
      kept.add(current);
    }
    for (CompositionSpec spec : specs) {
      Script script = script(spec);
      if (script != null) {
        prepared.add(script);
        kept.add(wanted(script, spec));
      }
    }
    scenes.keySet().retainAll(kept);
  }

  /**
   * The scene that a spec wants: the newest good one, or null where a preset places the videos or
   * none was ever good. The tick thread's.
   */
  @Nullable CustomScene scene(CompositionSpec spec, SceneState state) {
    Script script = script(spec);
    Wanted wanted = script == null ? null : wanted(script, spec);
    retainOnly(wanted);
    if (script == null || wanted == null) {
      return null;
    }
    ScriptedLayout layout = layout(script);
    if (waits) {
      prepare(spec, state);
    } else {
      layout.ask(question(spec, state));
    }
    ScriptedLayout.Answer newest = layout.newest();
    synchronized (this) {
      if (newest != null && wanted.answeredBy(newest)) {
        scenes.put(wanted, newest.scene());
      }
      lastGood = scenes.getOrDefault(wanted, lastGood);
      return lastGood;
    }
  }

  /** Whether from one moment to the other another scene may follow from the time alone. */
  synchronized boolean due(double from, double to) {
    ScriptedLayout layout = current == null ? null : running.get(current.script);
    return layout != null && Math.floor(from * layout.rate()) != Math.floor(to * layout.rate());
  }

  /** Whether there is a newer answer than that of the last scene. */
  @SuppressWarnings("ReferenceEquality") // each answer is an object of its own
  synchronized boolean news() {
    Wanted shown = current;
    ScriptedLayout layout = shown == null ? null : running.get(shown.script);
    ScriptedLayout.Answer newest = layout == null ? null : layout.newest();
    return shown != null
        && newest != null
        && newest.scene() != lastGood
        && shown.answeredBy(newest);
  }

  private synchronized void retainOnly(@Nullable Wanted wanted) {
    Script script = wanted == null ? null : wanted.script;
    current = wanted;
    running
        .entrySet()
        .removeIf(entry -> {
          if (entry.getKey().equals(script) || prepared.contains(entry.getKey())) {
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
