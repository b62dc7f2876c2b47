package dev.callcast.server.api;

import dev.callcast.protocol.NetworkPolicy;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * Refuses URLs that lead to where the node may not connect to, so that whoever gives one learns it
 * at once. It is judged again at each connection, by which time a name may point elsewhere.
 */
final class OutgoingUrls {
  private final NetworkPolicy network;

  OutgoingUrls(NetworkPolicy network) {
    this.network = network;
  }

  /**
   * Looks at a URL's host; the URL is one already.
   *
   * @param pointer JSON pointer of the field
   */
  void check(String url, String pointer) {
    String host = host(url);
    try {
      network.resolve(host);
    } catch (NetworkPolicy.RefusedException e) {
      throw Problem.field(
          pointer,
          "The node does not connect to there: " + e.getMessage() + ".",
          "Use a public address, or allow it in the node's configuration: network: {allow: ["
              + e.range()
              + "]}.");
    } catch (UnknownHostException e) {
      // It may have an address later; each connection looks again.
    }
  }

  /** Stream keys may hold characters that no URI may: only what stands before them is parsed. */
  private static String host(String url) {
    int path = url.indexOf('/', url.indexOf("://") + 3);
    String host = URI.create(path < 0 ? url : url.substring(0, path)).getHost();
    return host == null ? "" : host.replaceAll("^\\[|]$", "");
  }
}
