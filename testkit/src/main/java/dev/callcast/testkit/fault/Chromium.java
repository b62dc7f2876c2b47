package dev.callcast.testkit.fault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Debian's Chromium, headless, in a network of its own, with a page of the test's that does what it
 * is told: it takes commands from {@code /next} and posts what became of each to {@code /told}.
 * Camera and microphone are files. Whoever made it closes it.
 */
public final class Chromium implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads;
  private final Path directory;
  private final ChildProcess process;
  private final BlockingQueue<String> next;
  private final BlockingQueue<String> told;

  private Chromium(
      HttpServer server,
      ExecutorService threads,
      Path directory,
      ChildProcess process,
      BlockingQueue<String> next,
      BlockingQueue<String> told) {
    this.server = server;
    this.threads = threads;
    this.directory = directory;
    this.process = process;
    this.next = next;
    this.told = told;
  }

  /**
   * Starts it with a page.
   *
   * @param query of the page's URL
   * @param camera a Y4M file, looped
   * @param microphone a WAV file, looped
   */
  public static Chromium open(
      NetworkNamespace network, String page, String query, Path camera, Path microphone)
      throws IOException {
    Path directory = Files.createTempDirectory("callcast-chromium-");
    BlockingQueue<String> next = new LinkedBlockingQueue<>();
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    HttpServer server = HttpServer.create(new InetSocketAddress(network.outside(), 0), 0);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/", exchange -> send(exchange, "text/html", page));
    server.createContext(
        "/next",
        exchange -> {
          try {
            send(exchange, "application/json", next.take());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.createContext(
        "/told",
        exchange -> {
          told.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          send(exchange, "text/plain", "");
        });
    server.start();
    String origin = "http://" + network.outside() + ":" + server.getAddress().getPort();
    List<String> command = ChromiumOptions.words(directory, camera, microphone);
    command.addAll(
        List.of("--unsafely-treat-insecure-origin-as-secure=" + origin, origin + "/?" + query));
    ChildProcess process = new ChildProcess(network.command(command), directory);
    return new Chromium(server, threads, directory, process, next, told);
  }

  private static void send(HttpExchange exchange, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /**
   * Has the page do something, and waits until it is done.
   *
   * @throws IOException when the page says that it failed, or says nothing
   */
  public JsonNode run(String command, Map<String, Object> more)
      throws IOException, InterruptedException {
    var json = ProtocolJson.MAPPER.createObjectNode().put("do", command);
    more.forEach((name, value) -> json.set(name, ProtocolJson.MAPPER.valueToTree(value)));
    next.add(json.toString());
    String answer = told.poll(30, TimeUnit.SECONDS);
    if (answer == null) {
      throw new IOException(
          "the page says nothing to "
              + json
              + ": "
              + Files.readString(directory.resolve("output.log")));
    }
    JsonNode result = ProtocolJson.MAPPER.readTree(answer);
    if (!result.get("ok").asBoolean()) {
      throw new IOException(command + ": " + result.get("value").asString());
    }
    return result.get("value");
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    threads.shutdownNow();
    ChildProcess.deleteTree(directory);
  }
}
