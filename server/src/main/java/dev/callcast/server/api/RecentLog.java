package dev.callcast.server.api;

import java.util.List;

/** The newest lines of the node's own log, kept by whoever writes it. */
@FunctionalInterface
public interface RecentLog {
  /** None are kept. */
  RecentLog NONE = call -> List.of();

  /** Those that are of this call, and those that are of none, oldest first. Any thread. */
  List<String> lines(String call);
}
