package dev.callcast.app;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.api.StopConfig;
import dev.callcast.server.workers.WorkerSettings;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code callcast serve}: a node. One line of JSON on standard output when it listens; logs on
 * standard error. SIGTERM and SIGINT end it, as {@code stop} in the configuration says: by default
 * at once, and its workers go on.
 */
@Command(name = "serve", description = "Runs a node: the API, and a worker process for each call.")
final class ServeSubcommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec commandSpec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file; options override it. See docs/callcast.yaml.")
  private @Nullable Path config;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "The API's address. Default: 127.0.0.1:7880")
  private @Nullable String listen;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Everything that is kept. Default: ./callcast-data")
  private @Nullable Path data;

  @Option(
      names = "--rtp-ports",
      paramLabel = "FROM-TO",
      description = "UDP ports of endpoints. Default: 40000-40999")
  private @Nullable String rtpPorts;

  @Option(
      names = "--announce-ip",
      paramLabel = "IP",
      description = "What endpoints tell the SFU. Default: the bound address")
  private @Nullable String announceIp;

  @Option(
      names = "--bind-ip",
      paramLabel = "IP",
      description = "Where endpoints receive. Default: 127.0.0.1")
  private @Nullable String bindIp;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The node's name in the API. Default: n1")
  private @Nullable String name;

  @Option(
      names = "--database",
      paramLabel = "JDBC-URL",
      description = "PostgreSQL; default is SQLite in the data directory")
  private @Nullable String database;

  @Option(
      names = "--storage",
      paramLabel = "NAME",
      description = "Where recordings are kept that name no storage. Default: local")
  private @Nullable String storage;

  @Option(
      names = "--no-auth",
      description = "Everyone may do everything; only with a loopback address.")
  private boolean noAuth;

  @Option(
      names = "--finish",
      description =
          "Only close the calls that an earlier node left, finish their recordings, and end;"
              + " stop.limit in the configuration is for how long.")
  private boolean finish;

  /**
   * Reads the command's words where nothing is wrong with them, without picocli: its classes are of
   * a version that no start-up cache takes, and were a quarter of a node's start.
   *
   * @return null where picocli is needed: to say what is wrong, or for help
   */
  static @Nullable ServeSubcommand plain(List<String> words) {
    ServeSubcommand serve = new ServeSubcommand();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (serve.flag(word)) {
        continue;
      }
      String value =
          equals >= 0 ? word.substring(equals + 1) : i + 1 < words.size() ? words.get(++i) : "";
      if (value.isEmpty() || value.startsWith("-") || !serve.option(name, value)) {
        return null;
      }
    }
    return serve;
  }

  private boolean flag(String word) {
    switch (word) {
      case "--no-auth" -> noAuth = true;
      case "--finish" -> finish = true;
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean option(String option, String value) {
    switch (option) {
      case "--config" -> config = Path.of(value);
      case "--listen" -> listen = value;
      case "--data" -> data = Path.of(value);
      case "--rtp-ports" -> rtpPorts = value;
      case "--announce-ip" -> announceIp = value;
      case "--bind-ip" -> bindIp = value;
      case "--name" -> name = value;
      case "--database" -> database = value;
      case "--storage" -> storage = value;
      default -> {
        return false;
      }
    }
    return true;
  }

  @Override
  public Integer call() throws Exception {
    NodeConfig nodeConfig;
    try {
      nodeConfig = config();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          java.util.Objects.requireNonNull(commandSpec).commandLine(), e.getMessage(), e);
    }
    return run(nodeConfig);
  }

  /** Runs a node to its end; the program's exit status. */
  int run(NodeConfig nodeConfig) throws Exception {
    NodeProcess node;
    try {
      node = NodeProcess.start(nodeConfig, WorkerSettings.DEFAULT);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof BindException
          || String.valueOf(e.getMessage()).contains("already in use")) {
        System.err.println(
            "callcast: "
                + nodeConfig.listenHost()
                + ":"
                + nodeConfig.listenPort()
                + " is in use by another process; choose another address with --listen");
        return 1;
      }
      throw e;
    }
    StopSignals signals = StopSignals.take(node::reload);
    // For whatever else ends it.
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("on-exit").unstarted(node::close));
    Map<String, Object> ready = new LinkedHashMap<>();
    ready.put("ready", true);
    ready.put("url", node.url());
    node.firstKey().ifPresent(key -> ready.put("apiKey", key));
    System.out.println(ProtocolJson.MAPPER.writeValueAsString(ready));
    System.out.flush();
    if (finish) {
      node.stop(new StopConfig(StopConfig.Mode.FINISH, nodeConfig.stop().limit()), signals);
      boolean left = !node.isIdle();
      node.close();
      return left ? 1 : 0;
    }
    signals.await();
    node.stop(nodeConfig.stop(), signals);
    node.close();
    return 0;
  }

  /**
   * What the words and the file say.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  NodeConfig config() throws java.io.IOException {
    NodeSettings file = NodeSettings.EMPTY;
    if (config != null) {
      if (!Files.isReadable(config)) {
        throw new IllegalArgumentException("the configuration file " + config + " can't be read");
      }
      file = NodeSettings.read(config);
    }
    NodeSettings options =
        new NodeSettings(
            listen,
            data == null ? null : data.toString(),
            rtpPorts,
            announceIp,
            bindIp,
            name,
            database,
            noAuth ? true : null,
            storage,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    return options.over(file).toConfig();
  }
}
