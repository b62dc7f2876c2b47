package dev.callcast.app;

import dev.callcast.gst.Gst;
import dev.callcast.gst.GstException;
import dev.callcast.gst.Plugins;
import dev.callcast.media.compose.CanvasPool;
import dev.callcast.media.compose.Composer;
import dev.callcast.server.api.WebFrameConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Looks at the machine. Nothing is changed; each check stands for itself. */
final class Diagnosis {
  /** How bad it is. */
  enum Verdict {
    OK("ok"),
    WARN("warn"),
    FAIL("FAIL");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /** One thing that was looked at; {@code advice} is empty when there is nothing to do. */
  record Finding(Verdict verdict, String what, String found, String advice) {}

  private static final long ROOM = 2L << 30;
  // By lines: the kernel gives a setting in one piece or not at all, and Files.readString asks for
  // one byte first.
  private static final Path RECEIVE_BUFFER = Path.of("/proc/sys/net/core/rmem_max");
  private static final int WANTED_RECEIVE_BUFFER = 4 << 20;

  private final Path data;
  private final String rtpPorts;
  private final WebFrameConfig webFrames;
  private final List<Finding> findings = new ArrayList<>();

  Diagnosis(Path data, String rtpPorts, WebFrameConfig webFrames) {
    this.data = data;
    this.rtpPorts = rtpPorts;
    this.webFrames = webFrames;
  }

  List<Finding> findings() {
    java();
    gstreamer();
    graphics();
    programs();
    fonts();
    ports();
    receiveBuffer();
    disk();
    cpu();
    return List.copyOf(findings);
  }

  private void ok(String what, String found) {
    findings.add(new Finding(Verdict.OK, what, found, ""));
  }

  private void warn(String what, String found, String advice) {
    findings.add(new Finding(Verdict.WARN, what, found, advice));
  }

  private void fail(String what, String found, String advice) {
    findings.add(new Finding(Verdict.FAIL, what, found, advice));
  }

  private void java() {
    int version = Runtime.version().feature();
    if (version >= 25) {
      ok("Java", Runtime.version().toString());
    } else {
      fail("Java", "version " + version, "install JDK 25 and set JAVA_HOME to it");
    }
  }

  private void gstreamer() {
    try {
      ok("GStreamer", Gst.version());
    } catch (GstException e) {
      fail("GStreamer", String.valueOf(e.getMessage()), install("gstreamer1.0-plugins-base"));
      return;
    }
    Map<String, String> packages = Plugins.packages();
    int there = 0;
    for (String element : packages.keySet()) {
      if (Gst.hasElement(element)) {
        there++;
      } else {
        fail("element " + element, "missing", install(packages.get(element)));
      }
    }
    if (there == packages.size()) {
      ok("GStreamer's elements", there + " of " + there);
    }
  }

  /** Scaling and drawing, with their native libraries. */
  private void graphics() {
    try (CanvasPool pool = new CanvasPool(64, 64, 2);
        Composer composer = new Composer(pool)) {
      composer.warmUp();
      ok("libyuv, zimg, Skija", "loaded");
    } catch (RuntimeException | LinkageError e) {
      fail(
          "libyuv, zimg, Skija",
          String.valueOf(e.getMessage()),
          install("libyuv0 libzimg2 libgl1 libegl1 libfontconfig1"));
    }
  }

  private void programs() {
    program("setsid", Verdict.FAIL, "workers are started with it", "util-linux");
    program("nohup", Verdict.FAIL, "workers are started with it", "coreutils");
    program(
        "ffmpeg",
        Verdict.WARN,
        "the demo's participants and the check of its file need it",
        "ffmpeg");
    if (!webFrames.hosts().isEmpty()) {
      browser();
    }
  }

  /** Where the configuration has web pages shown. */
  private void browser() {
    program("setpriv", Verdict.FAIL, "browsers of web pages are started with it", "util-linux");
    Path program = webFrames.program();
    if (program == null) {
      fail(webFrames.browser(), "missing: webFrame.hosts asks for web pages", install("chromium"));
    } else if ("root".equals(System.getProperty("user.name"))) {
      warn(
          webFrames.browser(),
          program + ", for root without its sandbox",
          "run Callcast as another user, so that web pages are in a sandbox");
    } else {
      ok(webFrames.browser(), program.toString());
    }
  }

  private void program(String name, Verdict without, String why, String debianPackage) {
    for (String directory : String.valueOf(System.getenv("PATH")).split(":", -1)) {
      Path candidate = Path.of(directory, name);
      if (Files.isExecutable(candidate)) {
        ok(name, candidate.toString());
        return;
      }
    }
    findings.add(new Finding(without, name, "missing: " + why, install(debianPackage)));
  }

  private void fonts() {
    String fonts;
    try {
      Process process =
          new ProcessBuilder("fc-list", ":", "file").redirectErrorStream(true).start();
      fonts = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
    } catch (IOException e) {
      warn("fonts", "fc-list is missing", install("fontconfig"));
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    font(fonts, "names in most scripts", "NotoSans", "fonts-noto-core");
    font(fonts, "names in Chinese, Japanese, Korean", "CJK", "fonts-noto-cjk");
    font(fonts, "emoji in names", "ColorEmoji", "fonts-noto-color-emoji");
  }

  private void font(String fonts, String what, String part, String debianPackage) {
    if (fonts.contains(part)) {
      ok(what, "font installed");
    } else {
      warn(what, "would show as boxes", install(debianPackage));
    }
  }

  private void ports() {
    int[] range;
    try {
      range = NodeSettings.range(rtpPorts);
    } catch (IllegalArgumentException e) {
      fail("RTP ports", String.valueOf(e.getMessage()), "give --rtp-ports FROM-TO");
      return;
    }
    int free = 0;
    int taken = 0;
    for (int port = range[0]; port <= range[1]; port++) {
      try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(port))) {
        free += socket.isBound() ? 1 : 0;
      } catch (SocketException e) {
        taken++;
      }
    }
    int all = free + taken;
    String found = free + " of " + all + " free";
    if (free == 0) {
      fail("RTP ports", found, "choose others with --rtp-ports");
    } else if (free < all / 2) {
      warn("RTP ports", found, "choose others with --rtp-ports");
    } else {
      ok("RTP ports", found);
    }
  }

  private void receiveBuffer() {
    try {
      int most = Integer.parseInt(Files.readAllLines(RECEIVE_BUFFER).getFirst().trim());
      if (most >= WANTED_RECEIVE_BUFFER) {
        ok("UDP receive buffer", (most >> 10) + " KiB");
      } else {
        warn(
            "UDP receive buffer",
            (most >> 10) + " KiB at most: bursts of many participants may be lost",
            "sysctl -w net.core.rmem_max=" + WANTED_RECEIVE_BUFFER);
      }
    } catch (IOException | NumberFormatException e) {
      warn("UDP receive buffer", "unknown", "");
    }
  }

  private void disk() {
    try {
      Path existing = data.toAbsolutePath();
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      long usable = Files.getFileStore(existing).getUsableSpace();
      String found =
          String.format(
              Locale.ROOT,
              "%.1f GB free, %.0f hours at 3 Mbit/s",
              usable / 1e9,
              usable * 8 / 3e6 / 3600);
      if (!Files.isWritable(existing)) {
        fail("disk", existing + " can't be written", "choose another directory with --data");
      } else if (usable < ROOM) {
        warn("disk", found, "make room, or choose another directory with --data");
      } else {
        ok("disk", found);
      }
    } catch (IOException e) {
      fail("disk", String.valueOf(e.getMessage()), "choose another directory with --data");
    }
  }

  private void cpu() {
    int cores = Runtime.getRuntime().availableProcessors();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    // A call of nine at 720p takes a good half of a core of a server of 2023.
    String found = String.format(Locale.ROOT, "%d cores for this process, load %.1f", cores, load);
    if (load > cores) {
      warn("CPU", found, "the machine is busy: calls will skip pictures");
    } else if (cores < 2) {
      warn("CPU", found, "one core carries one small call at most");
    } else {
      ok("CPU", found);
    }
  }

  private static String install(String packages) {
    return "apt-get install " + packages;
  }
}
