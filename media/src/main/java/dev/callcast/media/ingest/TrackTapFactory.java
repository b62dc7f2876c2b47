package dev.callcast.media.ingest;

import dev.callcast.protocol.TrackSpec;

/** Makes a tap for each track of a call. */
@FunctionalInterface
public interface TrackTapFactory {
  /** Called when a stream begins to be received, by whoever declares it. */
  TrackTap open(String participant, TrackSpec track);
}
