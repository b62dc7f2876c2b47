package dev.callcast.app;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT, told apart by their number: the first one asks for an end, the second one for
 * haste. Shutdown hooks would see the first one only. SIGHUP asks to read files anew, unless it is
 * a terminal's that goes away. Made once; safe for any thread.
 */
final class StopSignals {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);

  private final Runnable reload;

  private StopSignals(Runnable reload) {
    this.reload = reload;
  }

  /**
   * Takes the signals from the virtual machine.
   *
   * @param reload what SIGHUP asks for
   */
  @SuppressWarnings("ReferenceEquality") // what a proxy is asked for its equality with comes here
  static StopSignals take(Runnable reload) {
    StopSignals signals = new StopSignals(reload);
    try {
      // By name: the compiler warns of this class, which is there to stay (JEP 260), and has no
      // means to silence that.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, words) -> {
                switch (method.getName()) {
                  case "handle" -> signals.came(String.valueOf(words[0]));
                  case "equals" -> {
                    return proxy == words[0];
                  }
                  case "hashCode" -> {
                    return System.identityHashCode(proxy);
                  }
                  default -> {
                    return "stop signals";
                  }
                }
                return null;
              });
      List<String> names = new ArrayList<>(List.of("TERM", "INT"));
      if (!hasTerminal()) {
        names.add("HUP");
      }
      for (String name : names) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
      }
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // Without it a signal still ends the process, by the shutdown hook, at once.
      LOG.warn("signals cannot be taken: stop.mode is hand-over", e);
    }
    return signals;
  }

  /** Whether standard input is one. */
  private static boolean hasTerminal() {
    try {
      String input = Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString();
      return input.startsWith("/dev/pts/") || input.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * A signal came.
   *
   * @param name {@code SIGTERM}, {@code SIGINT} or {@code SIGHUP}
   */
  private void came(String name) {
    if (name.equals("SIGHUP")) {
      reload.run();
    } else if (first.getCount() > 0) {
      first.countDown();
    } else {
      second.countDown();
    }
  }

  /** Waits for the first one. */
  void await() throws InterruptedException {
    first.await();
  }

  /** Waits for the second one; returns whether it came. */
  boolean awaitHaste(Duration limit) throws InterruptedException {
    return second.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }
}
