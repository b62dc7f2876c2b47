package dev.callcast.server.api;

import dev.callcast.protocol.WebFramePolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages layouts may show.
 *
 * @param hosts as of {@link WebFramePolicy}; none: web pages are off
 * @param browser Chromium, by its name or path
 */
public record WebFrameConfig(List<String> hosts, String browser) {
  public static final WebFrameConfig OFF = new WebFrameConfig(List.of(), WebFramePolicy.BROWSER);

  /** Names, addresses (of IPv6 as well), and names below one. */
  private static final Pattern HOST =
      Pattern.compile(
          "\\*|(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /**
   * Checks it.
   *
   * @throws IllegalArgumentException naming what is no host
   */
  public WebFrameConfig {
    hosts = List.copyOf(hosts);
    for (String host : hosts) {
      if (!HOST.matcher(host).matches()) {
        throw new IllegalArgumentException(
            "webFrame.hosts: '"
                + host
                + "' is no host; write a name such as slides.example.com, an address, *.example.com,"
                + " or * for all, without a scheme, a port or a path");
      }
    }
    if (browser.isBlank()) {
      throw new IllegalArgumentException("webFrame.browser has to name Chromium's program");
    }
  }

  /** Where the program is, or null where it is not installed. */
  public @Nullable Path program() {
    if (browser.contains("/")) {
      Path path = Path.of(browser);
      return Files.isExecutable(path) ? path : null;
    }
    for (String directory : String.valueOf(System.getenv("PATH")).split(":", -1)) {
      Path candidate = Path.of(directory, browser);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
