package dev.callcast.app;

import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.recordings.storage.StorageConfig;
import dev.callcast.server.recordings.storage.StoragesConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * What an operator may set, by file or option; null where nothing was said. The names are those of
 * the file, which {@code docs/callcast.yaml} explains.
 */
record NodeSettings(
    @Nullable String listen,
    @Nullable String data,
    @Nullable String rtpPorts,
    @Nullable String announceIp,
    @Nullable String bindIp,
    @Nullable String name,
    @Nullable String database,
    @Nullable Boolean noAuth,
    @Nullable String storage,
    @Nullable Map<String, StorageSettings> storages,
    @Nullable Integer recoverAfter,
    @Nullable NetworkSettings network,
    @Nullable WebhookSettings webhooks,
    @Nullable ApiSettings api,
    @Nullable Map<String, DestinationSettings> destinations,
    @Nullable StopSettings stop,
    @Nullable CapacitySettings capacity,
    @Nullable TlsSettings tls,
    @Nullable WebFrameSettings webFrame) {
  static final NodeSettings EMPTY =
      new NodeSettings(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null, null, null);

  /** A class of its own, for nodes without a file need none. */
  private static final class Yaml {
    static final YAMLMapper MAPPER =
        YAMLMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException naming the key or the line that is wrong
   */
  static NodeSettings read(Path file) throws IOException {
    try {
      JsonNode tree = Yaml.MAPPER.readTree(Files.readString(file));
      // Nothing but comments is a file that sets nothing.
      return tree.isMissingNode() || tree.isNull()
          ? EMPTY
          : Yaml.MAPPER.treeToValue(tree, NodeSettings.class);
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException(
          file
              + ": there is no setting '"
              + path(e)
              + e.getPropertyName()
              + "'; there are "
              + e.getKnownPropertyIds(),
          e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ": " + e.getOriginalMessage(), e);
    }
  }

  /** The same with another standard storage. */
  NodeSettings withStorage(String name) {
    Changes changes = new Changes();
    changes.storage = name;
    return changes.made();
  }

  /** The same with other storages. */
  NodeSettings withStorages(Map<String, StorageSettings> others) {
    Changes changes = new Changes();
    changes.storages = others;
    return changes.made();
  }

  /** The same with another data directory and database, where those are given. */
  NodeSettings with(@Nullable String otherData, @Nullable String otherDatabase) {
    Changes changes = new Changes();
    changes.data = first(otherData, data);
    changes.database = first(otherDatabase, database);
    return changes.made();
  }

  /** What is to be another one; all else stays as it is. */
  private final class Changes {
    private @Nullable String data = NodeSettings.this.data;
    private @Nullable String database = NodeSettings.this.database;
    private @Nullable String storage = NodeSettings.this.storage;
    private @Nullable Map<String, StorageSettings> storages = NodeSettings.this.storages;

    NodeSettings made() {
      return new NodeSettings(
          listen,
          data,
          rtpPorts,
          announceIp,
          bindIp,
          name,
          database,
          noAuth,
          storage,
          storages,
          recoverAfter,
          network,
          webhooks,
          api,
          destinations,
          stop,
          capacity,
          tls,
          webFrame);
    }
  }

  /** Where it stands, with a dot behind; empty at the top. */
  private static String path(UnrecognizedPropertyException e) {
    return e.getPath().stream()
        .limit(Math.max(0, e.getPath().size() - 1))
        .map(reference -> reference.getPropertyName() + ".")
        .collect(Collectors.joining());
  }

  /** These, and where they say nothing the others. */
  NodeSettings over(NodeSettings others) {
    return new NodeSettings(
        first(listen, others.listen),
        first(data, others.data),
        first(rtpPorts, others.rtpPorts),
        first(announceIp, others.announceIp),
        first(bindIp, others.bindIp),
        first(name, others.name),
        first(database, others.database),
        first(noAuth, others.noAuth),
        first(storage, others.storage),
        first(storages, others.storages),
        first(recoverAfter, others.recoverAfter),
        first(network, others.network),
        first(webhooks, others.webhooks),
        first(api, others.api),
        first(destinations, others.destinations),
        first(stop, others.stop),
        first(capacity, others.capacity),
        first(tls, others.tls),
        first(webFrame, others.webFrame));
  }

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  NodeConfig toConfig() {
    String address = otherwise(listen, "127.0.0.1:7880");
    int colon = address.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("listen has to be HOST:PORT, not " + address);
    }
    String host = address.substring(0, colon).replaceAll("^\\[|]$", "");
    int[] ports = range(otherwise(rtpPorts, "40000-40999"));
    String bind = otherwise(bindIp, "127.0.0.1");
    Path directory = Path.of(otherwise(data, "callcast-data")).toAbsolutePath();
    return new NodeConfig(
        otherwise(name, "n1"),
        host,
        number(address.substring(colon + 1), "the port of listen"),
        directory,
        ports[0],
        ports[1],
        otherwise(announceIp, bind),
        bind,
        !otherwise(noAuth, false),
        database,
        storages(directory),
        otherwise(network, NetworkSettings.EMPTY).toPolicy(host),
        otherwise(webhooks, WebhookSettings.EMPTY).toTimers(),
        otherwise(api, ApiSettings.EMPTY).toConfig(),
        destinationsOf(),
        otherwise(stop, StopSettings.EMPTY).toConfig(),
        otherwise(capacity, CapacitySettings.EMPTY).toConfig(),
        otherwise(tls, TlsSettings.EMPTY).toConfig(),
        otherwise(webFrame, WebFrameSettings.EMPTY).toConfig());
  }

  private Destinations destinationsOf() {
    List<Destination> all = new ArrayList<>();
    Map<String, DestinationSettings> given = destinations == null ? Map.of() : destinations;
    given.forEach((name, settings) -> {
      if (settings == null || !name.matches("[A-Za-z0-9._-]{1,64}")) {
        throw new IllegalArgumentException(
            "destinations."
                + name
                + ": a destination has a name of 1 to 64 letters, digits, '._-',"
                + " and at least its service or url");
      }
      all.add(settings.toDestination(name));
    });
    return new Destinations(all);
  }

  /** What is configured, and {@code local} unless that is. */
  StoragesConfig storages(Path directory) {
    List<StorageConfig> all = new ArrayList<>();
    Map<String, StorageSettings> given = storages == null ? Map.of() : storages;
    if (!given.containsKey("local")) {
      all.add(StoragesConfig.local("local", directory));
    }
    given.forEach((name, settings) -> {
      if (settings == null || !name.matches("[A-Za-z0-9._-]{1,64}")) {
        throw new IllegalArgumentException(
            "storages."
                + name
                + ": a storage has a name of 1 to 64 letters, digits, '._-',"
                + " and at least its type");
      }
      all.add(settings.toConfig(name, directory));
    });
    return new StoragesConfig(
        all,
        otherwise(storage, "local"),
        recoverAfter == null ? StoragesConfig.RECOVER_AFTER : Duration.ofSeconds(recoverAfter));
  }

  /**
   * Reads a range of ports, first and last.
   *
   * @throws IllegalArgumentException when it is none
   */
  static int[] range(String text) {
    String[] ends = text.split("-", -1);
    if (ends.length != 2) {
      throw new IllegalArgumentException("the RTP ports have to be FROM-TO, not " + text);
    }
    int from = number(ends[0], "the first RTP port");
    int to = number(ends[1], "the last RTP port");
    if (from < 1024 || to > 65535 || from > to) {
      throw new IllegalArgumentException(
          "the RTP ports have to be a range within 1024 to 65535, such as 40000-40999, not "
              + text);
    }
    return new int[] {from, to};
  }

  private static int number(String text, String what) {
    try {
      return Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(what + " has to be a number, not " + text, e);
    }
  }

  private static <T> @Nullable T first(@Nullable T a, @Nullable T b) {
    return a == null ? b : a;
  }

  private static <T> T otherwise(@Nullable T value, T fallback) {
    return value == null ? fallback : value;
  }
}
