package dev.callcast.media.script;

import dev.callcast.media.script.LayoutScript.Question;
import dev.callcast.scene.CustomScene;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layout in JavaScript beside a composition: it is asked by the composition's tick thread, which
 * never waits, and answers from a thread of its own. Of several questions only the newest is
 * answered. What fails leaves the last good answer in place.
 *
 * <p>A script that takes too long has lost its sandbox; the next one is made after a second, then
 * two, up to half a minute: until it is corrected it must not take the machine from the call.
 */
public final class ScriptedLayout implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScriptedLayout.class);
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private final String source;
  private final Listener listener;
  private final Thread thread;

  private @Nullable Question question; // guarded by this; the newest one that was asked
  private long asked; // guarded by this; its number
  private long taken; // guarded by this; number of the one that is being answered, or was last
  private long answered; // guarded by this; number of the last one that was, well or not
  private boolean closed; // guarded by this
  private @Nullable ScriptException failure; // guarded by this; of the last answer
  private double rate; // guarded by this
  private long notBefore = System.nanoTime(); // guarded by this
  private long pause = FIRST_PAUSE; // owned by the thread
  private volatile @Nullable Answer newest;

  /** A scene, and what was asked for when it was answered. */
  public record Answer(Question question, CustomScene scene) {}

  /** Is told on the layout's thread. */
  public interface Listener {
    /** It failed; told once for as long as it fails in the same way. */
    void failed(String layout, ScriptException why);

    /** It answers again. */
    void recovered(String layout);

    /** It wrote to its console. */
    default void logged(String layout, String text) {
      LOG.debug("layout {} says {}", layout, text);
    }
  }

  public ScriptedLayout(String name, String source, Listener listener) {
    this.name = name;
    this.source = source;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("layout-" + name).daemon().start(this::answerAll);
  }

  /** The last good answer, or null before there is one. Any thread. */
  public @Nullable Answer newest() {
    return newest;
  }

  /** Wants an answer, if it could be another than that to the last question. Any thread. */
  public synchronized void ask(Question next) {
    Question last = question;
    boolean same = last != null && last.differsInTimeOnly(next) && step(last) == step(next);
    if (!same && !closed) {
      question = next;
      asked++;
      notifyAll();
    }
  }

  /** A layout that moves by itself has another answer in each step of its rate. */
  private double step(Question at) {
    return rate == 0 ? 0 : Math.floor(at.state().seconds() * rate);
  }

  /** How often a second another answer may follow from the time alone. Any thread. */
  public synchronized double rate() {
    return rate;
  }

  /**
   * Asks and waits for the answer, or one to a question that came later; not for that of a script
   * which took too long and is left alone for a while.
   *
   * @throws ScriptException if it failed, or did not answer in that time
   */
  public Answer now(Question next, long millis) throws ScriptException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    synchronized (this) {
      ask(next);
      long goal = asked;
      while (answered < goal) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        ScriptException last = failure;
        if (last != null && taken < asked && notBefore - System.nanoTime() > 0) {
          throw last;
        }
        if (left <= 0 || closed) {
          throw new ScriptException("it did not answer within " + millis + " ms", 0);
        }
        try {
          wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ScriptException("interrupted", 0);
        }
      }
      if (failure != null) {
        throw failure;
      }
    }
    return Objects.requireNonNull(newest);
  }

  private void answerAll() {
    LayoutScript script = null;
    try {
      for (Question next = take(); next != null; next = take()) {
        ScriptException failed = null;
        try {
          if (script == null) {
            script = new LayoutScript(source);
            loaded(script.rate());
          }
          newest = new Answer(next, script.layout(next));
          pause = FIRST_PAUSE;
        } catch (ScriptException e) {
          failed = e;
        } catch (RuntimeException e) {
          LOG.error("layout {}", name, e);
          failed = new ScriptException("the sandbox failed: " + e, 0, true);
        }
        String said = script == null ? "" : script.log();
        if (!said.isEmpty()) {
          listener.logged(name, said);
        }
        if (failed != null && failed.overran() && script != null) {
          script.close();
          script = null;
        }
        answered(failed, failed != null && script == null);
      }
    } finally {
      if (script != null) {
        script.close();
      }
    }
  }

  /** The next question, or null when there will be none. */
  private synchronized @Nullable Question take() {
    try {
      while (!closed) {
        long left = TimeUnit.NANOSECONDS.toMillis(notBefore - System.nanoTime());
        boolean open = taken < asked;
        if (open && left <= 0) {
          taken = asked;
          return question;
        }
        wait(open ? left : 0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  private synchronized void loaded(double wantedRate) {
    rate = wantedRate;
  }

  private void answered(@Nullable ScriptException failed, boolean gone) {
    ScriptException before;
    synchronized (this) {
      before = failure;
      failure = failed;
      answered = taken;
      if (gone) {
        notBefore = System.nanoTime() + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
      notifyAll();
      if (closed) {
        return;
      }
    }
    if (failed == null) {
      if (before != null) {
        listener.recovered(name);
      }
    } else if (before == null || !before.text().equals(failed.text())) {
      LOG.warn("layout {}: {}", name, failed.text());
      listener.failed(name, failed);
    }
  }

  /** Ends it; what it computes is thrown away. Waits for nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    thread.interrupt();
  }
}
