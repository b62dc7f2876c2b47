package dev.callcast.server.api;

/**
 * How much work a node takes on.
 *
 * @param cores CPU-cores that its calls may use together; 0 for no limit
 */
public record CapacityConfig(double cores) {
  /** Takes everything. */
  public static final CapacityConfig UNLIMITED = new CapacityConfig(0);

  /** All that the machine, or its container, has. */
  public static CapacityConfig wholeMachine() {
    return new CapacityConfig(Runtime.getRuntime().availableProcessors());
  }

  public CapacityConfig {
    if (!(cores >= 0 && cores < 10_000)) {
      throw new IllegalArgumentException(
          "the cores that calls may use have to be 0 (no limit) or more, not " + cores);
    }
  }
}
