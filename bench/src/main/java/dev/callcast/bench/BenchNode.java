package dev.callcast.bench;

import dev.callcast.app.ApiClient;
import dev.callcast.app.NodeProcess;
import dev.callcast.media.worker.control.ProcessIdentity;
import dev.callcast.media.worker.control.RunDirectory;
import dev.callcast.protocol.CallStats.CompositionStats;
import dev.callcast.server.api.CapacityConfig;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.server.workers.WorkerUnavailableException;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A node in this process with a data directory of its own, whose calls have workers of their own,
 * and a process of participants. It gives up no quality: all of it is to be paid for. Closed by who
 * made it, when its calls are gone.
 */
final class BenchNode implements AutoCloseable {
  static final long TIMEOUT_MILLIS = 20_000;
  private static final int FIRST_PORT = 40_000;
  private static final int LAST_PORT = 49_999;

  private final Path data;
  private final NodeProcess node;
  private final ApiClient api;
  private final EventTap events;
  private final Senders senders;

  private BenchNode(Path data, NodeProcess node, EventTap events, Senders senders) {
    this.data = data;
    this.node = node;
    this.api = new ApiClient(node.url(), null);
    this.events = events;
    this.senders = senders;
  }

  static BenchNode start() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("callcast-bench-");
    NodeConfig config =
        new NodeConfig(
                "bench",
                "127.0.0.1",
                0,
                data,
                FIRST_PORT,
                LAST_PORT,
                "127.0.0.1",
                "127.0.0.1",
                false,
                null)
            .withCapacity(new CapacityConfig(0, false));
    NodeProcess node = NodeProcess.start(config, WorkerSettings.DEFAULT);
    return new BenchNode(data, node, new EventTap(node.url()), Senders.start());
  }

  /** Without a slash at its end. */
  String url() {
    return node.url();
  }

  ApiClient api() {
    return api;
  }

  EventTap events() {
    return events;
  }

  Senders senders() {
    return senders;
  }

  /** Opens a call with one endpoint, {@code e1}, to which the participants will send. */
  void call(String id) throws IOException, InterruptedException {
    api.post("/v1/calls", Map.of("id", id));
    JsonNode endpoint =
        api.post("/v1/calls/" + id + "/endpoints", Map.of("id", "e1", "rtcpMux", true));
    senders.open(
        TransportSpec.of("e1", endpoint.get("ip").asString(), endpoint.get("port").asInt(), null));
  }

  /** Participants join, and send from then on. */
  void join(String call, List<SyntheticParticipant> people)
      throws IOException, InterruptedException {
    for (SyntheticParticipant one : people) {
      api.put("/v1/calls/" + call + "/participants/" + one.id(), one.toApi());
      senders.add(one);
    }
  }

  /** Opens a call in which so many participants send; returns when their first track is live. */
  void callOf(String id, int participants) throws IOException, InterruptedException {
    List<SyntheticParticipant> people =
        IntStream.range(0, participants)
            .mapToObj(i -> SyntheticParticipant.of(i, "Participant " + i, "e1"))
            .toList();
    call(id);
    senders.prepare(people);
    join(id, people);
    events.await(id, "track.live", TIMEOUT_MILLIS);
  }

  /** What a call's composition has counted. */
  CompositionStats stats(String call, String composition) throws IOException {
    try {
      return node.stats(call).compositions().stream()
          .filter(one -> one.id().equals(composition))
          .findFirst()
          .orElseThrow(() -> new IOException("there is no composition " + composition));
    } catch (WorkerUnavailableException e) {
      throw new IOException("the worker does not answer", e);
    }
  }

  /** The process id of a call's worker. */
  long worker(String call) throws IOException {
    for (RunDirectory directory : RunDirectory.list(data.resolve("run"))) {
      @Nullable ProcessIdentity worker = directory.liveWorker().orElse(null);
      if (directory.call().equals(call) && worker != null) {
        return worker.pid();
      }
    }
    throw new IOException("the call has no running worker");
  }

  /** The file that was recorded of a composition; waits until it is ready. */
  Path recording(String call, String composition) throws IOException, InterruptedException {
    long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000;
    while (System.nanoTime() < end) {
      for (JsonNode one : api.get("/v1/recordings?call=" + call).get("items")) {
        if (!one.path("composition").asString("").equals(composition)) {
          continue;
        }
        if (one.get("state").asString().equals("ready")) {
          return data.resolve("recordings").resolve(one.get("key").asString());
        }
        if (one.get("state").asString().equals("failed")) {
          throw new IOException("the recording failed: " + one);
        }
      }
      Thread.sleep(50);
    }
    throw new IOException("the recording does not become ready");
  }

  /** Deletes a call and waits for its worker's end. */
  void end(String call) throws IOException, InterruptedException {
    api.delete("/v1/calls/" + call);
    if (!node.awaitWorkersClosed(Duration.ofSeconds(15))) {
      throw new IOException("a worker does not end");
    }
  }

  @Override
  public void close() throws IOException {
    senders.close();
    events.close();
    api.close();
    node.close();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
