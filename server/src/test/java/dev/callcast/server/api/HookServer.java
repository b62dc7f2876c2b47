package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/** Somebody who is told by webhooks: keeps what came, and answers as it is told. */
final class HookServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
  final List<Received> received = new CopyOnWriteArrayList<>();

  /** How a path answers. */
  @FunctionalInterface
  interface Behaviour {
    void answer(HttpExchange exchange, Received received) throws IOException;
  }

  /** One request. */
  record Received(
      String path, String id, String timestamp, String signature, byte[] body, JsonNode event) {
    String type() {
      return event.path("type").asString();
    }

    String call() {
      return event.path("call").asString();
    }

    long sequence() {
      return event.path("sequence").asLong();
    }

    /** Whether one of the signatures is that of this secret; computed here anew. */
    boolean signedBy(String secret) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + "." + new String(body, UTF_8)).getBytes(UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal());
        return List.of(signature.split(" ")).contains(expected);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  HookServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    var headers = exchange.getRequestHeaders();
    String path = exchange.getRequestURI().getPath();
    Received one =
        new Received(
            path,
            headers.getFirst("webhook-id"),
            headers.getFirst("webhook-timestamp"),
            headers.getFirst("webhook-signature"),
            body,
            TestNode.JSON.readTree(body));
    received.add(one);
    behaviours.getOrDefault(path, (to, what) -> answer(to, 204, "")).answer(exchange, one);
  }

  static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  /** From now on this path answers so. */
  void on(String path, Behaviour behaviour) {
    behaviours.put(path, behaviour);
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  List<Received> at(String path) {
    return received.stream().filter(one -> one.path().equals(path)).toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
