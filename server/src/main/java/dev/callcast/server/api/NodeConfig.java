package dev.callcast.server.api;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.recordings.storage.StoragesConfig;
import dev.callcast.server.webhooks.WebhookTimers;
import java.net.InetAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a node is told at its start.
 *
 * @param name the node's name in the API
 * @param listenHost the address of the API
 * @param listenPort 0 for any free one
 * @param data the directory of everything that is kept; made when absent
 * @param rtpFrom the first UDP port of endpoints
 * @param rtpTo the last one
 * @param announceIp the address that endpoints answer: where the SFU sends to
 * @param bindIp the address that workers bind
 * @param authenticated false lets everyone do everything; only with a loopback listen address
 * @param databaseUrl a JDBC URL, or null for SQLite in the data directory
 * @param storages where recordings are kept
 * @param network which addresses outputs and webhooks may go to
 * @param webhooks how patient deliveries to webhooks are
 * @param http how the API deals with its clients
 * @param destinations where broadcasts may go by name
 * @param stop what becomes of its calls when it ends
 * @param capacity how much work it takes on
 * @param tls with what the API speaks TLS, or null for plain HTTP
 * @param webFrames which web pages layouts may show
 */
public record NodeConfig(
    String name,
    String listenHost,
    int listenPort,
    Path data,
    int rtpFrom,
    int rtpTo,
    String announceIp,
    String bindIp,
    boolean authenticated,
    @Nullable String databaseUrl,
    StoragesConfig storages,
    NetworkPolicy network,
    WebhookTimers webhooks,
    HttpConfig http,
    Destinations destinations,
    StopConfig stop,
    CapacityConfig capacity,
    @Nullable TlsConfig tls,
    WebFrameConfig webFrames) {
  /** With the defaults of what a node has to do with other servers. */
  public NodeConfig(
      String name,
      String listenHost,
      int listenPort,
      Path data,
      int rtpFrom,
      int rtpTo,
      String announceIp,
      String bindIp,
      boolean authenticated,
      @Nullable String databaseUrl,
      StoragesConfig storages) {
    this(
        name,
        listenHost,
        listenPort,
        data,
        rtpFrom,
        rtpTo,
        announceIp,
        bindIp,
        authenticated,
        databaseUrl,
        storages,
        standardNetwork(listenHost),
        WebhookTimers.DEFAULT,
        HttpConfig.DEFAULT,
        Destinations.NONE,
        StopConfig.DEFAULT,
        CapacityConfig.UNLIMITED,
        null,
        WebFrameConfig.OFF);
  }

  /** With the one directory for recordings. */
  public NodeConfig(
      String name,
      String listenHost,
      int listenPort,
      Path data,
      int rtpFrom,
      int rtpTo,
      String announceIp,
      String bindIp,
      boolean authenticated,
      @Nullable String databaseUrl) {
    this(
        name,
        listenHost,
        listenPort,
        data,
        rtpFrom,
        rtpTo,
        announceIp,
        bindIp,
        authenticated,
        databaseUrl,
        StoragesConfig.local(data));
  }

  public NodeConfig {
    literal(announceIp, "the announced address");
    literal(bindIp, "the bound address");
    if (rtpFrom < 1024 || rtpTo > 65535 || rtpFrom > rtpTo) {
      throw new IllegalArgumentException(
          "the RTP ports have to be a range within 1024 to 65535, such as 40000-40999");
    }
    if (!authenticated && !loopback(listenHost)) {
      throw new IllegalArgumentException(
          "without authentication the API may only listen on a loopback address, not on "
              + listenHost);
    }
  }

  /** One machine, loopback, defaults for the rest. */
  public static NodeConfig local(Path data) {
    return new NodeConfig(
        "n1", "127.0.0.1", 7880, data, 40000, 40999, "127.0.0.1", "127.0.0.1", true, null);
  }

  /** The same with other rules for what it may connect to. */
  public NodeConfig withNetwork(NetworkPolicy other) {
    Changes changes = new Changes();
    changes.network = other;
    return changes.made();
  }

  /** The same with another patience. */
  public NodeConfig withWebhooks(WebhookTimers other) {
    Changes changes = new Changes();
    changes.webhooks = other;
    return changes.made();
  }

  /** The same with other ways with clients. */
  public NodeConfig withHttp(HttpConfig other) {
    Changes changes = new Changes();
    changes.http = other;
    return changes.made();
  }

  /** The same with other destinations. */
  public NodeConfig withDestinations(Destinations other) {
    Changes changes = new Changes();
    changes.destinations = other;
    return changes.made();
  }

  /** The same with another limit to its work. */
  public NodeConfig withCapacity(CapacityConfig other) {
    Changes changes = new Changes();
    changes.capacity = other;
    return changes.made();
  }

  /** The same with TLS, or without. */
  public NodeConfig withTls(@Nullable TlsConfig other) {
    Changes changes = new Changes();
    changes.tls = other;
    return changes.made();
  }

  /** The same with other web pages. */
  public NodeConfig withWebFrames(WebFrameConfig other) {
    Changes changes = new Changes();
    changes.webFrames = other;
    return changes.made();
  }

  /** Which web pages workers may show, or null for none. */
  public @Nullable WebFramePolicy webFramePolicy() {
    return webFrames.hosts().isEmpty()
        ? null
        : new WebFramePolicy(webFrames.browser(), webFrames.hosts(), network);
  }

  /** What is to be another one; all else stays as it is. */
  private final class Changes {
    private NetworkPolicy network = NodeConfig.this.network;
    private WebhookTimers webhooks = NodeConfig.this.webhooks;
    private HttpConfig http = NodeConfig.this.http;
    private Destinations destinations = NodeConfig.this.destinations;
    private CapacityConfig capacity = NodeConfig.this.capacity;
    private @Nullable TlsConfig tls = NodeConfig.this.tls;
    private WebFrameConfig webFrames = NodeConfig.this.webFrames;

    NodeConfig made() {
      return new NodeConfig(
          name,
          listenHost,
          listenPort,
          data,
          rtpFrom,
          rtpTo,
          announceIp,
          bindIp,
          authenticated,
          databaseUrl,
          storages,
          network,
          webhooks,
          http,
          destinations,
          stop,
          capacity,
          tls,
          webFrames);
    }
  }

  /**
   * What may be connected to where nothing is configured. Who reaches a node that listens on
   * loopback only is on this machine anyway, and its servers are within reach without us.
   */
  public static NetworkPolicy standardNetwork(String listenHost) {
    return loopback(listenHost) ? NetworkPolicy.LOOPBACK : NetworkPolicy.PUBLIC;
  }

  /** Where SQLite is kept when no other database is named. */
  public String effectiveDatabaseUrl() {
    return databaseUrl == null ? "jdbc:sqlite:" + data.resolve("callcast.db") : databaseUrl;
  }

  /** Whether it is an address, or the name, of this machine alone. */
  static boolean loopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false; // A name that could resolve to anything.
    }
  }

  private static void literal(String ip, String what) {
    try {
      InetAddress.ofLiteral(ip);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(what + " has to be an IP address, not " + ip, e);
    }
  }

  @Override
  public String toString() {
    return "NodeConfig[" + name + ", " + listenHost + ":" + listenPort + ", " + data + "]";
  }
}
