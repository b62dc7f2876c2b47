package dev.callcast.testkit.fault;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Debian's Janus with one VideoRoom, all its secrets set, in a network of its own. Can be killed
 * and started again. Whoever made it closes it, which deletes its directory.
 */
public final class Janus implements AutoCloseable {
  public static final String ROOM = "standup";
  public static final String SECRET = "room-secret-7731";
  public static final String ADMIN_KEY = "admin-key-7732";
  public static final String API_SECRET = "api-secret-7733";
  public static final String PIN = "pin-7734";

  private static final int PORT = 8088;
  private static final String FOLDERS = "/usr/lib/x86_64-linux-gnu/janus";

  private final NetworkNamespace network;
  private final Path directory;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private ChildProcess process;

  private Janus(NetworkNamespace network, Path directory, ChildProcess process) {
    this.network = network;
    this.directory = directory;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @throws IOException when it is not installed or does not come up
   */
  public static Janus start(NetworkNamespace network) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("callcast-janus-");
    Files.writeString(
        directory.resolve("janus.jcfg"),
        """
        general: {
          plugins_folder = "%1$s/plugins"
          transports_folder = "%1$s/transports"
          events_folder = "%1$s/events"
          loggers_folder = "%1$s/loggers"
          api_secret = "%2$s"
        }
        media: { ipv6 = false }
        plugins: {
          disable = "%3$s"
        }
        transports: {
          disable = "%4$s"
        }
        """
            .formatted(FOLDERS, API_SECRET, others("plugins"), others("transports")));
    Files.writeString(
        directory.resolve("janus.transport.http.jcfg"),
        """
        general: { json = "compact", base_path = "/janus", http = true, port = %d, ip = "%s", https = false }
        admin: { admin_http = false }
        """
            .formatted(PORT, network.inside()));
    Files.writeString(
        directory.resolve("janus.plugin.videoroom.jcfg"),
        """
        general: { admin_key = "%s", lock_rtp_forward = true, string_ids = true }
        room-%s: {
          description = "Test"
          secret = "%s"
          pin = "%s"
          publishers = 6
          bitrate = 2000000
          videocodec = "vp8"
          audiolevel_event = true
          audio_active_packets = 25
          audio_level_average = 60
          notify_joining = true
        }
        """
            .formatted(ADMIN_KEY, ROOM, SECRET, PIN));
    Janus janus = new Janus(network, directory, run(network, directory));
    janus.awaitUp();
    return janus;
  }

  /** All but what the tests use: they would want configurations and ports of their own. */
  private static String others(String folder) throws IOException {
    Path path = Path.of(FOLDERS, folder);
    if (!Files.isDirectory(path)) {
      throw new IOException("Janus is not installed (Debian's package janus)");
    }
    List<String> names = new ArrayList<>();
    try (var files = Files.list(path)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.contains("videoroom") && !name.contains("janus_http"))
          .forEach(names::add);
    }
    return String.join(",", names);
  }

  private static ChildProcess run(NetworkNamespace network, Path directory) throws IOException {
    return new ChildProcess(
        network.command(List.of("janus", "-F", directory.toString(), "--disable-colors")),
        directory);
  }

  private void awaitUp() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (true) {
      try {
        post("", Map.of("janus", "ping"));
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          close();
          throw new IOException(
              "Janus does not come up: " + Files.readString(directory.resolve("output.log")), e);
        }
        Thread.sleep(50);
      }
    }
  }

  /** Its HTTP API. */
  public String url() {
    return "http://" + network.inside() + ":" + PORT + "/janus";
  }

  private JsonNode post(String path, Map<String, Object> body)
      throws IOException, InterruptedException {
    ObjectNode json = ProtocolJson.MAPPER.valueToTree(body);
    json.put("transaction", "t").put("apisecret", API_SECRET);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(Duration.ofSeconds(10))
            .POST(HttpRequest.BodyPublishers.ofString(json.toString()))
            .build();
    return ProtocolJson.MAPPER.readTree(
        http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  /** Asks the plugin about the room, with every secret, in a session of its own. */
  public JsonNode ask(String request, Map<String, Object> more)
      throws IOException, InterruptedException {
    String session = "/" + post("", Map.of("janus", "create")).at("/data/id").asString();
    String handle =
        session
            + "/"
            + post(session, Map.of("janus", "attach", "plugin", "janus.plugin.videoroom"))
                .at("/data/id")
                .asString();
    ObjectNode body = ProtocolJson.MAPPER.valueToTree(more);
    body.put("request", request).put("room", ROOM).put("secret", SECRET);
    body.put("admin_key", ADMIN_KEY);
    JsonNode answer = post(handle, Map.of("janus", "message", "body", body));
    post(session, Map.of("janus", "destroy"));
    return answer.at("/plugindata/data");
  }

  /** All forwarders of the room. */
  public List<JsonNode> forwarders() throws IOException, InterruptedException {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode publisher : ask("listforwarders", Map.of()).path("publishers")) {
      publisher.path("forwarders").forEach(all::add);
    }
    return all;
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    process.kill();
  }

  /** Starts it again after {@link #kill}, with an empty room. */
  public void restart() throws IOException, InterruptedException {
    process = run(network, directory);
    awaitUp();
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.close();
    ChildProcess.deleteTree(directory);
  }
}
