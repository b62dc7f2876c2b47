package dev.callcast.app.e2e;

import dev.callcast.app.ApiClient;
import dev.callcast.app.NodeProcess;
import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.api.CapacityConfig;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.testkit.send.Senders;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A whole node for a test, with a data directory of its own, an API client and a sender process.
 * Without authentication. Either in this process, or {@code serve} as a child process that can be
 * killed and started again on the same directory and port. The test closes it, which ends workers
 * too and deletes the directory, unless {@code -Dcallcast.e2e.keep=true}.
 */
final class LiveNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveNode.class);
  private static final int PORTS = 100;

  /**
   * One process for the nodes of all tests, one after the other: its start costs as much as seconds
   * of a call. It ends with this one.
   */
  private static Senders allSenders;

  private final Path data;
  private final boolean child;
  private final List<String> options;
  private final Map<String, String> environment;
  private final int rtpFrom;
  private final int apiPort;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<LiveCall> calls = new ArrayList<>();

  private UnaryOperator<NodeConfig> configured = UnaryOperator.identity();
  private NodeProcess inside;
  private Process process;
  private ApiClient api;
  private EventReader events;
  private Senders senders;

  private LiveNode(Path data, boolean child, List<String> options, Map<String, String> environment)
      throws IOException {
    this.data = data;
    this.child = child;
    this.options = List.copyOf(options);
    this.environment = Map.copyOf(environment);
    // Apart from what another node on this machine uses, and from ephemeral ports.
    this.rtpFrom = 20_000 + PORTS * ThreadLocalRandom.current().nextInt(110);
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.apiPort = socket.getLocalPort();
    }
  }

  /**
   * A node in this process; its workers are processes of their own. They give up no quality when
   * the machine is busy, so that files can be held to what was asked for.
   */
  static LiveNode start() throws IOException, InterruptedException {
    return startIn(directory());
  }

  /** The same with a configuration that is changed before. */
  static LiveNode start(UnaryOperator<NodeConfig> configured)
      throws IOException, InterruptedException {
    LiveNode node = new LiveNode(directory(), false, List.of(), Map.of());
    node.configured = configured;
    node.up();
    return node;
  }

  /** The same whose compositions give up quality, as they do by default. */
  static LiveNode startDegrading() throws IOException, InterruptedException {
    return start(
        config -> config.withCapacity(new CapacityConfig(config.capacity().cores(), true)));
  }

  /** The same in a data directory of the test's. */
  static LiveNode startIn(Path data) throws IOException, InterruptedException {
    LiveNode node = new LiveNode(data, false, List.of(), Map.of());
    node.up();
    return node;
  }

  /** {@code callcast serve} as a child process, with more options. */
  static LiveNode serve(String... options) throws IOException, InterruptedException {
    LiveNode node = new LiveNode(directory(), true, List.of(options), Map.of());
    node.up();
    return node;
  }

  /** The same in an environment to which something is added, for it and its workers. */
  static LiveNode serveWith(Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    LiveNode node = new LiveNode(directory(), true, List.of(options), environment);
    node.up();
    return node;
  }

  private static Path directory() throws IOException {
    return Files.createTempDirectory("callcast-e2e-");
  }

  private void up() throws IOException, InterruptedException {
    if (child) {
      serveAsChild();
    } else {
      NodeConfig config =
          new NodeConfig(
              "n1",
              "127.0.0.1",
              apiPort,
              data,
              rtpFrom,
              rtpFrom + PORTS - 1,
              "127.0.0.1",
              "127.0.0.1",
              false,
              null);
      config = config.withCapacity(new CapacityConfig(config.capacity().cores(), false));
      inside = NodeProcess.start(configured.apply(config), WorkerSettings.DEFAULT);
    }
    api = new ApiClient(url(), null);
    if (events == null) {
      events = new EventReader(url());
    }
  }

  private void serveAsChild() throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(Program.words("-Xmx256m"));
    words.addAll(
        List.of(
            "serve",
            "--no-auth",
            "--listen",
            "127.0.0.1:" + apiPort,
            "--data",
            data.toString(),
            "--rtp-ports",
            rtpFrom + "-" + (rtpFrom + PORTS - 1)));
    words.addAll(options);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectError(ProcessBuilder.Redirect.appendTo(data.resolve("serve.log").toFile()));
    builder.environment().putAll(environment);
    process = builder.start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (line == null || !ProtocolJson.MAPPER.readTree(line).path("ready").asBoolean()) {
      throw new IOException(
          "serve did not get ready: " + line + "\n" + Files.readString(data.resolve("serve.log")));
    }
  }

  /** The API's address, the same after a restart. */
  String url() {
    return "http://127.0.0.1:" + apiPort;
  }

  Path data() {
    return data;
  }

  ApiClient api() {
    return api;
  }

  /** The process of synthetic participants, of whom there are none at the first use. */
  Senders senders() throws IOException {
    if (senders == null) {
      senders = startedSenders();
    }
    return senders;
  }

  private static synchronized Senders startedSenders() throws IOException {
    if (allSenders == null || !allSenders.isAlive()) {
      allSenders = Senders.start();
    }
    return allSenders;
  }

  /** Opens a call. */
  LiveCall call(String id) throws IOException, InterruptedException {
    return call(id, Map.of());
  }

  /** Opens a call with more than its id. */
  LiveCall call(String id, Map<String, Object> more) throws IOException, InterruptedException {
    Map<String, Object> body = new HashMap<>(more);
    body.put("id", id);
    api.post("/v1/calls", body);
    LiveCall call = new LiveCall(this, id);
    calls.add(call);
    return call;
  }

  /** Whatever the API answers, with its status. */
  HttpResponse<byte[]> raw(String path, String... headers)
      throws IOException, InterruptedException {
    URI uri = URI.create(path.startsWith("http") ? path : url() + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Sends text as JSON, right or wrong. */
  HttpResponse<byte[]> send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Everything that the event stream has told so far, over restarts of the node. */
  List<JsonNode> events() {
    return events.seen();
  }

  /** The running worker of a call with the highest epoch. */
  ProcessIdentity worker(String call) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return RunDirectory.list(data.resolve("run")).stream()
            .filter(directory -> directory.call().equals(call))
            .sorted(Comparator.comparingLong(RunDirectory::epoch).reversed())
            .map(LiveNode::alive)
            .flatMap(List::stream)
            .findFirst()
            .orElseThrow(() -> new IOException("call " + call + " has no running worker"));
      } catch (NoSuchFileException e) {
        if (attempt > 5) {
          throw e; // not just a run directory that was removed meanwhile
        }
      }
    }
  }

  private static List<ProcessIdentity> alive(RunDirectory directory) {
    try {
      return directory.liveWorker().stream().toList();
    } catch (IOException e) {
      return List.of(); // removed meanwhile
    }
  }

  /** The log of the newest worker of a call. */
  String workerLog(String call) throws IOException {
    List<RunDirectory> all =
        RunDirectory.list(data.resolve("run")).stream()
            .filter(directory -> directory.call().equals(call))
            .sorted(Comparator.comparingLong(RunDirectory::epoch).reversed())
            .toList();
    return all.isEmpty() ? "" : Files.readString(all.getFirst().log());
  }

  /** Process id of {@code serve}. */
  long pid() {
    return process.pid();
  }

  /** SIGKILL, or in this process a close; workers go on. */
  void kill() throws InterruptedException {
    api.close();
    if (child) {
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    } else {
      inside.close();
    }
  }

  /** SIGTERM to {@code serve}, and waits for its end; workers go on. */
  void terminate() throws InterruptedException {
    api.close();
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("serve did not end within 20 s of SIGTERM");
    }
  }

  /** SIGTERM to {@code serve}, once; what it does then is its configuration's. */
  void askToEnd() {
    process.destroy();
  }

  /** Waits until {@code serve} has ended by itself; its exit status. */
  int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("serve did not end within " + limit);
    }
    api.close();
    return process.exitValue();
  }

  /** Starts it again after {@link #kill} or {@link #terminate}: same directory, same port. */
  void restart() throws IOException, InterruptedException {
    up();
  }

  /** Ends what is sent, the calls, every worker and the node, and deletes the directory. */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      if (senders != null && senders.isAlive()) {
        senders.clear();
      }
      for (LiveCall call : calls) {
        try {
          call.close();
        } catch (IOException e) {
          log.info("call {} is not closed: {}", call.id(), e.getMessage());
        }
      }
      awaitNoWorkers(Duration.ofSeconds(10));
      events.close();
    } finally {
      kill();
      // They would outlive the node, as they should.
      for (RunDirectory directory : RunDirectory.list(data.resolve("run"))) {
        alive(directory).forEach(ProcessIdentity::kill);
      }
    }
    http.close();
    if (Boolean.getBoolean("callcast.e2e.keep")) {
      log.info("kept: {}", data);
      return;
    }
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      log.info("{} is left: {}", data, e.getMessage());
    }
  }

  /** Whether all workers have ended within that time. */
  boolean awaitNoWorkers(Duration limit) throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      boolean any =
          RunDirectory.list(data.resolve("run")).stream()
              .anyMatch(directory -> !alive(directory).isEmpty());
      if (!any) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return false;
  }
}
