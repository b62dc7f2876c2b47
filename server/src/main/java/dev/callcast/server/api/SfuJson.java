package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.sfu.JanusRoom;
import dev.callcast.server.sfu.SfuStatus;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The SFU of a call in the API's JSON. */
final class SfuJson {
  private static final int SECRET_MAX = 500;

  private SfuJson() {}

  /** Reads {@code sfu} of a new call; null when it names none. */
  static @Nullable JanusRoom read(Fields fields) {
    Fields sfu = fields.optionalObject("sfu");
    if (sfu == null) {
      return null;
    }
    sfu.oneOf("type", List.of("janus"), null);
    String url = sfu.requiredString("url", 500);
    JsonNode room = sfu.requiredIntegerOrString("room", 200);
    JanusRoom read =
        new JanusRoom(
            url(url, sfu.at("url")),
            room,
            sfu.optionalString("secret", SECRET_MAX),
            sfu.optionalString("adminKey", SECRET_MAX),
            sfu.optionalString("apiSecret", SECRET_MAX),
            sfu.optionalString("pin", SECRET_MAX),
            mediaIp(sfu),
            sfu.has("srtp") ? (Boolean) sfu.bool("srtp", false) : null);
    sfu.end();
    return read;
  }

  private static String url(String url, String at) {
    try {
      URI parsed = new URI(url);
      boolean web = "http".equals(parsed.getScheme()) || "https".equals(parsed.getScheme());
      if (web
          && parsed.getHost() != null
          && parsed.getUserInfo() == null
          && parsed.getQuery() == null
          && parsed.getFragment() == null) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
      }
    } catch (URISyntaxException e) {
      // Said below: its message quotes the URL, which may hold a secret.
    }
    throw Problem.field(
        at,
        "It is not the address of Janus' HTTP API.",
        "Send an http or https URL such as http://127.0.0.1:8088/janus, without a password in it.");
  }

  private static @Nullable String mediaIp(Fields sfu) {
    String ip = sfu.optionalString("mediaIp", 64);
    if (ip != null) {
      try {
        InetAddress.ofLiteral(ip);
      } catch (IllegalArgumentException e) {
        throw Problem.field(
            sfu.at("mediaIp"),
            "It is not an IP address.",
            "Send the address that Janus sends RTP from, no name.");
      }
    }
    return ip;
  }

  /** Without any secret. */
  static ObjectNode show(JanusRoom room, SfuStatus status) {
    ObjectNode json =
        ProtocolJson.MAPPER.createObjectNode().put("type", "janus").put("url", room.url());
    json.set("room", room.room());
    json.put("state", status.state().json()).put("since", status.since());
    json.put("publishers", status.publishers());
    if (status.reason() != null) {
      json.put("reason", status.reason());
    }
    return json;
  }
}
