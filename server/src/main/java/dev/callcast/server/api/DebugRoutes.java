package dev.callcast.server.api;

import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.ThreadDump;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.store.StoredEvent;
import dev.callcast.server.workers.WorkerGateway;
import dev.callcast.server.workers.WorkerUnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/calls/{call}/debug}: all that helps to find a fault of one call, in one file that
 * may be sent to others. Safe for any thread.
 */
final class DebugRoutes {
  private static final int MOST_EVENTS = 5000;

  /** Bytes of each log, from its end. */
  private static final int MOST_LOG = 2 << 20;

  private final Store store;
  private final CallAccess calls;
  private final WorkerGateway gateway;
  private final NodeConfig config;
  private final RecentLog log;
  private final Route.Handler call;
  private final Route.Handler node;

  /**
   * Makes the route.
   *
   * @param call answers {@code GET /v1/calls/{call}}
   * @param node answers {@code GET /v1/nodes}
   */
  DebugRoutes(
      Store store,
      CallAccess calls,
      WorkerGateway gateway,
      NodeConfig config,
      RecentLog log,
      Route.Handler call,
      Route.Handler node) {
    this.store = store;
    this.calls = calls;
    this.gateway = gateway;
    this.config = config;
    this.log = log;
    this.call = call;
    this.node = node;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/v1/calls/{call}/debug", Scope.ADMIN, this::bundle));
  }

  private Answer bundle(Request request) throws Exception {
    StoredCall stored = calls.any(request.path("call"));
    Secrets secrets = secrets(stored);
    Map<String, String> files = new LinkedHashMap<>();
    files.put("call.json", json(call.handle(request)));
    files.put("events.ndjson", events(stored));
    files.put("node/node.json", json(node.handle(request)));
    files.put("node/configuration.txt", configuration());
    files.put("node/threads.txt", ThreadDump.take());
    files.put("node/node.log", lines(log.lines(stored.id())));
    logs(stored, files);
    boolean drawn = worker(stored, files);
    files.put("README.txt", readme(stored, drawn));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(secrets.hide(file.getValue()).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    request
        .context()
        .contentType("application/zip")
        .header(
            "Content-Disposition",
            "attachment; filename=\"callcast-debug-" + stored.id() + ".zip\"")
        .result(bytes.toByteArray());
    return new Answer.Written();
  }

  private Secrets secrets(StoredCall stored) {
    Set<String> others = new HashSet<>();
    for (Destination destination : config.destinations().all()) {
      try {
        Destination.Urls urls = destination.urls();
        for (String url : new String[] {urls.primary(), urls.backup()}) {
          if (url != null) {
            others.add(url.substring(url.lastIndexOf('/') + 1));
          }
        }
      } catch (IOException e) {
        // A key that cannot be read is in no text.
      }
    }
    return Secrets.of(store.calls().loadState(stored.id()), others);
  }

  private static String json(Answer answer) {
    return answer instanceof Answer.Json json ? pretty(json.body()) : "";
  }

  private static String pretty(ObjectNode json) {
    return ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }

  private String events(StoredCall stored) {
    long from = store.events().beforeNewest(MOST_EVENTS, stored.id(), stored.instance());
    return lines(
        store.events().after(from, stored.id(), stored.instance(), MOST_EVENTS).stream()
            .map(StoredEvent::json)
            .map(ProtocolJson.MAPPER::writeValueAsString)
            .toList());
  }

  private static String lines(List<String> lines) {
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  /** What was configured, but for keys, credentials and the database's URL. */
  private String configuration() {
    return """
    node          %s
    listen        %s:%d
    data          %s
    rtpPorts      %d-%d
    announceIp    %s
    bindIp        %s
    auth          %s
    database      %s
    storages      %s
    destinations  %s
    network       %s
    stop          %s
    java          %s, %s
    system        %s %s, %d cores
    """
        .formatted(
            config.name(),
            config.listenHost(),
            config.listenPort(),
            config.data(),
            config.rtpFrom(),
            config.rtpTo(),
            config.announceIp(),
            config.bindIp(),
            config.authenticated(),
            config.databaseUrl() == null ? "SQLite" : "PostgreSQL",
            config.storages().all().stream()
                .map(storage -> storage.name() + " (" + storage.kind() + ")")
                .toList(),
            config.destinations().all().stream().map(Destination::name).toList(),
            config.network(),
            config.stop(),
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.getRuntime().availableProcessors());
  }

  /** Of the workers that run, and of those that crashed and whose logs are still kept. */
  private void logs(StoredCall stored, Map<String, String> files) throws IOException {
    Path root = config.data().resolve("run");
    for (RunDirectory directory : RunDirectory.list(root)) {
      if (directory.call().equals(stored.id())) {
        logs(directory.path(), "worker/" + directory.epoch() + "/", files);
      }
    }
    Path crashed = root.resolve("crashed");
    if (Files.isDirectory(crashed)) {
      try (Stream<Path> graves = Files.list(crashed)) {
        for (Path grave : graves.toList()) {
          String name = grave.getFileName().toString();
          if (name.matches("call-" + java.util.regex.Pattern.quote(stored.id()) + "-\\d+")) {
            logs(grave, "crashed/" + name.substring(name.lastIndexOf('-') + 1) + "/", files);
          }
        }
      }
    }
  }

  private static void logs(Path directory, String prefix, Map<String, String> files)
      throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.filter(each -> each.toString().endsWith(".log")).toList()) {
        files.put(prefix + file.getFileName(), end(file));
      }
    } catch (NoSuchFileException | UncheckedIOException gone) {
      // The worker has just ended.
    }
  }

  private static String end(Path file) throws IOException {
    try (var channel = Files.newByteChannel(file)) {
      long size = channel.size();
      channel.position(Math.max(0, size - MOST_LOG));
      java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate((int) Math.min(size, MOST_LOG));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // until it is full, or the file is cut meanwhile
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  /** What the worker itself says; returns whether its graphs could be drawn. */
  private boolean worker(StoredCall stored, Map<String, String> files) throws InterruptedException {
    if (!stored.open()) {
      return true;
    }
    boolean drawn = true;
    try {
      Map<String, String> told = gateway.debug(stored.id());
      for (String name : told.keySet().stream().sorted().toList()) {
        String text = String.valueOf(told.get(name));
        files.put("worker/" + name, text);
        if (name.endsWith(".dot")) {
          Optional<String> svg = drawn ? Graphs.svg(text) : Optional.empty();
          drawn = svg.isPresent();
          svg.ifPresent(
              picture -> files.put("worker/" + name.replaceFirst("dot$", "svg"), picture));
        }
      }
    } catch (WorkerUnavailableException e) {
      files.put("worker/unavailable.txt", e.getMessage() + "\n");
    }
    return drawn;
  }

  private String readme(StoredCall stored, boolean drawn) {
    return """
    Call %s on node %s.

    call.json        what is wanted of the call, and what was measured at this moment
    events.ndjson    its newest events, %d at most
    node/            the node: load, configuration, threads, the newest lines of its log
    worker/          the call's worker process: threads, its GStreamer pipelines, its log by epoch
    crashed/         logs of its workers that died, by epoch

    Stream keys, SRTP keys, passphrases, API keys and credentials are not in here.
    %s\
    """
        .formatted(
            stored.id(),
            config.name(),
            MOST_EVENTS,
            drawn
                ? ""
                : """

                The pipelines are only there as .dot files, for Graphviz is not installed on the node (apt install
                graphviz). To draw one elsewhere: dot -Tsvg FILE.dot > FILE.svg
                """);
  }
}
