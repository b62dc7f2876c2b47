package dev.callcast.server.destinations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A place to broadcast to, as it was configured. Immutable; shows no secret.
 *
 * @param service whose it is; null for any other server
 * @param url without the stream key, unless there is no key
 * @param backupUrl likewise, or null
 * @param key the stream key; null where it is in the file, or in the URL
 * @param keyFile holds the stream key, and is read at each use; null for none
 * @param tlsVerify false accepts any certificate
 */
public record Destination(
    String name,
    @Nullable StreamingService service,
    String url,
    @Nullable String backupUrl,
    @Nullable String key,
    @Nullable Path keyFile,
    boolean tlsVerify) {

  /** The whole URLs, with the key: never to be shown. */
  public record Urls(String primary, @Nullable String backup) {
    @Override
    public String toString() {
      return "Urls[****]";
    }
  }

  /**
   * Puts the URLs together.
   *
   * @throws IOException when the file of the key cannot be read, or has none
   */
  public Urls urls() throws IOException {
    String secret = key;
    if (keyFile != null) {
      try {
        secret = Files.readString(keyFile).strip();
      } catch (IOException e) {
        throw new IOException(
            "its key file cannot be read (" + e.getClass().getSimpleName() + ")", e);
      }
      if (secret.isEmpty() || secret.lines().count() > 1) {
        throw new IOException("its key file has to have the stream key as its only line");
      }
    }
    String backup = backupUrl;
    return new Urls(join(url, secret), backup == null ? null : join(backup, secret));
  }

  /** The key comes as it is: services put a question mark and ampersands into theirs. */
  private static String join(String url, @Nullable String key) {
    return key == null ? url : url.replaceFirst("/$", "") + "/" + key;
  }

  @Override
  public String toString() {
    return "Destination[" + name + "]";
  }
}
