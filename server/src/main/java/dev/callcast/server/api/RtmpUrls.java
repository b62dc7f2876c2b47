package dev.callcast.server.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Checks RTMP URLs, and hides the stream keys in them. */
final class RtmpUrls {
  private RtmpUrls() {}

  /** Refuses what is no RTMP URL; the problem does not repeat it. */
  static void check(String url, String pointer) {
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      String path = uri.getRawPath() == null ? "" : uri.getRawPath();
      boolean application = !path.replace("/", "").isEmpty();
      if ((scheme.equals("rtmp") || scheme.equals("rtmps"))
          && uri.getHost() != null
          && application) {
        return;
      }
    } catch (URISyntaxException e) {
      // Said below; the exception's message holds the URL.
    }
    throw Problem.field(
        pointer,
        "It is not an RTMP URL.",
        "Send rtmp:// or rtmps:// with host, application and stream key.");
  }

  /** The URL as it may be shown: {@code rtmp://host/app/****}. */
  static String redact(String url) {
    URI uri = URI.create(url);
    String authority = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    String[] parts = uri.getRawPath().split("/", -1);
    // parts[0] is empty; with one part only, that may be a key itself.
    String application = parts.length > 2 && !parts[1].isEmpty() ? parts[1] + "/" : "";
    return uri.getScheme() + "://" + authority + "/" + application + "****";
  }
}
