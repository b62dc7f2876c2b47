package dev.callcast.server.recordings;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * How a browser takes a file (RFC 6266).
 *
 * @param kind {@code attachment}: it is saved; {@code inline}: it is shown
 * @param name under which it is saved
 */
public record Disposition(String kind, String name) {
  /** The value of the Content-Disposition header. */
  public String header() {
    String ascii = name.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "_");
    String plain = kind + "; filename=\"" + ascii + "\"";
    return ascii.equals(name)
        ? plain
        : plain
            + "; filename*=UTF-8''"
            + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
