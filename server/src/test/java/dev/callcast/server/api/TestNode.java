package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.server.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A live node on a free port, with an in-memory gateway, and a client for it. */
final class TestNode implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.builder().build();

  /** Every exchange of every test is held against it. */
  static final Contract CONTRACT = new Contract();

  /** As the program starts it. */
  private static final AssetInspector INSPECTOR =
      new ProcessInspector(program("dev.callcast.media.compose.AssetCheck"));

  private static final LayoutInspector LAYOUTS =
      new ProcessLayoutInspector(program("dev.callcast.media.script.LayoutCheck"));

  private static List<String> program(String main) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx192m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        main);
  }

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  final InMemoryGateway gateway = new InMemoryGateway();
  RecentLog log = call -> List.of("a line of the node's log");
  final InMemoryDemos demos = new InMemoryDemos();
  final NodeServer server;
  @Nullable String key;

  /** An answer; {@code json} is null where the body is none. */
  record Answered(int status, @Nullable JsonNode json, byte[] body, HttpResponse<byte[]> response) {
    JsonNode at(String pointer) {
      return json.at(pointer);
    }

    String text(String pointer) {
      return json.at(pointer).asString();
    }

    Answered is(int expected) {
      assertThat(status).as("%s %s", response.uri(), json).isEqualTo(expected);
      return this;
    }

    /** Checks that it is a problem with this status and field. */
    Answered problem(int expected, @Nullable String field) {
      is(expected);
      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("application/problem+json");
      assertThat(at("/status").asInt()).isEqualTo(expected);
      assertThat(text("/detail")).isNotEmpty();
      assertThat(text("/fix")).isNotEmpty();
      assertThat(json.has("field") ? text("/field") : null).isEqualTo(field);
      return this;
    }
  }

  TestNode(NodeConfig config) {
    try {
      server =
          new NodeServer(
              config, store -> gateway, INSPECTOR, LAYOUTS, demos, call -> log.lines(call));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    key = server.start().orElse(null);
  }

  static TestNode open(Path data) {
    return new TestNode(config(data, true));
  }

  static NodeConfig config(Path data, boolean authenticated) {
    return config(data, authenticated, 42000, 42099);
  }

  static NodeConfig config(Path data, boolean authenticated, int rtpFrom, int rtpTo) {
    return new NodeConfig(
        "n1", "127.0.0.1", 0, data, rtpFrom, rtpTo, "192.0.2.7", "127.0.0.1", authenticated, null);
  }

  Store store() {
    return server.store();
  }

  Answered get(String path) {
    return send("GET", path, null, b -> b);
  }

  Answered post(String path, String body) {
    return send("POST", path, body, b -> b);
  }

  Answered put(String path, String body) {
    return send("PUT", path, body, b -> b);
  }

  Answered patch(String path, String body) {
    return send("PATCH", path, body, b -> b);
  }

  Answered delete(String path) {
    return send("DELETE", path, null, b -> b);
  }

  /** PUTs bytes as they are. */
  Answered upload(String path, byte[] body) {
    return send(
        "PUT", path, null, b -> b.method("PUT", HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  Answered send(
      String method,
      String path,
      @Nullable String body,
      Function<HttpRequest.Builder, HttpRequest.Builder> more) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : server.url() + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (key != null) {
      request.setHeader("Authorization", "Bearer " + key);
    }
    try {
      HttpResponse<byte[]> response =
          CLIENT.send(more.apply(request).build(), HttpResponse.BodyHandlers.ofByteArray());
      boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
      Answered answered =
          new Answered(
              response.statusCode(),
              json && response.body().length > 0 ? JSON.readTree(response.body()) : null,
              response.body(),
              response);
      CONTRACT.check(method, path, body, answered);
      return answered;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
