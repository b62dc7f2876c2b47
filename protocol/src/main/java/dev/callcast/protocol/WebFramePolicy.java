package dev.callcast.protocol;

import java.util.List;
import java.util.Locale;

/**
 * Which web pages a node's operator lets layouts show: everything that a page loads, and whatever
 * leads it elsewhere, has to come from one of these hosts, at an address that may be connected to.
 *
 * @param browser the program, by its name or path
 * @param hosts names or addresses; {@code *.example.com} for all names below one, {@code *} for all
 * @param network which addresses those may have
 */
public record WebFramePolicy(String browser, List<String> hosts, NetworkPolicy network) {
  /** Debian's. */
  public static final String BROWSER = "chromium";

  public WebFramePolicy {
    hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
  }

  /** Whether anything may be loaded from a host; an address without brackets. */
  public boolean allows(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    return hosts.stream()
        .anyMatch(allowed ->
            allowed.equals("*")
                || allowed.equals(name)
                || (allowed.startsWith("*.") && name.endsWith(allowed.substring(1))));
  }
}
