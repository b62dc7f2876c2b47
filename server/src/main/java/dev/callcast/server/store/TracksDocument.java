package dev.callcast.server.store;

import dev.callcast.protocol.TracksSpec;

/**
 * A recording of everyone's media that is on, as it is stored.
 *
 * @param directory absolute path of its directory
 * @param quota in bytes, 0 for none
 */
public record TracksDocument(String recording, String directory, long quota, String createdAt) {
  /** What the worker gets. */
  public TracksSpec spec() {
    return new TracksSpec(recording, directory, quota);
  }
}
