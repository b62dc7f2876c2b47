package dev.callcast.media.output;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a server whose certificate one output does not check from being trusted by another that
 * does. GLib keeps the TLS sessions of the whole process by address, host name and port, and a
 * session that is resumed is not checked again (measured with glib-networking 2.74): a stream key
 * went out to an unknown certificate that way.
 *
 * <p>So while a session may be kept that was made without a check, a checked connection to the same
 * server is not begun; and none without a check while a checked one is being made. Thread-safe; one
 * for the process, as GLib's cache is.
 */
final class UncheckedServers {
  /** The one that stands for GLib's cache. */
  static final UncheckedServers PROCESS = new UncheckedServers();

  /** GLib drops a session an hour after it was made, ns; some minutes for clocks and handshakes. */
  static final long KEPT = TimeUnit.MINUTES.toNanos(65);

  private final Map<String, Long> unchecked = new HashMap<>(); // guarded by this; last use
  private final Map<String, Integer> checking = new HashMap<>(); // guarded by this
  private final Map<String, Integer> open = new HashMap<>(); // guarded by this; without a check

  private static String name(String host, int port) {
    return host.toLowerCase(Locale.ROOT) + ":" + port;
  }

  /**
   * A connection is to be made.
   *
   * @param checked whether the certificate is to be checked
   * @param now ns
   * @return whether it may be made; then {@link #end} follows
   */
  synchronized boolean begin(String host, int port, boolean checked, long now) {
    String server = name(host, port);
    // As long as a connection is open the server may hand out new sessions on it.
    unchecked.entrySet().removeIf(e -> !open.containsKey(e.getKey()) && now - e.getValue() > KEPT);
    if (checked) {
      if (unchecked.containsKey(server)) {
        return false;
      }
      checking.merge(server, 1, Integer::sum);
      return true;
    }
    if (checking.containsKey(server)) {
      return false;
    }
    unchecked.put(server, now);
    open.merge(server, 1, Integer::sum);
    return true;
  }

  /** A connection that was begun has ended. */
  synchronized void end(String host, int port, boolean checked, long now) {
    String server = name(host, port);
    if (checked) {
      checking.computeIfPresent(server, (_, count) -> count == 1 ? null : count - 1);
    } else {
      open.computeIfPresent(server, (_, count) -> count == 1 ? null : count - 1);
      unchecked.put(server, now);
    }
  }
}
