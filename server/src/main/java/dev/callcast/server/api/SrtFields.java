package dev.callcast.server.api;

import dev.callcast.protocol.OutputSpec.Srt.Mode;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads an SRT output. */
final class SrtFields {
  private static final int LEAST_PORT = 1024;
  private static final int LONGEST_STREAM_ID = 512;

  private SrtFields() {}

  static OutputFactory.Wanted.Srt read(
      String id, Fields fields, OutgoingUrls urls, NodeConfig config) {
    Mode mode = fields.choice("mode", Mode.values(), Mode::json, Mode.CALLER);
    String url = fields.requiredString("url", 300);
    URI uri = uri(url, fields.at("url"));
    String host = uri.getHost().replaceAll("^\\[|]$", "");
    if (mode == Mode.LISTENER) {
      checkListens(host, uri.getPort(), fields.at("url"), config);
    } else {
      urls.check(url, fields.at("url"));
    }
    String passphrase = fields.optionalString("passphrase", 79);
    if (passphrase != null && passphrase.length() < 10) {
      throw Problem.field(
          fields.at("passphrase"), "It has fewer than 10 characters.", "SRT takes 10 to 79.");
    }
    String streamId = streamId(fields, mode);
    long latency = Math.round(fields.number("latency", 0.02, 8, 0.125) * 1000);
    return new OutputFactory.Wanted.Srt(
        id, host, uri.getPort(), mode, passphrase, streamId, (int) latency);
  }

  private static URI uri(String url, String at) {
    try {
      URI uri = new URI(url);
      if ("srt".equals(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT))
          && uri.getHost() != null
          && uri.getPort() > 0
          && uri.getPort() <= 65535
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw Problem.field(
        at,
        "It is not srt://HOST:PORT.",
        "Send that; mode, passphrase, streamId and latency are fields of their own.");
  }

  private static void checkListens(String host, int port, String at, NodeConfig config) {
    try {
      InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException e) {
      throw Problem.field(
          at,
          "A listener needs an address of this machine, not a name.",
          "Send srt://0.0.0.0:PORT, or one address of it.");
    }
    if (port < LEAST_PORT) {
      throw Problem.field(at, "The port is below " + LEAST_PORT + ".", "Use a higher one.");
    }
    if (port >= config.rtpFrom() && port <= config.rtpTo()) {
      String range = config.rtpFrom() + " to " + config.rtpTo();
      throw Problem.field(
          at,
          "The port is one of those of the node's endpoints, " + range + " (rtpPorts).",
          "Use one outside of that range.");
    }
  }

  private static @Nullable String streamId(Fields fields, Mode mode) {
    String streamId = fields.optionalString("streamId", LONGEST_STREAM_ID);
    if (streamId != null && mode == Mode.LISTENER) {
      throw Problem.field(
          fields.at("streamId"), "It is the caller that says a stream id.", "Leave it out.");
    }
    return streamId;
  }
}
