package dev.callcast.server.api;

/** Whether the node takes new calls. Safe for any thread. */
final class Draining {
  /**
   * Seconds after which a refused client may come again: another node answers then, or this one's
   * successor.
   */
  private static final int RETRY_AFTER = 10;

  private final String node;
  private volatile boolean on;

  Draining(String node) {
    this.node = node;
  }

  void set(boolean drains) {
    on = drains;
  }

  boolean isOn() {
    return on;
  }

  /** Throws the problem that a client is told who wants something new. */
  void check() {
    if (on) {
      throw Problem.unavailable(
          "Node " + node + " is draining: its calls go on, and it takes no new ones.",
          "Open the call on another node, or here when this one is ready again (GET /readyz).",
          RETRY_AFTER);
    }
  }
}
