package dev.callcast.media.ingest;

import dev.callcast.protocol.TrackSpec;

/** Makes the sink for each audio track that is declared. */
@FunctionalInterface
public interface AudioSinkFactory {
  AudioSink open(String participant, TrackSpec track);
}
