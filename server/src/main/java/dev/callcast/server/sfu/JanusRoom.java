package dev.callcast.server.sfu;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A room of Janus' VideoRoom plugin that a call follows, with all that it takes to enter it.
 *
 * @param url of Janus' HTTP API, such as {@code http://127.0.0.1:8088/janus}
 * @param room an integer, or a string where Janus has {@code string_ids}
 * @param secret the room's, for listing forwarders; null where it has none
 * @param adminKey the plugin's, where {@code lock_rtp_forward} is set; else null
 * @param apiSecret Janus' own, or null
 * @param pin of the room, or null
 * @param mediaIp the address that Janus sends from, or null for that of the URL
 * @param srtp whether Janus encrypts what it forwards; null: when it is another host
 */
public record JanusRoom(
    String url,
    JsonNode room,
    @Nullable String secret,
    @Nullable String adminKey,
    @Nullable String apiSecret,
    @Nullable String pin,
    @Nullable String mediaIp,
    @Nullable Boolean srtp) {
  @Override
  public String toString() {
    return "JanusRoom[" + url + ", " + room + ", secrets hidden]";
  }
}
