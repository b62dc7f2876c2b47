package dev.callcast.media.page;

import dev.callcast.protocol.ProtocolJson;
import dev.callcast.scene.WebFrame;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A Chromium that shows one page, from its start to its end: a process of its own with children,
 * headless, with an empty profile, and no way out but a {@link PageProxy}. It is spoken to by
 * DevTools' protocol on two pipes.
 *
 * <p>The thread that makes it is the one that runs it: when that thread ends, however it ends, the
 * kernel kills the process (PDEATHSIG), and a browser whose pipe is closed ends by itself, its
 * children with it.
 */
final class Browser implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Browser.class);
  private static final int LONGEST_MESSAGE = 64 << 20;
  private static final int LAST_LINES = 5;
  private static final int JPEG_QUALITY = 90;
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(50);

  /** Pictures that come faster after each other may have had another one between or after them. */
  private static final long QUICK = TimeUnit.MILLISECONDS.toNanos(250);

  private static final long LULL = TimeUnit.MILLISECONDS.toNanos(500);

  /** The pipes of DevTools are the third and the fourth file; what it prints goes to the second. */
  private static final String ON_PIPES = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null 1>&2";

  private static final Set<String> INHERITED = Set.of("PATH", "LANG", "TZ", "LD_LIBRARY_PATH");

  /** What happens; told by the thread that runs it. */
  interface Events {
    /** A picture, encoded. */
    void picture(byte[] jpeg);

    /** The page asks for something from a host. */
    void asks(String host);
  }

  private final WebFrame page;
  private final Path directory;
  private final Events events;
  private final Process process;
  private final CountDownLatch printed = new CountDownLatch(1);
  private final OutputStream commands;
  private final long interval; // ns between pictures
  private final Deque<String> lines = new ArrayDeque<>(); // guarded by itself; the last it printed
  private final Map<Integer, Consumer<JsonNode>> answers = new HashMap<>(); // guarded by commands
  private int number; // guarded by commands

  private volatile @Nullable String session; // that of the page
  private volatile boolean watched; // pictures are asked for
  private volatile @Nullable String failure; // why it was ended
  private volatile List<ProcessHandle> children = List.of();
  private volatile long lastPicture; // written by the running thread; when one was shown or 0
  private volatile boolean hurried; // written by the running thread; a picture may be missing
  private @Nullable String target; // owned by the running thread

  /**
   * Starts it.
   *
   * @param program its name or path
   * @param proxy the port of its way out
   * @param scratch where it has a directory of its own until its end
   * @param fps as many pictures a second, at most
   */
  Browser(WebFrame page, String program, int proxy, Path scratch, int fps, Events events)
      throws IOException {
    this.page = page;
    this.events = events;
    interval = TimeUnit.SECONDS.toNanos(1) / fps;
    Files.createDirectories(scratch);
    directory = Files.createTempDirectory(scratch, "page-").toAbsolutePath();
    ProcessBuilder builder = new ProcessBuilder(words(program, proxy));
    builder.directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> !INHERITED.contains(name));
    builder.environment().put("HOME", directory.toString());
    process = builder.start();
    commands = process.getOutputStream();
    Thread.ofPlatform().daemon().name("page-log").start(this::readLines);
  }

  private List<String> words(String program, int proxy) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    words.addAll(dropped());
    words.addAll(
        List.of(
            "--",
            "sh",
            "-c",
            ON_PIPES,
            program,
            "--headless=new",
            "--remote-debugging-pipe",
            "--user-data-dir=" + directory,
            "--disk-cache-size=" + (32 << 20),
            "--window-size=" + page.width() + "," + page.height(),
            "--force-device-scale-factor=1",
            "--hide-scrollbars",
            "--mute-audio",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-sync",
            "--disable-breakpad",
            "--disable-crash-reporter",
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--disable-quic",
            "--deny-permission-prompts",
            "--no-first-run",
            "--no-default-browser-check",
            "--no-pings",
            "--password-store=basic",
            "--autoplay-policy=no-user-gesture-required",
            // Names are looked up by the proxy alone, also those of this machine.
            "--proxy-server=http://127.0.0.1:" + proxy,
            "--proxy-bypass-list=<-loopback>",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            "--webrtc-ip-handling-policy=disable_non_proxied_udp",
            "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"));
    if (root()) {
      words.add("--no-sandbox");
      words.add("--test-type"); // without the bar that warns of it
    }
    words.add("about:blank");
    return words;
  }

  /**
   * The capabilities that this process hands down, a service the one for ports below 1024: nothing
   * for a browser. By their numbers, for setpriv may be older than the kernel, and then knows no
   * {@code -all}.
   */
  private static List<String> dropped() {
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      long inherited =
          status
              .filter(line -> line.startsWith("CapInh:"))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .findFirst()
              .orElse(0);
      String names =
          BitSet.valueOf(new long[] {inherited}).stream()
              .mapToObj(bit -> "-cap_" + bit)
              .collect(Collectors.joining(","));
      return names.isEmpty() ? List.of() : List.of("--inh-caps=" + names);
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // no Linux, and no capabilities
    }
  }

  /** Whether Chromium's sandbox has to be left out, for it has none for root. */
  static boolean root() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private void readLines() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        LOG.debug("chromium: {}", line);
        synchronized (lines) {
          lines.add(line.length() > 300 ? line.substring(0, 300) : line);
          while (lines.size() > LAST_LINES) {
            lines.poll();
          }
        }
      }
    } catch (IOException e) {
      LOG.debug("what Chromium prints is read no more: {}", e.getMessage());
    } finally {
      printed.countDown();
    }
  }

  // --- its life

  /** Runs it to its end, and says why that came. */
  String run() {
    send(null, "Target.setDiscoverTargets", object().put("discover", true));
    send(null, "Browser.setDownloadBehavior", object().put("behavior", "deny"));
    try (InputStream in = new BufferedInputStream(process.getInputStream(), 1 << 16)) {
      byte[] message = new byte[1 << 16];
      int length = 0;
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == 0) {
          received(ProtocolJson.MAPPER.readTree(message, 0, length));
          length = 0;
          if (message.length > 1 << 20) {
            message = new byte[1 << 16];
          }
          continue;
        }
        if (length == LONGEST_MESSAGE) {
          end("it sent a message of more than " + LONGEST_MESSAGE + " bytes");
          break;
        }
        if (length == message.length) {
          message = Arrays.copyOf(message, length * 2);
        }
        message[length++] = (byte) next;
      }
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      end("it is not understood: " + e.getMessage());
    }
    String why = failure;
    return why == null ? exit() : why;
  }

  private String exit() {
    int status;
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        return "it closed its pipes";
      }
      status = process.exitValue();
      if (!printed.await(1, TimeUnit.SECONDS)) { // it may have said why
        LOG.debug("Chromium has ended, and something of it still prints");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
    if (status > 128) {
      return "it was ended by signal " + (status - 128);
    }
    synchronized (lines) {
      return "it ended with status " + status + (lines.isEmpty() ? "" : ": " + lines.peekLast());
    }
  }

  /** Ends it for this reason. Any thread. */
  void end(String why) {
    if (failure == null) {
      failure = why;
    }
    kill();
  }

  private void kill() {
    noteChildren();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /** They are nobody's children once it is dead. */
  private void noteChildren() {
    if (process.isAlive()) {
      children = process.descendants().toList();
    }
  }

  /** The process and its children are gone when this returns, and its files as well. */
  @Override
  public void close() {
    kill();
    try {
      process.waitFor();
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
          children.stream().anyMatch(Browser::runs) && System.nanoTime() < end; ) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      Path link = directory.resolve("SingletonSocket");
      Path socket = Files.isSymbolicLink(link) ? Files.readSymbolicLink(link).getParent() : null;
      if (socket != null && socket.toString().contains("org.chromium") && Files.exists(socket)) {
        delete(socket); // of its own, in the directory for temporary files
      }
      delete(directory);
    } catch (IOException e) {
      LOG.warn("what Chromium kept is not removed: {}", e.getMessage());
    }
  }

  /** One that nobody has waited for yet does not. */
  private static boolean runs(ProcessHandle handle) {
    try {
      String stat = Files.readAllLines(Path.of("/proc/" + handle.pid() + "/stat")).getFirst();
      return handle.isAlive() && !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted((a, b) -> b.compareTo(a)).toList(); // what is in a directory first
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  // --- what is said

  /** Sends a command; the answer is not awaited. Any thread. */
  void send(@Nullable String to, String method, ObjectNode params) {
    send(
        to,
        method,
        params,
        answer -> {
          JsonNode error = answer.get("error");
          if (error != null) {
            LOG.debug("{}: {}", method, error);
          }
        });
  }

  /** The same with what is done with the answer, by the running thread. */
  private void send(
      @Nullable String to, String method, ObjectNode params, Consumer<JsonNode> answer) {
    ObjectNode message = object().put("method", method);
    message.set("params", params);
    if (to != null) {
      message.put("sessionId", to);
    }
    synchronized (commands) {
      message.put("id", ++number);
      answers.put(number, answer);
      try {
        commands.write(ProtocolJson.MAPPER.writeValueAsBytes(message));
        commands.write(0);
        commands.flush();
      } catch (IOException e) {
        LOG.debug("{} was not sent: {}", method, e.getMessage()); // its end is seen elsewhere
      }
    }
  }

  private static ObjectNode object() {
    return ProtocolJson.MAPPER.createObjectNode();
  }

  /** Sends to the page, once there is one. Any thread. */
  void tell(String method, ObjectNode params) {
    String to = session;
    if (to != null) {
      send(to, method, params);
    }
  }

  /**
   * Asks the page something that only one that runs answers; false before there is one. Any thread.
   */
  boolean ask(Runnable answered) {
    String to = session;
    if (to == null) {
      return false;
    }
    send(to, "Runtime.evaluate", object().put("expression", "0"), _ -> answered.run());
    return true;
  }

  // --- what is heard; by the running thread

  private void received(JsonNode message) {
    JsonNode id = message.get("id");
    if (id != null) {
      Consumer<JsonNode> answer;
      synchronized (commands) {
        answer = answers.remove(id.asInt());
      }
      if (answer != null) {
        answer.accept(message);
      }
      return;
    }
    JsonNode params = message.path("params");
    switch (message.path("method").asString("")) {
      case "Target.targetCreated" -> targetCreated(params.path("targetInfo"));
      case "Target.targetDestroyed" -> {
        if (params.path("targetId").asString("").equals(target)) {
          end("the page has closed itself");
        }
      }
      case "Inspector.targetCrashed" -> end("the page has crashed");
      case "Page.screencastFrame" -> screencastFrame(params);
      case "Page.javascriptDialogOpening" ->
          tell("Page.handleJavaScriptDialog", object().put("accept", true));
      case "Page.frameNavigated" -> {
        JsonNode navigated = params.path("frame");
        if (!navigated.has("parentId") && navigated.has("unreachableUrl")) {
          end("the page went to where nothing is to be had");
        }
      }
      case "Network.requestWillBeSent" -> asks(params.path("request").path("url").asString(""));
      case "Network.responseReceived" -> responded(params);
      default -> {
        // Nothing that matters here.
      }
    }
  }

  /** The first one is ours; what opens later is a window that nobody sees. */
  private void targetCreated(JsonNode info) {
    if (!info.path("type").asString("").equals("page")) {
      return;
    }
    String id = info.path("targetId").asString("");
    if (target == null) {
      target = id;
      send(
          null,
          "Target.attachToTarget",
          object().put("targetId", id).put("flatten", true),
          answer -> attached(answer.path("result").path("sessionId").asString("")));
    } else if (!id.equals(target)) {
      send(null, "Target.closeTarget", object().put("targetId", id));
    }
  }

  private void attached(String to) {
    session = to;
    send(to, "Page.enable", object());
    send(to, "Network.enable", object());
    send(
        to,
        "Emulation.setDeviceMetricsOverride",
        object()
            .put("width", page.width())
            .put("height", page.height())
            .put("deviceScaleFactor", 1)
            .put("mobile", false));
    // No Emulation.setFocusEmulationEnabled: beside a screencast it crashes every other page at its
    // start on a busy machine (Chromium 156), and keys are heard without it.
    send(
        to,
        "Page.navigate",
        object().put("url", page.url()),
        answer -> {
          String error = answer.path("result").path("errorText").asString("");
          if (!error.isEmpty()) {
            end("the page is not to be had: " + error);
            return;
          }
          startScreencast(to);
        });
  }

  /** It is refused until the page has taken the place of the blank one, a moment later. */
  private void startScreencast(String to) {
    send(
        to,
        "Page.startScreencast",
        object()
            .put("format", "jpeg")
            .put("quality", JPEG_QUALITY)
            .put("maxWidth", page.width())
            .put("maxHeight", page.height()),
        answer -> {
          if (!answer.has("error")) {
            watched = true;
          } else if (failure == null) {
            LockSupport.parkNanos(SOON);
            startScreencast(to);
          }
        });
  }

  /**
   * Asks for a picture where one may be missing: a page that stands still and was painted before it
   * was watched may give none by itself, and of one that has just stopped moving the last may have
   * been left out, since Chromium drops what it makes while those before are not thanked for. Any
   * thread, now and then.
   */
  void look() {
    String to = session;
    long before = lastPicture;
    boolean missing = before == 0 || (hurried && System.nanoTime() - before > LULL);
    if (to == null || !watched || !missing) {
      return;
    }
    send(
        to,
        "Page.captureScreenshot",
        object().put("format", "jpeg").put("quality", JPEG_QUALITY),
        answer -> {
          String data = answer.path("result").path("data").asString("");
          if (lastPicture == before && !data.isEmpty()) {
            hurried = false;
            picture(data);
            lastPicture = System.nanoTime();
          }
        });
  }

  private void picture(String base64) {
    if (lastPicture == 0) {
      noteChildren();
    }
    events.picture(Base64.getDecoder().decode(base64));
  }

  private void screencastFrame(JsonNode params) {
    long before = lastPicture;
    // One alone is no hurry: a screenshot may be followed by one.
    hurried = before != 0 && System.nanoTime() - before < Math.max(QUICK, interval);
    picture(params.path("data").asString(""));
    // The browser makes no more than it is thanked for.
    for (long left = before + interval - System.nanoTime();
        before != 0 && left > 0;
        left = before + interval - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    lastPicture = System.nanoTime();
    tell("Page.screencastFrameAck", object().put("sessionId", params.path("sessionId").asInt()));
  }

  private void asks(String url) {
    int from = url.indexOf("://");
    if (from > 0 && url.matches("(?:https?|wss?)://.*")) {
      String authority = url.substring(from + 3).replaceFirst("[/?#].*", "");
      events.asks(
          authority.replaceFirst(".*@", "").replaceFirst(":\\d*$", "").replaceAll("^\\[|]$", ""));
    }
  }

  /** A page that was led to where it may not go shows nothing, rather than what the proxy says. */
  private void responded(JsonNode params) {
    // The frame of a page has the page's own id.
    boolean document =
        params.path("type").asString("").equals("Document")
            && params.path("frameId").asString("").equals(target);
    JsonNode response = params.path("response");
    if (document && response.path("headers").has(PageProxy.REFUSED)) {
      end("the page leads to where nothing may be loaded from");
    }
  }
}
