package dev.callcast.app.e2e;

import dev.callcast.protocol.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Reads a node's server-sent events from the first on, with a thread of its own, and goes on where
 * it was when the node comes back. Closed by who made it.
 */
final class EventReader implements AutoCloseable {
  private final String url;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<JsonNode> seen = new ArrayList<>(); // guarded by itself
  private final Thread thread;
  private volatile boolean closed;

  EventReader(String url) {
    this.url = url;
    this.thread = Thread.ofVirtual().name("events").start(this::run);
  }

  List<JsonNode> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  private void run() {
    String last = "0";
    while (!closed) {
      try {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(url + "/v1/events"))
                .header("Last-Event-ID", last)
                .build();
        try (InputStream body =
                http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body();
            BufferedReader in =
                new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
          for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("data: ")) {
              JsonNode event = ProtocolJson.MAPPER.readTree(line.substring(6));
              last = event.get("id").asString();
              synchronized (seen) {
                seen.add(event);
              }
            }
          }
        }
      } catch (IOException e) {
        // The node is away; it is asked again until the test closes this.
      } catch (InterruptedException e) {
        return;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    http.shutdownNow();
  }
}
