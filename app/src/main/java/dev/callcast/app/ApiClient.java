package dev.callcast.app;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Calls a node's REST API, as any client would. Any thread; closed by who made it. */
public final class ApiClient implements AutoCloseable {
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final String url;
  private final @Nullable String key;

  /** {@code url} without a slash at its end; {@code key} null where none is asked for. */
  public ApiClient(String url, @Nullable String key) {
    this.url = url;
    this.key = key;
  }

  /** What the node refused, in its own words. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  public JsonNode get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  public JsonNode post(String path, Object body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  public JsonNode put(String path, Object body) throws IOException, InterruptedException {
    return send("PUT", path, body);
  }

  public JsonNode patch(String path, Object body) throws IOException, InterruptedException {
    return send("PATCH", path, body);
  }

  public void delete(String path) throws IOException, InterruptedException {
    send("DELETE", path, null);
  }

  /** Fetches what a link leads to into a file. */
  public void download(String link, java.nio.file.Path file)
      throws IOException, InterruptedException {
    HttpResponse<java.nio.file.Path> response =
        http.send(
            HttpRequest.newBuilder(URI.create(link)).build(),
            HttpResponse.BodyHandlers.ofFile(file));
    if (response.statusCode() != 200) {
      throw new IOException("the link answers " + response.statusCode());
    }
  }

  /** Fetches what is no JSON into a file. */
  public void save(String path, java.nio.file.Path file) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = answer("GET", path, null);
    java.nio.file.Files.write(file, response.body());
  }

  private JsonNode send(String method, String path, @Nullable Object body)
      throws IOException, InterruptedException {
    String text = new String(answer(method, path, body).body(), StandardCharsets.UTF_8);
    return ProtocolJson.MAPPER.readTree(text.isEmpty() ? "{}" : text);
  }

  private HttpResponse<byte[]> answer(String method, String path, @Nullable Object body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    HttpRequest.BodyPublisher content = HttpRequest.BodyPublishers.noBody();
    if (body != null) {
      request.header("Content-Type", "application/json");
      content = HttpRequest.BodyPublishers.ofString(ProtocolJson.MAPPER.writeValueAsString(body));
    }
    HttpResponse<byte[]> response =
        http.send(request.method(method, content).build(), HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() >= 400) {
      String text = new String(response.body(), StandardCharsets.UTF_8);
      throw new Refused(
          method + " " + path + " was refused (" + response.statusCode() + "): " + reason(text));
    }
    return response;
  }

  /** What a problem document says, as a sentence; else the text as it is. */
  private static String reason(String text) {
    JsonNode problem;
    try {
      problem = ProtocolJson.MAPPER.readTree(text);
    } catch (JacksonException e) {
      return text;
    }
    if (problem == null || !problem.path("detail").isString()) {
      return text;
    }
    String field = problem.path("field").asString("");
    return (field.isEmpty() ? "" : field + ": ")
        + problem.get("detail").asString()
        + " "
        + problem.path("fix").asString("");
  }

  @Override
  public void close() {
    http.close();
  }
}
