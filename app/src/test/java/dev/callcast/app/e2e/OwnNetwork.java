package dev.callcast.app.e2e;

import dev.callcast.testkit.fault.NetworkNamespace;
import java.io.IOException;
import org.junit.jupiter.api.Assumptions;

/** A network for browsers, which look for ways on loopback last. */
final class OwnNetwork {
  private OwnNetwork() {}

  /** Makes one; where that is not allowed, the test is skipped. */
  static NetworkNamespace create() throws InterruptedException {
    try {
      return NetworkNamespace.create();
    } catch (IOException e) {
      Assumptions.abort("no network of its own: " + e.getMessage());
      throw new AssertionError(e);
    }
  }
}
