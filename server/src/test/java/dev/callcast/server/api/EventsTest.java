package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class EventsTest {
  @TempDir Path data;
  TestNode node;

  @BeforeEach
  void open() {
    node = TestNode.open(data);
  }

  @AfterEach
  void close() {
    node.close();
  }

  /** One open stream. */
  private final class Stream implements AutoCloseable {
    private final InputStream in;
    private final BufferedReader reader;

    Stream(String path, String... headers) throws IOException, InterruptedException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(node.server.url() + path))
              .header("Authorization", "Bearer " + node.key);
      if (headers.length > 0) {
        request.headers(headers);
      }
      HttpResponse<InputStream> response =
          HttpClient.newHttpClient()
              .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
      in = response.body();
      reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      assertThat(reader.readLine()).startsWith(":");
      assertThat(reader.readLine()).isEmpty();
    }

    /** The next event, checked against the contract. */
    JsonNode next() throws IOException {
      String id = reader.readLine();
      while (id.startsWith(":") || id.isEmpty()) {
        id = reader.readLine();
      }
      String type = reader.readLine();
      JsonNode event = TestNode.JSON.readTree(reader.readLine().substring("data: ".length()));
      TestNode.CONTRACT.validate("Event", event, "an event");
      assertThat(id).isEqualTo("id: " + event.path("id").asString());
      assertThat(type).isEqualTo("event: " + event.path("type").asString());
      return event;
    }

    /** Reads to its end, which may come with its last chunk or with the connection's. */
    boolean ended() {
      try {
        String line = reader.readLine();
        while (line != null) {
          line = reader.readLine();
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("closed");
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @Test
  void endForWhoIsTakenNoMore() throws Exception {
    String admin = node.key;
    TestNode.Answered made = node.post("/v1/keys", "{\"scopes\":[\"read\"]}").is(201);
    try (Stream other = new Stream("/v1/events")) {
      node.key = made.text("/key");
      try (Stream revoked = new Stream("/v1/events")) {
        node.key = admin;
        node.delete("/v1/keys/" + made.text("/id")).is(204);
        assertThat(revoked.ended()).isTrue();
      }
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      assertThat(other.next().path("call").asString()).isEqualTo("a");
    }
  }

  @Test
  void eventsComeAsTheyHappenAndOfTheCallOnly() throws Exception {
    try (Stream all = new Stream("/v1/events");
        Stream ofB = new Stream("/v1/events?call=b")) {
      node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
      node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
      assertThat(all.next().path("call").asString()).isEqualTo("a");
      assertThat(all.next().path("call").asString()).isEqualTo("b");
      assertThat(ofB.next().path("call").asString()).isEqualTo("b");
      long epoch = node.store().calls().nextEpoch("b");
      node.store()
          .calls()
          .appendWorkerEvent(
              "b",
              epoch,
              1,
              "composition.updated",
              "2026-11-22T12:00:00.000Z",
              12.3667,
              Map.of("composition", "main", "revision", 2));
      JsonNode event = ofB.next();
      assertThat(event.path("mediaTime").asDouble()).isEqualTo(12.3667);
      assertThat(event.at("/data/revision").asInt()).isEqualTo(2);
      assertThat(event.path("sequence").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aReaderResumesWhereItWas() throws Exception {
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.put("/v1/calls/a/participants/ada", "{}").is(201);
    String first;
    try (Stream stream = new Stream("/v1/events?after=0")) {
      JsonNode event = stream.next();
      assertThat(event.path("type").asString()).isEqualTo("call.opened");
      first = event.path("id").asString();
    }
    node.delete("/v1/calls/a").is(204);
    try (Stream stream = new Stream("/v1/events?call=a", "Last-Event-ID", first)) {
      assertThat(stream.next().path("type").asString()).isEqualTo("participant.joined");
      assertThat(stream.next().path("type").asString()).isEqualTo("call.closed");
    }
    node.get("/v1/events?after=x").problem(400, null);
  }

  @Test
  void aReaderMayBeginWithTheNewest() throws Exception {
    node.post("/v1/calls", "{\"id\":\"a\"}").is(201);
    node.put("/v1/calls/a/participants/ada", "{}").is(201);
    node.post("/v1/calls", "{\"id\":\"b\"}").is(201);
    node.put("/v1/calls/a/participants/bob", "{}").is(201);
    try (Stream stream = new Stream("/v1/events?call=a&last=2")) {
      assertThat(stream.next().at("/data/participant").asString()).isEqualTo("ada");
      assertThat(stream.next().at("/data/participant").asString()).isEqualTo("bob");
    }
    try (Stream stream = new Stream("/v1/events?last=1000")) {
      assertThat(stream.next().path("type").asString()).isEqualTo("call.opened");
    }
    node.get("/v1/events?last=1001").problem(400, null);
  }

  @Test
  void streamsEndWithTheNode() throws Exception {
    try (Stream stream = new Stream("/v1/events")) {
      node.close();
      assertThat(stream.ended()).isTrue();
    }
    node = TestNode.open(data);
  }
}
