package dev.callcast.server.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the HLS streams.
 *
 * @param id in its URL: who knows it may watch
 * @param directory absolute path of the segments
 * @param key the name in the storage, of all of it
 * @param partMillis 0 for no low latency
 * @param window segments of a live playlist; 0 for all
 * @param bandwidth bit/s that no segment is beyond, as far as is known before
 * @param ended nothing more comes, and everything is published
 * @param contiguous S3 has the segments from this one
 * @param published to before this one,
 * @param deleted but none before this one
 */
public record StoredHlsStream(
    String id,
    String instance,
    String call,
    String composition,
    String output,
    String node,
    String storage,
    String directory,
    String key,
    HlsPlaylistType playlist,
    int segmentMillis,
    int partMillis,
    int window,
    long bandwidth,
    boolean ended,
    long contiguous,
    long published,
    long deleted,
    String createdAt,
    @Nullable String endedAt) {

  /** Where a list goes on behind it. */
  public String cursor() {
    return createdAt + "-" + id;
  }

  public boolean lowLatency() {
    return partMillis > 0;
  }
}
