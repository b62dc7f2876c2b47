package dev.callcast.server.api;

import dev.callcast.protocol.Cidr;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How the API deals with its clients.
 *
 * @param cors origins whose pages may use the API, such as {@code https://app.example.com}; {@code
 *     *} for all
 * @param rate requests a second that each key or token may send in the long run; 0 for no limit
 * @param burst requests that it may send at once
 * @param patience with the headers of a connection's first request, and with a body, which has a
 *     second more for each 64 KiB
 * @param proxies addresses and ranges of reverse proxies that are believed who their clients are
 */
public record HttpConfig(
    List<String> cors, double rate, int burst, Duration patience, List<String> proxies) {
  /** No other origins, no limit. */
  public static final HttpConfig DEFAULT =
      new HttpConfig(List.of(), 0, 100, Duration.ofSeconds(20), List.of());

  public HttpConfig {
    cors = List.copyOf(cors);
    proxies = List.copyOf(proxies);
    for (String proxy : proxies) {
      try {
        Cidr.parse(proxy);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("api.proxies: " + e.getMessage(), e);
      }
    }
    for (String origin : cors) {
      if (!origin.equals("*") && !isOrigin(origin)) {
        throw new IllegalArgumentException(
            "api.cors: " + origin + " is no origin, such as https://app.example.com");
      }
    }
    if (!(rate >= 0) || burst < 1 || patience.isNegative() || patience.isZero()) {
      throw new IllegalArgumentException(
          "api.rate has to be 0 or more, api.burst 1 or more, api.patience positive");
    }
  }

  /** Behind no proxy. */
  public HttpConfig(List<String> cors, double rate, int burst, Duration patience) {
    this(cors, rate, burst, patience, List.of());
  }

  private static boolean isOrigin(String text) {
    try {
      URI uri = URI.create(text);
      return uri.getHost() != null
          && List.of("http", "https").contains(uri.getScheme())
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawUserInfo() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
