package dev.callcast.server.recordings.upload;

import dev.callcast.server.store.NodeStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Says which other nodes on the same store are dead: those whose beats have not moved while this
 * one looked for so long. Counts this node's own looks on its monotonic clock, so neither a wall
 * clock that jumps nor a node that was suspended itself kills anybody. One thread.
 */
final class NodeWatch {
  private record Seen(long beats, long since, long looks) {}

  private final NodeStore nodes;
  private final String name;
  private final String incarnation;
  private final long limit;
  private final long lookMillis;
  private final Map<String, Seen> seen = new HashMap<>();

  /**
   * Makes it.
   *
   * @param limit without a beat, after which a node is dead
   * @param look how often {@link #look} is called
   */
  NodeWatch(NodeStore nodes, String name, String incarnation, Duration limit, Duration look) {
    this.nodes = nodes;
    this.name = name;
    this.incarnation = incarnation;
    this.limit = limit.toNanos();
    this.lookMillis = look.toMillis();
  }

  /** Beats once and looks at the others; false where another process has this node's name. */
  boolean look() {
    if (!nodes.beat(name, incarnation)) {
      return false;
    }
    long now = System.nanoTime();
    nodes
        .beats()
        .forEach((node, beats) -> {
          Seen last = seen.get(node);
          seen.put(
              node,
              last == null || last.beats() != beats
                  ? new Seen(beats, now, 0)
                  : new Seen(beats, last.since(), last.looks() + 1));
        });
    return true;
  }

  /** Whether that node is dead; one that never beat is not. */
  boolean isDead(String node) {
    Seen last = seen.get(node);
    return last != null
        && !node.equals(name)
        && System.nanoTime() - last.since() >= limit
        && last.looks() * lookMillis * 1_000_000L >= limit / 2;
  }
}
