package dev.callcast.server.recordings.storage;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A named place for recordings, as it was configured. Immutable; shows no secret. */
public sealed interface StorageConfig {
  String name();

  /** The kind in the API. */
  String kind();

  /** Days after which recordings are deleted; 0 for never. */
  int retention();

  /** A directory of this machine: recordings are written there and stay. */
  record Directory(String name, Path path, int retention) implements StorageConfig {
    public Directory {
      if (retention < 0) {
        throw new IllegalArgumentException("retention has to be 0 or more days");
      }
    }

    @Override
    public String kind() {
      return "directory";
    }
  }

  /**
   * A bucket of S3, or of what speaks it.
   *
   * @param endpoint null for AWS's own of the region
   * @param prefix before every key; empty for none
   * @param pathStyle the bucket stands in the path, not in the host name
   * @param kmsKey of SSE-KMS; null for the bucket's own
   * @param tags of the objects
   * @param storageClass null for the bucket's own
   * @param fragmented the object stays a fragmented MP4: its first part is never sent twice
   */
  record S3(
      String name,
      @Nullable URI endpoint,
      String region,
      String bucket,
      String prefix,
      boolean pathStyle,
      Credentials credentials,
      Encryption encryption,
      @Nullable String kmsKey,
      Map<String, String> tags,
      @Nullable String storageClass,
      boolean fragmented,
      int retention,
      Timing timing)
      implements StorageConfig {
    private static final int LONGEST_PREFIX = 200;

    public S3 {
      tags = Map.copyOf(tags);
      if (retention < 0) {
        throw new IllegalArgumentException("retention has to be 0 or more days");
      }
      if (endpoint != null
          && (endpoint.getHost() == null
              || !String.valueOf(endpoint.getScheme()).matches("https?"))) {
        throw new IllegalArgumentException("endpoint has to be an http or https URL");
      }
      if (bucket.isBlank()) {
        throw new IllegalArgumentException("bucket has to be named");
      }
      if (prefix.length() > LONGEST_PREFIX || prefix.startsWith("/")) {
        throw new IllegalArgumentException(
            "prefix may have " + LONGEST_PREFIX + " characters and not begin with a slash");
      }
      if (kmsKey != null && encryption != Encryption.SSE_KMS) {
        throw new IllegalArgumentException("kmsKey goes with encryption sse-kms");
      }
      if (tags.size() > 10) {
        throw new IllegalArgumentException("S3 takes ten tags at most");
      }
    }

    @Override
    public String kind() {
      return "s3";
    }
  }

  /** Where S3's credentials come from. */
  sealed interface Credentials {
    /** An AWS credentials file, read again when it changes. */
    record File(Path path, String profile) implements Credentials {}

    /** AWS_ACCESS_KEY_ID and its like. */
    record Environment() implements Credentials {}

    /** What the SDK finds: environment, web identity, container or instance role. */
    record Chain() implements Credentials {}
  }

  /** At rest, by the storage. */
  enum Encryption {
    NONE,
    SSE_S3,
    SSE_KMS;

    /** The name in the configuration. */
    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * How it is uploaded.
   *
   * @param partSize bytes, a multiple of 4096; S3 takes 10,000 parts, and of AWS's none but the
   *     last may have less than 5 MiB
   * @param tailInterval between two uploads of what is in no part yet
   * @param requestTimeout of one request, a whole part included
   * @param giveUp after a recording's end, without any success for that long; zero for never
   */
  record Timing(long partSize, Duration tailInterval, Duration requestTimeout, Duration giveUp) {
    /** 8 MiB (78 GiB in all), 5 s, 60 s, never. */
    public static final Timing DEFAULT =
        new Timing(8 << 20, Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ZERO);

    public Timing {
      if (partSize < 4096 || partSize % 4096 != 0 || partSize > 1 << 30) {
        throw new IllegalArgumentException("partSize has to be a multiple of 4096, to 1 GiB");
      }
      if (tailInterval.toMillis() < 1 || requestTimeout.toMillis() < 1 || giveUp.isNegative()) {
        throw new IllegalArgumentException(
            "tailInterval and requestTimeout have to be positive, giveUpAfter not negative");
      }
    }
  }
}
