package dev.callcast.server.webhooks;

import dev.callcast.server.store.WebhookStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which of several nodes on one store delivers: events of a call have to come in order, so it is
 * one. It beats; the others look whether it does, each by its own monotonic clock and its own
 * looks, and one takes over when it has not for a while. A new process of the same node takes over
 * at once. One thread.
 */
final class DispatchLease {
  private static final long BEAT_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long DEAD_NANOS = Duration.ofSeconds(15).toNanos();
  private static final int DEAD_LOOKS = 5;

  private final WebhookStore store;
  private final String node;
  private final String incarnation;

  private WebhookStore.@Nullable Lease seen;
  private long seenSince;
  private int looks;
  private long lookedAt;
  private boolean held;

  /** Until it was held once: from then on, another process of this name is another node. */
  private boolean inherits = true;

  DispatchLease(WebhookStore store, String node, String incarnation) {
    this.store = store;
    this.node = node;
    this.incarnation = incarnation;
  }

  /** Whether this node delivers; to be asked again and again. */
  boolean held() {
    long now = System.nanoTime();
    if (held && !store.shared()) {
      return true;
    }
    if (lookedAt != 0 && now - lookedAt < BEAT_NANOS) {
      return held;
    }
    lookedAt = now == 0 ? 1 : now;
    WebhookStore.Lease lease = store.lease();
    boolean free =
        lease.incarnation() == null
            || incarnation.equals(lease.incarnation())
            || (inherits && node.equals(lease.node()))
            || isDead(lease, now);
    held = free && store.take(lease, node, incarnation);
    inherits &= !held;
    return held;
  }

  private boolean isDead(WebhookStore.Lease lease, long now) {
    WebhookStore.Lease before = seen;
    if (before == null || before.beats() != lease.beats()) {
      seen = lease;
      seenSince = now;
      looks = 0;
      return false;
    }
    looks++;
    return now - seenSince >= DEAD_NANOS && looks >= DEAD_LOOKS;
  }

  /** Lets another node deliver. */
  void release() {
    if (held) {
      held = false;
      WebhookStore.Lease lease = store.lease();
      if (incarnation.equals(lease.incarnation())) {
        store.take(lease, null, null);
      }
    }
  }
}
