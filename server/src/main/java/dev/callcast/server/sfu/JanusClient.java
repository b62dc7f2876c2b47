package dev.callcast.server.sfu;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.store.Ids;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One session with Janus over its HTTP API, with one handle of the VideoRoom plugin. Requests are
 * answered at once, or by an event that {@link #poll} gets. Used by one thread; Janus itself ends
 * the session when it was not asked for anything for a minute.
 *
 * <p>No message of an exception from here has a secret in it: the URL that the API's secret stands
 * in is never part of one.
 */
final class JanusClient {
  private static final String PLUGIN = "janus.plugin.videoroom";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

  /** Janus answers a long poll after 30 s at the latest. */
  private static final Duration POLL_LIMIT = Duration.ofSeconds(45);

  private static final int EVENTS_AT_ONCE = 20;

  private final HttpClient http;
  private final JanusRoom room;
  private @Nullable String session;
  private @Nullable String handle;

  JanusClient(HttpClient http, JanusRoom room) {
    this.http = http;
    this.room = room;
  }

  /** Opens the session and attaches the plugin. */
  void open() throws IOException, InterruptedException, JanusException {
    session = "/" + id(post("", command("create")));
    ObjectNode attach = command("attach");
    attach.put("plugin", PLUGIN);
    handle = session + "/" + id(post(session, attach));
  }

  private static String id(JsonNode answer) throws JanusException {
    JsonNode id = answer.path("data").path("id");
    if (!id.isIntegralNumber()) {
      throw new JanusException(0, "Janus gives no session");
    }
    return id.asString();
  }

  /** A request to the plugin about the room. */
  ObjectNode request(String name) {
    ObjectNode body = ProtocolJson.MAPPER.createObjectNode().put("request", name);
    body.set("room", room.room());
    return body;
  }

  /**
   * Asks the plugin; for requests that it answers at once.
   *
   * @throws JanusException when it refuses
   */
  JsonNode ask(ObjectNode body) throws IOException, InterruptedException, JanusException {
    JsonNode data = message(body).path("plugindata").path("data");
    refuse(data);
    return data;
  }

  /** Tells the plugin something that it answers by an event. */
  void tell(ObjectNode body) throws IOException, InterruptedException, JanusException {
    message(body);
  }

  /** Throws what the plugin says is wrong, if anything. */
  static void refuse(JsonNode data) throws JanusException {
    if (data.has("error_code")) {
      throw new JanusException(
          data.get("error_code").asInt(0),
          data.path("error").asString("error") + " (" + data.get("error_code").asInt(0) + ")");
    }
  }

  private JsonNode message(ObjectNode body)
      throws IOException, InterruptedException, JanusException {
    ObjectNode message = command("message");
    message.set("body", body);
    return post(String.valueOf(handle), message);
  }

  /** Waits for events, half a minute at most. */
  List<JsonNode> poll() throws IOException, InterruptedException, JanusException {
    String query = "?maxev=" + EVENTS_AT_ONCE;
    if (room.apiSecret() != null) {
      query += "&apisecret=" + URLEncoder.encode(room.apiSecret(), UTF_8);
    }
    JsonNode answer =
        send(HttpRequest.newBuilder(URI.create(room.url() + session + query)).timeout(POLL_LIMIT));
    List<JsonNode> events = new ArrayList<>();
    if (answer.isArray()) {
      answer.forEach(events::add);
    } else {
      events.add(answer);
    }
    for (JsonNode event : events) {
      switch (event.path("janus").asString("")) {
        case "error" -> throw refused(event);
        case "timeout" -> throw new JanusException(0, "Janus has ended the session");
        case "detached" -> throw new JanusException(0, "Janus has ended the plugin's handle");
        default -> {
          // For the caller.
        }
      }
    }
    return events;
  }

  /** Ends the session, if that is still possible. */
  void close() throws InterruptedException {
    String open = session;
    if (open == null) {
      return;
    }
    session = null;
    try {
      post(open, command("destroy"));
    } catch (IOException | JanusException e) {
      // It is gone already, or Janus will end it for its silence.
    }
  }

  private ObjectNode command(String name) {
    ObjectNode command =
        ProtocolJson.MAPPER
            .createObjectNode()
            .put("janus", name)
            .put("transaction", Ids.random(""));
    if (room.apiSecret() != null) {
      command.put("apisecret", room.apiSecret());
    }
    return command;
  }

  private JsonNode post(String path, ObjectNode body)
      throws IOException, InterruptedException, JanusException {
    JsonNode answer =
        send(
            HttpRequest.newBuilder(URI.create(room.url() + path))
                .timeout(REQUEST_LIMIT)
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofByteArray(
                        ProtocolJson.MAPPER.writeValueAsBytes(body))));
    if (answer.path("janus").asString("").equals("error")) {
      throw refused(answer);
    }
    return answer;
  }

  private JsonNode send(HttpRequest.Builder request)
      throws IOException, InterruptedException, JanusException {
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new JanusException(0, "status " + response.statusCode() + " from " + room.url());
    }
    try {
      return ProtocolJson.MAPPER.readTree(response.body());
    } catch (JacksonException e) {
      throw new JanusException(0, "no JSON from " + room.url() + ": it is not Janus' HTTP API");
    }
  }

  private static JanusException refused(JsonNode answer) {
    JsonNode error = answer.path("error");
    int code = error.path("code").asInt(0);
    return new JanusException(code, error.path("reason").asString("error") + " (" + code + ")");
  }
}
