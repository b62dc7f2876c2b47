package dev.callcast.media.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.callcast.gst.LibYuv;
import dev.callcast.media.compose.Canvas;
import dev.callcast.media.compose.CanvasPool;
import dev.callcast.media.compose.Composer;
import dev.callcast.media.compose.PngEncoder;
import dev.callcast.media.ingest.Frame;
import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.scene.Color;
import dev.callcast.scene.LayoutParams;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.Material;
import dev.callcast.scene.SceneState;
import dev.callcast.scene.Stage;
import dev.callcast.scene.WebFrame;
import dev.callcast.scene.WebFrame.KeyPress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of a server of the test's in a real Chromium, seen in pictures that are composed. */
@Tag("peer")
@Timeout(120)
class WebPagesTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Its left half counts pictures, its right half is blue, or what the last key says. */
  private static final String PAGE =
      """
      <!doctype html><body style="margin:0;background:#00f">
      <div id="left" style="position:absolute;width:320px;height:360px;background:#f00"></div>
      <script>
        const left = document.getElementById("left");
        let n = 0;
        (function draw() {
          left.style.background = `rgb(255, ${(n = (n + 9) %% 128)}, 0)`;
          requestAnimationFrame(draw);
        })();
        onkeydown = event => {
          document.body.style.background =
            event.key == "ArrowRight" && event.shiftKey ? "#0f0" : "#fff";
        };
        new Image().src = "http://localhost:%d/seen-by-another";
      </script>
      """;

  /** Moves for a second, and then is of one colour. */
  private static final String SETTLING =
      """
      <!doctype html><body style="margin:0;background:#000"><script>
        const from = performance.now();
        (function draw() {
          const t = performance.now() - from;
          document.body.style.background = t > 1000 ? "#0f0" : `rgb(${t %% 255}, 0, 0)`;
          if (t < 1000) requestAnimationFrame(draw);
        })();
      </script>
      """;

  private record Told(String type, Map<String, Object> data) {}

  @TempDir Path scratch;

  private final List<Told> told = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Set<ProcessHandle> browsers = ConcurrentHashMap.newKeySet(); // all that were seen
  private HttpServer server;
  private WebPages pages;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    pages = new WebPages(scratch, 30, (type, data) -> told.add(new Told(type, data)));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    asked.add(exchange.getRequestHeaders().getFirst("Host").replaceFirst(":.*", "") + path);
    if (path.equals("/away")) {
      exchange.getResponseHeaders().add("Location", at("localhost", "/elsewhere"));
      exchange.sendResponseHeaders(302, -1);
    } else {
      String page = path.equals("/settling") ? SETTLING : PAGE;
      byte[] body = page.formatted(server.getAddress().getPort()).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "text/html");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  @AfterEach
  void stop() {
    pages.close();
    server.stop(0);
    // Neither a process nor a file of a browser is left.
    awaitNoBrowser();
    assertThat(scratch).isEmptyDirectory();
  }

  /** The processes below this one, of which some lose their parents later on. */
  private Set<ProcessHandle> ours() {
    Set<ProcessHandle> all = new HashSet<>();
    ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").contains("chromium"))
        .forEach(all::add);
    browsers.addAll(all);
    return all;
  }

  private void awaitNoBrowser() {
    await()
        .atMost(LONG)
        .until(() ->
            ours().isEmpty()
                && browsers.stream().noneMatch(one -> one.info().command().isPresent()));
  }

  private String at(String host, String path) {
    return "http://" + host + ":" + server.getAddress().getPort() + path;
  }

  private WebFrame want(String url, int width, int height) {
    WebFrame page = new WebFrame(url, width, height);
    pages.want(policy(), List.of(page));
    return page;
  }

  private static WebFramePolicy policy() {
    return new WebFramePolicy(WebFramePolicy.BROWSER, List.of("127.0.0.1"), NetworkPolicy.LOOPBACK);
  }

  private Map<String, Object> awaitTold(String type, Predicate<Map<String, Object>> right) {
    return await()
        .atMost(LONG)
        .until(
            () ->
                told.stream()
                    .filter(one -> one.type().equals(type) && right.test(one.data()))
                    .map(Told::data)
                    .findFirst()
                    .orElse(null),
            Objects::nonNull);
  }

  /** The composed picture of a call of nobody, as opaque RGBA of 1280x720. */
  private byte[] compose(Map<String, Object> more, String keep) throws IOException {
    Map<String, Object> params = new HashMap<>(more);
    params.put("showWebFrameOverlay", true);
    try (CanvasPool pool = new CanvasPool(1280, 720, 2);
        Composer composer = new Composer(pool)) {
      Stage stage = new Stage(composer.meter());
      stage.set(
          "grid",
          LayoutParams.parse(params),
          1280,
          720,
          Color.parse("#404040"),
          new SceneState(List.of(), null, 0),
          Material.NONE);
      assertThat(Layouts.webFrame("grid", params)).isNotNull();
      Canvas canvas = Objects.requireNonNull(composer.compose(stage.scene(0), pages::frame));
      try {
        Path kept = Path.of("target", "pages", keep);
        Files.createDirectories(kept.getParent());
        Files.write(kept, PngEncoder.encode(canvas));
        return LibYuv.toRgba(canvas.picture().view());
      } finally {
        canvas.release();
      }
    }
  }

  private static boolean near(byte[] rgba, int x, int y, int red, int green, int blue) {
    int at = (y * 1280 + x) * 4;
    int distance =
        Math.max(
            Math.abs((rgba[at] & 0xff) - red),
            Math.max(
                Math.abs((rgba[at + 1] & 0xff) - green), Math.abs((rgba[at + 2] & 0xff) - blue)));
    return distance < 24;
  }

  private static boolean greyAt(byte[] rgba, int x, int y) {
    return near(rgba, x, y, 64, 64, 64);
  }

  private void awaitRight(WebFrame page, int red, int green, int blue) {
    await()
        .atMost(LONG)
        .until(() -> {
          byte[] rgba = compose(params(page), "last.png");
          return near(rgba, 600, 360, red, green, blue);
        });
  }

  /** At the left of the canvas, 640x360. */
  private static Map<String, Object> params(WebFrame page) {
    return Map.of(
        "webFrame.url",
        page.url(),
        "webFrame.viewportWidth_px",
        page.width(),
        "webFrame.viewportHeight_px",
        page.height(),
        "webFrame.position",
        "top-left",
        "webFrame.height_gu",
        18,
        "webFrame.margin_gu",
        9);
  }

  @Test
  void aPageIsShownMovesHearsKeysAndComesBackAfterACrash() throws Exception {
    WebFrame page = want(at("127.0.0.1", "/?secret=1"), 640, 360);
    assertThat(awaitTold("webFrame.live", _ -> true)).containsEntry("url", at("127.0.0.1", "/"));

    // In its box of 640x360 at (180, 180), with its colours, and nowhere else.
    awaitRight(page, 0, 0, 255);
    byte[] rgba = compose(params(page), "shown.png");
    assertThat(rgba[(360 * 1280 + 340) * 4] & 0xff).isGreaterThan(220); // red at the left
    assertThat(rgba[(360 * 1280 + 340) * 4 + 2] & 0xff).isLessThan(30);
    assertThat(near(rgba, 816, 536, 0, 0, 255)).isTrue();
    assertThat(greyAt(rgba, 824, 360)).isTrue();
    assertThat(greyAt(rgba, 176, 360)).isTrue();
    assertThat(greyAt(rgba, 400, 176)).isTrue();
    assertThat(greyAt(rgba, 400, 544)).isTrue();

    // What moves all the time is shown moving; how many pictures a second is printed.
    long from = System.nanoTime();
    Set<Long> serials = new HashSet<>();
    Set<Integer> colours = new HashSet<>();
    while (serials.size() < 40) {
      assertThat(System.nanoTime() - from).isLessThan(LONG.toNanos());
      Frame frame = Objects.requireNonNull(pages.frame(page.key()));
      if (serials.add(frame.serial())) {
        colours.add((int) LibYuv.toRgba(frame.picture())[4 * (100 * 640 + 100) + 1]);
      }
      frame.release();
      Thread.onSpinWait();
    }
    System.out.printf(
        "40 pictures in %.2f s, %d of other colours%n",
        (System.nanoTime() - from) / 1e9, colours.size());
    assertThat(colours.size()).isGreaterThan(8);

    // A key that is new is pressed, one that was there before is not.
    pages.keys(new KeyPress(3, "Enter", List.of()), page);
    pages.keys(new KeyPress(4, "ArrowRight", List.of("Shift")), page);
    awaitRight(page, 0, 255, 0);

    // What another host has is not loaded. It is told, unless the page asked sooner than Chromium
    // tells of its requests.
    assertThat(told)
        .filteredOn(one -> one.type().equals("webFrame.refused"))
        .allSatisfy(one ->
            assertThat(one.data())
                .containsEntry("host", "localhost")
                .containsEntry("url", at("127.0.0.1", "/")));
    assertThat(asked).doesNotContain("localhost/seen-by-another");

    // Killed: the last picture stays until the next browser has one; keys were the last one's.
    Set<ProcessHandle> first = ours();
    assertThat(first).hasSizeGreaterThan(2);
    browser(first).destroyForcibly();
    assertThat(awaitTold("webFrame.failed", _ -> true).get("reason"))
        .isEqualTo("it was ended by signal 9");
    assertThat(near(compose(params(page), "held.png"), 600, 360, 0, 255, 0)).isTrue();
    awaitRight(page, 0, 0, 255);
    assertThat(told.stream().filter(one -> one.type().equals("webFrame.live"))).hasSize(2);
    assertThat(first).noneMatch(one -> one.info().command().isPresent());

    // Not wanted for a while: gone.
    assertThat(ours()).isNotEmpty();
    pages.want(policy(), List.of());
    awaitNoBrowser();
  }

  /** The process whose parent is none of the others. */
  private static ProcessHandle browser(Set<ProcessHandle> all) {
    return all.stream()
        .filter(one -> one.parent().filter(all::contains).isEmpty())
        .filter(one -> one.parent().filter(ProcessHandle.current()::equals).isPresent())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatIsLeftWhenAPageHasStoppedMovingIsItsLastPicture() {
    // So few pictures that Chromium leaves out most of what the page shows.
    pages.close();
    pages = new WebPages(scratch, 2, (type, data) -> told.add(new Told(type, data)));
    WebFrame page = want(at("127.0.0.1", "/settling"), 320, 200);
    awaitTold("webFrame.live", _ -> true);
    awaitRight(page, 0, 255, 0);
  }

  @Test
  void aPageThatLeadsElsewhereIsNotShown() throws IOException {
    WebFrame page = want(at("127.0.0.1", "/away"), 640, 360);
    assertThat(awaitTold("webFrame.failed", _ -> true).get("reason").toString())
        .contains("nothing may be loaded");
    assertThat(asked).doesNotContain("localhost/elsewhere");
    assertThat(greyAt(compose(params(page), "away.png"), 600, 360)).isTrue();
    // Another address takes its place while it is being tried again.
    awaitRight(want(at("127.0.0.1", "/"), 640, 360), 0, 0, 255);
  }

  @Test
  void aBrowserThatHangsOrIsMissingIsToldOf() throws Exception {
    pages.want(
        new WebFramePolicy("/nonexistent/chromium", List.of("*"), NetworkPolicy.LOOPBACK),
        List.of(new WebFrame(at("127.0.0.1", "/"), 320, 200)));
    assertThat(awaitTold("webFrame.failed", _ -> true).get("reason").toString())
        .contains("/nonexistent/chromium");
    told.clear();
    pages.want(null, List.of(new WebFrame(at("127.0.0.1", "/"), 320, 200)));
    assertThat(awaitTold("webFrame.failed", _ -> true).get("reason").toString())
        .contains("webFrame.hosts");
    told.clear();

    try (WebPage page =
        new WebPage(
            new WebFrame(at("127.0.0.1", "/"), 320, 200),
            policy(),
            scratch,
            30,
            (type, data) -> told.add(new Told(type, data)))) {
      page.start();
      awaitTold("webFrame.live", _ -> true);
      long pid = browser(ours()).pid();
      new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor();
      for (int i = 0; i < 15; i++) {
        page.tend();
      }
      assertThat(awaitTold("webFrame.failed", _ -> true).get("reason").toString())
          .contains("has not answered");
      await()
          .atMost(LONG)
          .until(() -> told.stream().filter(t -> t.type().equals("webFrame.live")).count() == 2);
    }
  }
}
