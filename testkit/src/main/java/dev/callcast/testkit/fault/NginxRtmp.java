package dev.callcast.testkit.fault;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real nginx with its RTMP module, on free ports of the loopback address, in a directory of its
 * own. It records each stream to FLV, acknowledges every 50,000 bytes, and denies the stream keys
 * that it is told to. Usable by any thread; whoever made it closes it, which deletes the directory.
 */
public final class NginxRtmp implements AutoCloseable {
  private static final String MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
  private static final Pattern STREAM =
      Pattern.compile(
          "<stream>.*?<name>(.*?)</name>.*?<bytes_in>(\\d+)</bytes_in>", Pattern.DOTALL);

  /** More bytes than any test sends. */
  private static final int NEVER = 1 << 30;

  private final Path directory;
  private final int acknowledgeEvery;
  private final int port;
  private final int httpPort;
  private final HttpServer hook;
  private final Set<String> denied = ConcurrentHashMap.newKeySet();
  private final List<String> published = new CopyOnWriteArrayList<>();
  private @Nullable ChildProcess process;

  private NginxRtmp(Path directory, int acknowledgeEvery) throws IOException {
    this.directory = directory;
    this.acknowledgeEvery = acknowledgeEvery;
    port = ChildProcess.freePort();
    httpPort = ChildProcess.freePort();
    hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/publish",
        exchange -> {
          String form =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String key = parameter(form, "name");
          published.add(key);
          exchange.sendResponseHeaders(denied.contains(key) ? 403 : 200, -1);
          exchange.close();
        });
    hook.start();
  }

  private static String parameter(String form, String name) {
    for (String pair : form.split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  /**
   * Starts it.
   *
   * @throws IOException when nginx or its RTMP module is not installed, or it does not come up
   */
  public static NginxRtmp start() throws IOException, InterruptedException {
    return start(50_000);
  }

  /** One that never acknowledges bytes, as some services do. */
  public static NginxRtmp startWithoutAcknowledgements() throws IOException, InterruptedException {
    return start(NEVER);
  }

  private static NginxRtmp start(int acknowledgeEvery) throws IOException, InterruptedException {
    NginxRtmp nginx = new NginxRtmp(Files.createTempDirectory("callcast-nginx-"), acknowledgeEvery);
    try {
      nginx.configure();
      nginx.launch();
      return nginx;
    } catch (IOException | InterruptedException e) {
      nginx.close();
      throw e;
    }
  }

  private void configure() throws IOException {
    Files.createDirectories(directory.resolve("record"));
    Files.writeString(
        directory.resolve("nginx.conf"),
        """
        load_module %s;
        daemon off;
        master_process off;
        worker_processes 1;
        pid nginx.pid;
        error_log error.log info;
        events { worker_connections 256; }
        rtmp {
          access_log off;
          server {
            listen 127.0.0.1:%d;
            chunk_size 4096;
            ack_window %d;
            application live {
              live on;
              record all;
              record_path record;
              record_unique on;
              record_suffix .flv;
              on_publish http://127.0.0.1:%d/publish;
            }
          }
        }
        http {
          access_log off;
          client_body_temp_path tmp-body;
          proxy_temp_path tmp-proxy;
          fastcgi_temp_path tmp-fastcgi;
          uwsgi_temp_path tmp-uwsgi;
          scgi_temp_path tmp-scgi;
          server {
            listen 127.0.0.1:%d;
            location /stat { rtmp_stat all; }
          }
        }
        """
            .formatted(MODULE, port, acknowledgeEvery, hook.getAddress().getPort(), httpPort));
  }

  private void launch() throws IOException, InterruptedException {
    ChildProcess started =
        new ChildProcess(
            List.of(
                "nginx",
                "-p",
                directory.toString(),
                "-c",
                directory.resolve("nginx.conf").toString(),
                "-e",
                directory.resolve("error.log").toString()),
            directory);
    process = started;
    started.awaitPort(port);
  }

  public int port() {
    return port;
  }

  /** Where to publish a stream key. */
  public String url(String key) {
    return "rtmp://127.0.0.1:" + port + "/live/" + key;
  }

  /** Denies a stream key from now on (403 from the {@code on_publish} hook). */
  public void deny(String key) {
    denied.add(key);
  }

  public void allow(String key) {
    denied.remove(key);
  }

  /** The stream keys that were published or tried, in order, again for each try. */
  public List<String> attempts() {
    return List.copyOf(published);
  }

  /** The recordings of a stream key, one for each connection, oldest first. */
  public List<Path> recordings(String key) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("record"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(key + "-"))
          .sorted()
          .toList();
    }
  }

  /** Bytes received on a stream key's present connection; −1 when nobody publishes it. */
  public long bytesIn(String key) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String status =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/stat"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      Matcher matcher = STREAM.matcher(status);
      while (matcher.find()) {
        if (matcher.group(1).equals(key)) {
          return Long.parseLong(matcher.group(2));
        }
      }
      return -1;
    }
  }

  /** SIGSTOP: connections stay open, nothing is read. */
  public void freeze() throws IOException, InterruptedException {
    running().signal("STOP");
  }

  /** SIGCONT. */
  public void thaw() throws IOException, InterruptedException {
    running().signal("CONT");
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    running().kill();
    process = null;
  }

  /** SIGTERM: connections are closed in order. */
  public void stop() throws InterruptedException {
    running().stop();
    process = null;
  }

  /** Starts it again on the same ports, after {@link #kill} or {@link #stop}. */
  public void restart() throws IOException, InterruptedException {
    launch();
  }

  private ChildProcess running() {
    ChildProcess current = process;
    if (current == null) {
      throw new IllegalStateException("nginx does not run");
    }
    return current;
  }

  @Override
  public void close() throws IOException {
    hook.stop(0);
    ChildProcess current = process;
    if (current != null) {
      try {
        current.kill();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    ChildProcess.deleteTree(directory);
  }
}
