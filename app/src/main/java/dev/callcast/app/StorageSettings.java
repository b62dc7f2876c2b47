package dev.callcast.app;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StorageConfig.Credentials;
import dev.callcast.server.recordings.storage.StorageConfig.Encryption;
import dev.callcast.server.recordings.storage.StorageConfig.Timing;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One of the file's {@code storages}; null where nothing was said. The names are those of the file,
 * which {@code docs/callcast.yaml} explains. Durations in seconds, but {@code retention} in days.
 */
record StorageSettings(
    @Nullable String type,
    @Nullable String path,
    @Nullable String endpoint,
    @Nullable String region,
    @Nullable String bucket,
    @Nullable String prefix,
    @Nullable Boolean pathStyle,
    @Nullable String credentials,
    @Nullable String credentialsFile,
    @Nullable String profile,
    @Nullable String encryption,
    @Nullable String kmsKey,
    @Nullable Map<String, String> tags,
    @Nullable String storageClass,
    @JsonProperty("finalize") @Nullable String finalizing,
    @Nullable Integer retention,
    @Nullable Double tailInterval,
    @Nullable Long partSize,
    @Nullable Double requestTimeout,
    @Nullable Double giveUpAfter) {

  /** A bucket of a server on this machine. */
  static StorageSettings s3(String endpoint, String bucket, String credentialsFile) {
    return new StorageSettings(
        "s3",
        null,
        endpoint,
        null,
        bucket,
        "calls/",
        true,
        null,
        credentialsFile,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /**
   * Fills in the defaults.
   *
   * @param data the node's data directory
   * @throws IllegalArgumentException naming what is wrong
   */
  StorageConfig toConfig(String name, Path data) {
    try {
      return switch (String.valueOf(type)) {
        case "directory" -> directory(name, data);
        case "s3" -> s3(name);
        default -> throw new IllegalArgumentException("type has to be directory or s3");
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("storages." + name + ": " + e.getMessage(), e);
    }
  }

  private StorageConfig directory(String name, Path data) {
    Map<String, @Nullable Object> others = new LinkedHashMap<>();
    others.put("endpoint", endpoint);
    others.put("region", region);
    others.put("bucket", bucket);
    others.put("prefix", prefix);
    others.put("pathStyle", pathStyle);
    others.put("credentials", credentials);
    others.put("credentialsFile", credentialsFile);
    others.put("profile", profile);
    others.put("encryption", encryption);
    others.put("kmsKey", kmsKey);
    others.put("tags", tags);
    others.put("storageClass", storageClass);
    others.put("finalize", finalizing);
    others.put("tailInterval", tailInterval);
    others.put("partSize", partSize);
    others.put("requestTimeout", requestTimeout);
    others.put("giveUpAfter", giveUpAfter);
    others.forEach((setting, value) -> {
      if (value != null) {
        throw new IllegalArgumentException("a directory has no " + setting);
      }
    });
    Path directory =
        path == null ? data.resolve("recordings") : Path.of(path).toAbsolutePath().normalize();
    return new StorageConfig.Directory(name, directory, otherwise(retention, 0));
  }

  private StorageConfig s3(String name) {
    if (path != null) {
      throw new IllegalArgumentException("s3 has no path; a bucket and a prefix");
    }
    Timing standard = Timing.DEFAULT;
    return new StorageConfig.S3(
        name,
        endpoint == null ? null : URI.create(endpoint),
        otherwise(region, "us-east-1"),
        otherwise(bucket, ""),
        otherwise(prefix, ""),
        otherwise(pathStyle, false),
        credentialsSource(),
        encryptionKind(),
        kmsKey,
        otherwise(tags, Map.of()),
        storageClass,
        fragmented(),
        otherwise(retention, 0),
        new Timing(
            otherwise(partSize, standard.partSize()),
            seconds(tailInterval, standard.tailInterval()),
            seconds(requestTimeout, standard.requestTimeout()),
            seconds(giveUpAfter, standard.giveUp())));
  }

  private Credentials credentialsSource() {
    String kind = otherwise(credentials, credentialsFile == null ? "chain" : "file");
    if ((credentialsFile != null || profile != null) && !kind.equals("file")) {
      throw new IllegalArgumentException("credentialsFile and profile go with credentials file");
    }
    return switch (kind) {
      case "file" -> {
        Path file =
            Path.of(
                Objects.requireNonNullElseGet(
                    credentialsFile, () -> System.getProperty("user.home") + "/.aws/credentials"));
        yield new Credentials.File(file.toAbsolutePath(), otherwise(profile, "default"));
      }
      case "environment" -> new Credentials.Environment();
      case "chain" -> new Credentials.Chain();
      default ->
          throw new IllegalArgumentException(
              "credentials has to be file, environment or chain, not " + kind);
    };
  }

  private Encryption encryptionKind() {
    String text = otherwise(encryption, "none");
    return Arrays.stream(Encryption.values())
        .filter(value -> value.text().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "encryption has to be none, sse-s3 or sse-kms, not " + text));
  }

  private boolean fragmented() {
    return switch (otherwise(finalizing, "mp4")) {
      case "mp4" -> false;
      case "fragmented" -> true;
      default -> throw new IllegalArgumentException("finalize has to be mp4 or fragmented");
    };
  }

  private static Duration seconds(@Nullable Double seconds, Duration fallback) {
    return seconds == null ? fallback : Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static <T> T otherwise(@Nullable T value, T fallback) {
    return value == null ? fallback : value;
  }
}
