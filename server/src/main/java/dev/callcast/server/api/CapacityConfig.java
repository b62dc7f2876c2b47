package dev.callcast.server.api;

/**
 * How much work a node takes on.
 *
 * @param cores CPU-cores that its calls may use together; 0 for no limit
 * @param degrade whether compositions give up quality, step by step, when it was too much anyway
 */
public record CapacityConfig(double cores, boolean degrade) {
  /** Takes everything. */
  public static final CapacityConfig UNLIMITED = new CapacityConfig(0, true);

  /** The cores of all the machine, or its container. */
  public static double wholeMachine() {
    return Runtime.getRuntime().availableProcessors();
  }

  public CapacityConfig {
    if (!(cores >= 0 && cores < 10_000)) {
      throw new IllegalArgumentException(
          "the cores that calls may use have to be 0 (no limit) or more, not " + cores);
    }
  }
}
