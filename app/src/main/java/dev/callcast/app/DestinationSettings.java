package dev.callcast.app;

import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.StreamingService;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One of the file's {@code destinations}; null where nothing was said. The names are those of the
 * file, which {@code docs/callcast.yaml} explains.
 */
record DestinationSettings(
    @Nullable String service,
    @Nullable String url,
    @Nullable String backupUrl,
    @Nullable Boolean backup,
    @Nullable String key,
    @Nullable String keyFile,
    @Nullable Boolean tlsVerify) {

  /**
   * Fills in what the service says.
   *
   * @throws IllegalArgumentException naming what is wrong, and no key
   */
  Destination toDestination(String name) {
    try {
      StreamingService known = service == null ? null : known(service);
      String primary = url;
      String second = backupUrl;
      if (known != null) {
        primary = primary == null ? known.url() : primary;
        if (second == null && url == null && !Boolean.FALSE.equals(backup)) {
          second = known.backupUrl();
        }
      }
      if (primary == null) {
        throw new IllegalArgumentException(
            known == StreamingService.IVS
                ? "ivs needs the url of its channel, rtmps://….global-contribute.live-video.net:443/app"
                : "it needs a service or a url");
      }
      if (key != null && keyFile != null) {
        throw new IllegalArgumentException("it has a key and a keyFile; one is enough");
      }
      if (known != null && key == null && keyFile == null) {
        throw new IllegalArgumentException(known.json() + " needs a key, or better a keyFile");
      }
      for (String each : new String[] {primary, second == null ? primary : second}) {
        if (!each.matches("rtmps?://[^/]+/.+")) {
          throw new IllegalArgumentException(
              "its URLs have to be rtmp:// or rtmps:// with host and application");
        }
      }
      return new Destination(
          name,
          known,
          primary,
          second,
          key,
          keyFile == null ? null : Path.of(keyFile).toAbsolutePath(),
          tlsVerify == null || tlsVerify);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("destinations." + name + ": " + e.getMessage(), e);
    }
  }

  private static StreamingService known(String name) {
    return StreamingService.of(name)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "service has to be youtube, ivs, facebook or twitch, not " + name));
  }

  @Override
  public String toString() {
    return "DestinationSettings[" + service + "]";
  }
}
