package dev.callcast.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.Rect;
import dev.callcast.testkit.fault.ChildProcess;
import dev.callcast.testkit.fault.MediasoupRoom;
import dev.callcast.testkit.fault.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A call as it is usually recorded: Debian's Chromium with the call's page on a screen of Xvfb,
 * PulseAudio for its sound, and ffmpeg, which grabs both. Chromium has a network of its own, for
 * ICE skips loopback. One thread uses it; whoever opened it closes it, which ends all of these.
 */
final class BrowserRecorder implements AutoCloseable {
  /** Of a window that is as large as the screen Chromium takes a pixel off. */
  private static final int WIDTH = Material.WIDTH + 1;

  private static final int HEIGHT = Material.HEIGHT + 1;
  private static final String SINK = "bench";
  private static final int PATIENCE_SECONDS = 40;
  private static final String PLAYING = "playing ";

  private final Path directory;
  private final List<ChildProcess> running = new ArrayList<>();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final MediasoupRoom room;
  private final Map<String, Rect> places;
  private final Map<String, Integer> layers;
  private @Nullable HttpServer server;
  private String display = "";
  private @Nullable ChildProcess screen;
  private @Nullable ChildProcess sound;
  private @Nullable ChildProcess browser;
  private @Nullable ChildProcess recorder;

  /**
   * CPU time so far, s.
   *
   * @param browser Chromium, all of its processes
   * @param screen Xvfb
   * @param sound PulseAudio
   * @param recorder ffmpeg
   */
  record Used(double browser, double screen, double sound, double recorder) {}

  private BrowserRecorder(
      Path directory, MediasoupRoom room, Map<String, Rect> places, Map<String, Integer> layers) {
    this.directory = directory;
    this.room = room;
    this.places = places;
    this.layers = layers;
  }

  /**
   * Opens the page, and returns when everyone is seen on it.
   *
   * @param places of the participants on the screen, by id
   * @param layers of simulcast by participant, 0 the smallest; nobody where there is none
   * @param flags of Chromium, beside those that it needs to run at all
   */
  static BrowserRecorder open(
      NetworkNamespace network,
      MediasoupRoom room,
      Map<String, Rect> places,
      Map<String, Integer> layers,
      List<String> flags)
      throws IOException, InterruptedException {
    BrowserRecorder opened =
        new BrowserRecorder(Files.createTempDirectory("callcast-browser-"), room, places, layers);
    try {
      opened.startScreen();
      opened.startSound();
      opened.startBrowser(network, flags);
      opened.awaitPlaying();
    } catch (IOException | InterruptedException e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  /** A program with a directory of its own, where its log is. */
  private ChildProcess start(String name, List<String> command) throws IOException {
    ChildProcess process =
        new ChildProcess(command, Files.createDirectories(directory.resolve(name)));
    running.add(process);
    return process;
  }

  private String log(String name) throws IOException {
    return Files.readString(directory.resolve(name).resolve("output.log"));
  }

  private static String end(String words) {
    return words.substring(Math.max(0, words.length() - 2000));
  }

  private void startScreen() throws IOException, InterruptedException {
    String size = "%dx%dx24".formatted(Material.WIDTH, Material.HEIGHT);
    screen =
        start(
            "screen", List.of("Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"));
    // It says which number it has taken when it is ready.
    long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end) {
      Optional<String> number =
          log("screen").lines().filter(line -> line.matches("\\d+")).findAny();
      if (number.isPresent()) {
        display = ":" + number.get();
        return;
      }
      Thread.sleep(20);
    }
    throw new IOException("Xvfb does not start: " + log("screen"));
  }

  private Path soundSocket() {
    return directory.resolve("sound").resolve("native");
  }

  private String soundServer() {
    return "unix:" + soundSocket();
  }

  private void startSound() throws IOException, InterruptedException {
    Path home = directory.resolve("sound");
    sound =
        start(
            "sound",
            List.of(
                "env",
                "HOME=" + home,
                "XDG_RUNTIME_DIR=" + home,
                "pulseaudio",
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=-1",
                "--realtime=no",
                "--log-target=stderr",
                "-L",
                "module-native-protocol-unix auth-anonymous=1 socket=" + soundSocket(),
                "-L",
                "module-null-sink rate=48000 channels=2 sink_name=" + SINK));
    long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
    while (!Files.exists(soundSocket())) {
      if (System.nanoTime() > end) {
        throw new IOException("PulseAudio does not start: " + log("sound"));
      }
      Thread.sleep(20);
    }
  }

  private void startBrowser(NetworkNamespace network, List<String> flags) throws IOException {
    HttpServer pages = HttpServer.create(new InetSocketAddress(network.outside(), 0), 0);
    server = pages;
    pages.setExecutor(threads);
    byte[] page;
    try (InputStream in = BrowserRecorder.class.getResourceAsStream("grid.html")) {
      if (in == null) {
        throw new IOException("resource grid.html is missing");
      }
      page = in.readAllBytes();
    }
    pages.createContext("/", exchange -> send(exchange, "text/html", page));
    pages.createContext("/offer", exchange -> send(exchange, "application/json", offer()));
    pages.createContext(
        "/answer",
        exchange -> {
          try {
            room.answer(body(exchange));
          } catch (IOException e) {
            told.add(e.toString());
          }
          send(exchange, "text/plain", new byte[0]);
        });
    pages.createContext("/playing", exchange -> tell(exchange, PLAYING));
    pages.createContext("/trouble", exchange -> tell(exchange, ""));
    pages.start();
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "DISPLAY=" + display,
                "PULSE_SERVER=" + soundServer(),
                "chromium",
                "--kiosk",
                "--no-sandbox",
                "--test-type", // no bar that warns of that
                "--no-first-run",
                "--password-store=basic",
                "--window-position=0,0",
                "--window-size=" + WIDTH + "," + HEIGHT,
                "--force-device-scale-factor=1",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-breakpad",
                "--disable-sync",
                "--user-data-dir=" + directory.resolve("profile")));
    command.addAll(flags);
    command.add("http://" + network.outside() + ":" + pages.getAddress().getPort() + "/");
    browser = start("browser", network.command(command));
  }

  /** What the page needs: the SFU's offer, and where everyone goes. */
  private byte[] offer() throws IOException {
    return ProtocolJson.MAPPER.writeValueAsBytes(
        Map.of("sdp", room.offer(layers), "tiles", places));
  }

  private void tell(HttpExchange exchange, String what) throws IOException {
    told.add(what + body(exchange));
    send(exchange, "text/plain", new byte[0]);
  }

  private static String body(HttpExchange exchange) throws IOException {
    return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, String type, byte[] content) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
    if (content.length > 0) {
      exchange.getResponseBody().write(content);
    }
    exchange.close();
  }

  private void awaitPlaying() throws IOException, InterruptedException {
    String words = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    String expected = PLAYING + WIDTH + "x" + HEIGHT;
    if (!expected.equals(words)) {
      throw new IOException(
          "the page says %s instead of %s; see Chromium's words: %s"
              .formatted(words, expected, end(log("browser"))));
    }
  }

  /** Begins to record; once. */
  void record(Path file) throws IOException {
    recorder = start("recorder", Programs.screen(display, soundServer(), SINK + ".monitor", file));
  }

  /** Ends the recording, whose file is then whole. */
  void stop() throws IOException, InterruptedException {
    if (recorder != null) {
      recorder.stop();
    }
    String said = log("recorder");
    if (!said.isBlank()) {
      throw new IOException("ffmpeg says: " + said.strip());
    }
  }

  Used used() throws IOException {
    return new Used(tree(browser), tree(screen), tree(sound), tree(recorder));
  }

  private static double tree(@Nullable ChildProcess process) throws IOException {
    return process == null ? 0 : ProcessCpu.tree(process.pid());
  }

  @Override
  public void close() throws IOException {
    try {
      for (ChildProcess process : running.reversed()) {
        process.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (server != null) {
      server.stop(0);
    }
    threads.shutdownNow();
    ChildProcess.deleteTree(directory);
  }
}
