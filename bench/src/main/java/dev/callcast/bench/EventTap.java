package dev.callcast.bench;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Listens to a node's events with a thread of its own. Closed by who made it. */
final class EventTap implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Queue<JsonNode> seen = new ConcurrentLinkedQueue<>();
  private final Stream<String> lines;

  EventTap(String url) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/events")).build();
    lines = http.send(request, HttpResponse.BodyHandlers.ofLines()).body();
    Thread.ofPlatform().daemon().name("events").start(this::run);
  }

  private void run() {
    try {
      lines
          .filter(line -> line.startsWith("data: "))
          .forEach(line -> seen.add(ProtocolJson.MAPPER.readTree(line.substring(6))));
    } catch (RuntimeException e) {
      // The node or this has been closed.
      return;
    }
  }

  /** When the first event of a type happened in a call, by the worker's clock; waits for it. */
  Instant await(String call, String type, long millis) throws IOException, InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end) {
      for (JsonNode event : seen) {
        if (event.get("call").asString().equals(call)
            && event.get("type").asString().equals(type)) {
          return Instant.parse(event.get("at").asString());
        }
      }
      Thread.sleep(5);
    }
    throw new IOException("call " + call + ": no " + type + " within " + millis + " ms");
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
