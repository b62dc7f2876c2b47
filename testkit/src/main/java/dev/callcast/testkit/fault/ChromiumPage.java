package dev.callcast.testkit.fault;

import dev.callcast.protocol.ProtocolJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Debian's Chromium, headless, in a network of its own, on a page of ours that it has not been
 * prepared for: scripts are run in it by DevTools' protocol, over two pipes. Camera and microphone
 * are files. Whoever made it closes it.
 */
public final class ChromiumPage implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Path directory;
  private final ChildProcess process;
  private final OutputStream to;
  private final InputStream from;
  private final AtomicLong lastId = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private @Nullable String session;

  private ChromiumPage(Path directory, ChildProcess process) throws IOException {
    this.directory = directory;
    this.process = process;
    // In the order in which the shell opens them.
    this.to = Files.newOutputStream(directory.resolve("in"));
    this.from = Files.newInputStream(directory.resolve("out"));
    Thread.ofVirtual().name("chromium-page").start(this::read);
  }

  /**
   * Opens a page of a server that listens on this machine's loopback only: inside, the proxy stands
   * for that address, so the page has the origin that it has for a browser of this machine.
   *
   * @param proxy to the server, on an address that is reached from inside
   * @param url with 127.0.0.1 for its host
   * @param camera a Y4M file, looped
   * @param microphone a WAV file, looped
   */
  public static ChromiumPage open(
      NetworkNamespace network, TcpProxy proxy, String url, Path camera, Path microphone)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("callcast-chromium-");
    return open(
        network, proxy, url, "", directory, ChromiumOptions.words(directory, camera, microphone));
  }

  /**
   * The same without camera and microphone.
   *
   * @param before a script that runs before the page's own
   */
  public static ChromiumPage open(
      NetworkNamespace network, TcpProxy proxy, String url, String before)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("callcast-chromium-");
    return open(network, proxy, url, before, directory, ChromiumOptions.words(directory));
  }

  private static ChromiumPage open(
      NetworkNamespace network,
      TcpProxy proxy,
      String url,
      String before,
      Path directory,
      List<String> chromium)
      throws IOException, InterruptedException {
    for (String pipe : List.of("in", "out")) {
      String path = directory.resolve(pipe).toString();
      if (new ProcessBuilder("mkfifo", path).inheritIO().start().waitFor() != 0) {
        throw new IOException("no pipe " + path);
      }
    }
    List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 3<in 4>out", "sh"));
    chromium.addAll(
        List.of(
            "--host-resolver-rules=MAP 127.0.0.1 " + network.outside() + ":" + proxy.port(),
            "--window-size=1280,900",
            "--remote-debugging-pipe"));
    command.addAll(network.command(chromium));
    ChromiumPage page = new ChromiumPage(directory, new ChildProcess(command, directory));
    JsonNode target = page.ask("Target.createTarget", Map.of("url", "about:blank"));
    page.session =
        page.ask(
                "Target.attachToTarget",
                Map.of("targetId", target.get("targetId").asString(), "flatten", true))
            .get("sessionId")
            .asString();
    page.ask("Page.enable", Map.of());
    page.ask("Page.addScriptToEvaluateOnNewDocument", Map.of("source", before));
    page.ask("Page.navigate", Map.of("url", url));
    return page;
  }

  private void read() {
    try {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int next = from.read(); next >= 0; next = from.read()) {
        if (next != 0) {
          message.write(next);
          continue;
        }
        JsonNode json = ProtocolJson.MAPPER.readTree(message.toByteArray());
        message.reset();
        CompletableFuture<JsonNode> asked = waiting.remove(json.path("id").asLong(-1));
        if (asked != null) {
          asked.complete(json);
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private JsonNode ask(String method, Map<String, Object> parameters)
      throws IOException, InterruptedException {
    long id = lastId.incrementAndGet();
    ObjectNode message = ProtocolJson.MAPPER.createObjectNode().put("id", id).put("method", method);
    message.set("params", ProtocolJson.MAPPER.valueToTree(parameters));
    if (session != null) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    to.write((message + "\0").getBytes(StandardCharsets.UTF_8));
    to.flush();
    try {
      JsonNode json = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (json.has("error")) {
        throw new IOException(method + ": " + json.get("error"));
      }
      return json.get("result");
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "no answer to " + method + ": " + Files.readString(directory.resolve("output.log")), e);
    }
  }

  /**
   * The value of an expression, awaited if it is a promise.
   *
   * @throws IOException when it throws
   */
  public JsonNode run(String expression) throws IOException, InterruptedException {
    JsonNode result =
        ask(
            "Runtime.evaluate",
            Map.of(
                "expression", expression,
                "awaitPromise", true,
                "returnByValue", true,
                "userGesture", true));
    if (result.has("exceptionDetails")) {
      throw new IOException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** What the page looks like, as PNG. */
  public byte[] screenshot() throws IOException, InterruptedException {
    return Base64.getDecoder()
        .decode(ask("Page.captureScreenshot", Map.of("format", "png")).get("data").asString());
  }

  /**
   * Has the page believe in another window.
   *
   * @param width px, as styles count them
   */
  public void resize(int width, int height, boolean dark) throws IOException, InterruptedException {
    ask(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    ask(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  @Override
  public void close() throws IOException {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    to.close();
    from.close();
    ChildProcess.deleteTree(directory);
  }
}
