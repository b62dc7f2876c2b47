package dev.callcast.app;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT, told apart by their number: the first one asks for an end, the second one for
 * haste. Shutdown hooks would see the first one only. Made once; safe for any thread.
 */
final class StopSignals {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);

  private StopSignals() {}

  /** Takes both signals from the virtual machine. */
  @SuppressWarnings("ReferenceEquality") // what a proxy is asked for its equality with comes here
  static StopSignals take() {
    StopSignals signals = new StopSignals();
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
                  case "handle" -> signals.came();
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
      for (String name : new String[] {"TERM", "INT"}) {
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

  private void came() {
    if (first.getCount() > 0) {
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
