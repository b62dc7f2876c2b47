package dev.callcast.server.recordings.storage;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What HEAD tells of an object.
 *
 * @param size bytes
 * @param etag without quotes
 * @param encryption as in x-amz-server-side-encryption; null for none
 * @param kmsKey of aws:kms; null otherwise
 * @param metadata the user's own, names in lower case
 */
public record ObjectInfo(
    long size,
    String etag,
    @Nullable String encryption,
    @Nullable String kmsKey,
    Map<String, String> metadata) {
  public ObjectInfo {
    metadata = Map.copyOf(metadata);
  }
}
