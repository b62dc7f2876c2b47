package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.app.ApiClient;
import dev.callcast.testkit.check.ContentCheck;
import dev.callcast.testkit.check.ContentReport;
import dev.callcast.testkit.check.MediaCheck;
import dev.callcast.testkit.check.MediaProbe;
import dev.callcast.testkit.check.Tile;
import dev.callcast.testkit.fault.OnePage;
import dev.callcast.testkit.send.Senders;
import dev.callcast.testkit.send.SyntheticParticipant;
import dev.callcast.testkit.send.TransportSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The life of an installation: the package is installed, its service started, a call recorded, the
 * next version installed in the middle of it, and all of it removed again. {@code ./test --package}
 * builds both packages and names them by properties.
 */
@Tag("package")
class PackageTest {
  private static final Logger log = LoggerFactory.getLogger(PackageTest.class);
  private static final String VERSIONS = "/usr/lib/callcast/";
  private static final String BLUE = "<!doctype html><body style='background:#00f'>";
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;

  @TempDir Path directory;
  private OwnMachine machine;
  private ApiClient api;

  private static String built(String which) {
    String file = System.getProperty("callcast.package." + which);
    Assumptions.assumeTrue(file != null, "./test --package builds what this installs");
    return file;
  }

  private void install(String file) throws IOException, InterruptedException {
    // Its /tmp is its own.
    Path inside = Files.copy(Path.of(file), machine.file("/var/tmp/package.deb"));
    String said = machine.run("dpkg", "-i", "/var/tmp/package.deb").ok();
    Files.delete(inside);
    log.info("dpkg -i {}: {}", file, said);
  }

  private String property(String name) throws IOException, InterruptedException {
    return machine.run("systemctl", "show", "--value", "-p", name, "callcast.service").ok().strip();
  }

  private String executable(String pid) throws IOException, InterruptedException {
    return machine.run("readlink", "/proc/" + pid + "/exe").ok().strip();
  }

  /** Process ids, inside, of the workers. */
  private List<String> workers() throws IOException, InterruptedException {
    return machine
        .sh("grep -lz '^worker$' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3")
        .text()
        .lines()
        .toList();
  }

  private List<String> versions() throws IOException, InterruptedException {
    return machine.sh("cd " + VERSIONS + " && ls -d [0-9]*").ok().lines().toList();
  }

  private void awaitReady() throws IOException, InterruptedException {
    LiveCall.await(
        Duration.ofSeconds(30),
        "the service answers",
        () -> {
          try {
            return api.get("/readyz") != null;
          } catch (IOException e) {
            return false;
          }
        });
  }

  private double mediaTime(String call) throws IOException, InterruptedException {
    return api.get("/v1/calls/" + call + "/compositions/main")
        .path("stats")
        .path("mediaTime")
        .asDouble(0);
  }

  private void awaitMediaTime(String call, double seconds)
      throws IOException, InterruptedException {
    LiveCall.await(
        Duration.ofSeconds(40), "media time " + seconds, () -> mediaTime(call) >= seconds);
  }

  /** Another port than the default one, and ports of its own; comments stay. */
  private String configure() throws IOException, InterruptedException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    int rtp = 20_000 + 100 * ThreadLocalRandom.current().nextInt(110);
    machine
        .sh(
            "sed -i -e 's/^listen: .*/listen: 127.0.0.1:%d/' -e 's/^rtpPorts: .*/rtpPorts: %d-%d/' /etc/callcast/callcast.yaml"
                .formatted(port, rtp, rtp + 99))
        .ok();
    return "http://127.0.0.1:" + port;
  }

  private List<SyntheticParticipant> call(String id, Senders senders)
      throws IOException, InterruptedException {
    api.post("/v1/calls", Map.of("id", id));
    JsonNode endpoint =
        api.post("/v1/calls/" + id + "/endpoints", Map.of("id", "e1", "rtcpMux", true));
    senders.open(
        TransportSpec.of("e1", endpoint.get("ip").asString(), endpoint.get("port").asInt(), null));
    List<SyntheticParticipant> people =
        IntStream.range(0, 2).mapToObj(i -> SyntheticParticipant.of(i, "P" + i, "e1")).toList();
    senders.prepare(people);
    for (SyntheticParticipant one : people) {
      api.put("/v1/calls/" + id + "/participants/" + one.id(), one.toApi());
      senders.add(one);
    }
    return people;
  }

  private static Map<String, Object> composition() {
    return new HashMap<>(LiveCall.composition("main", WIDTH, HEIGHT, 30, "grid"));
  }

  @Test
  void installedUpgradedWhileItRecordsAndRemoved() throws Exception {
    String first = built("first");
    String second = built("second");
    try (OwnMachine booted = OwnMachine.boot();
        Senders senders = Senders.start()) {
      machine = booted;
      install(first);
      assertThat(property("ActiveState")).isEqualTo("active");
      machine.sh("systemd-analyze verify /lib/systemd/system/callcast*").ok();
      String key = Files.readString(machine.file("/etc/callcast/admin.key")).strip();
      assertThat(key).isNotEmpty();
      assertThat(machine.run("journalctl", "-u", "callcast").ok()).doesNotContain(key);
      cachesAreTaken();

      api = new ApiClient(configure(), key);
      machine.run("systemctl", "restart", "callcast").ok();
      awaitReady();
      List<Tile> tiles = new ArrayList<>();
      List<SyntheticParticipant> people = call("c", senders);
      api.post("/v1/calls/c/compositions", composition());
      awaitMediaTime("c", 5);
      List<String> worker = workers();
      assertThat(worker).hasSize(1);
      String old = executable(worker.getFirst());
      assertThat(old).startsWith(VERSIONS + "1.0.0-");

      double before = mediaTime("c");
      install(second);
      awaitReady();
      awaitMediaTime("c", before + 1);
      double after = mediaTime("c");
      log.info("upgraded between media time {} and {}", before, after);
      assertThat(workers()).as("the worker goes on").isEqualTo(worker);
      assertThat(executable(worker.getFirst())).isEqualTo(old);
      assertThat(executable(property("MainPID"))).startsWith(VERSIONS + "1.1.0-");
      assertThat(versions()).hasSize(2);
      // The new node commands the old worker.
      double changed = mediaTime("c");
      api.patch("/v1/calls/c/compositions/main", Map.of("layout", Map.of("preset", "split")));
      awaitMediaTime("c", after + 4);

      // A node that dies comes back by itself, and nothing happens to its workers.
      machine.run("kill", "-KILL", property("MainPID")).ok();
      awaitReady();
      awaitMediaTime("c", after + 7);
      double end = mediaTime("c");
      assertThat(workers()).isEqualTo(worker);
      api.post("/v1/calls/c/compositions/main/stop", Map.of());
      Path file = recorded("c");
      tiles.addAll(Tiles.of("grid", Map.of(), WIDTH, HEIGHT, people, 2, changed));
      tiles.addAll(Tiles.of("split", Map.of(), WIDTH, HEIGHT, people, changed + 1.5, end));
      ContentReport report = ContentCheck.run(file, tiles);
      log.info("{}", report.summary());
      assertThat(report.problems(ContentReport.Limits.STANDARD)).isEmpty();
      MediaProbe probe = MediaCheck.probe(file);
      assertThat(probe.video().longestGap()).as("gap in the pictures, s").isLessThan(0.1);
      assertThat(probe.audio().longestGap()).as("gap in the sound, s").isLessThan(0.04);
      assertThat(probe.video().end()).isGreaterThan(end - 0.5);

      api.delete("/v1/calls/c");
      LiveCall.await(Duration.ofSeconds(20), "the worker ends", () -> workers().isEmpty());
      machine.run("systemctl", "start", "callcast-tidy.service").ok();
      assertThat(versions()).hasSize(1).first().asString().startsWith("1.1.0-");

      removedWhileItRecords();
      purged();
    }
  }

  @Test
  void aWebPageInASandboxAndCertificatesByReload() throws Exception {
    String first = built("first");
    try (OnePage page = OnePage.serve(BLUE);
        OwnMachine booted = OwnMachine.boot()) {
      machine = booted;
      install(first);
      String key = Files.readString(machine.file("/etc/callcast/admin.key")).strip();
      String url = configure();
      api = new ApiClient(url, key);
      set("hosts", "[127.0.0.1]");
      machine
          .sh(
              "install -D -m 644 /usr/share/callcast/web-pages.conf"
                  + " /etc/systemd/system/callcast.service.d/web-pages.conf"
                  + " && systemctl daemon-reload && systemctl restart callcast")
          .ok();
      awaitReady();
      pageInASandbox(page.url());
      api.delete("/v1/calls/page");
      LiveCall.await(
          Duration.ofSeconds(20),
          "the worker and its browser end",
          () -> machine.sh("pgrep -u callcast -c").text().strip().equals("1"));
      api.close();
      certificatesByReload(url.substring(url.lastIndexOf('/') + 1));
    }
  }

  /** One setting of one line of the configuration. */
  private void set(String setting, String value) throws IOException, InterruptedException {
    String line = "^  " + setting + ": ";
    assertThat(machine.sh("grep -c '" + line + "' /etc/callcast/callcast.yaml").ok().strip())
        .isEqualTo("1");
    machine
        .sh("sed -i 's|%s.*|  %s: %s|' /etc/callcast/callcast.yaml".formatted(line, setting, value))
        .ok();
  }

  private void pageInASandbox(String url) throws Exception {
    api.post("/v1/calls", Map.of("id", "page"));
    Map<String, Object> composition = composition();
    composition.put(
        "layout",
        Map.of(
            "preset",
            "grid",
            "params",
            Map.of(
                "webFrame.url", url,
                "webFrame.viewportWidth_px", 640,
                "webFrame.viewportHeight_px", 360,
                "webFrame.height_gu", 18,
                "showWebFrameOverlay", true)));
    api.post("/v1/calls/page/compositions", composition);
    Path picture = directory.resolve("page.jpg");
    LiveCall.await(
        Duration.ofSeconds(60),
        "the page is in the picture",
        () -> {
          try {
            api.save("/v1/calls/page/compositions/main/snapshot.jpg", picture);
          } catch (IOException early) {
            return false;
          }
          int colour = ImageIO.read(picture.toFile()).getRGB(430, 120);
          return (colour & 0xff) > 220 && (colour >> 16 & 0xff) < 30 && (colour >> 8 & 0xff) < 30;
        });
    String worker = workers().getFirst();
    List<String> renderers = processes("--type=renderer");
    assertThat(renderers).isNotEmpty();
    assertThat(processes("--no-sandbox")).isEmpty();
    for (String renderer : renderers) {
      assertThat(machine.run("cat", "/proc/" + renderer + "/status").ok())
          .contains("NoNewPrivs:\t1\n", "Seccomp:\t2\n", "CapEff:\t0000000000000000\n");
      // One filter more than those of the service.
      assertThat(filters(renderer)).isGreaterThan(filters(worker));
      for (String namespace : List.of("user", "pid", "net")) {
        assertThat(namespace(renderer, namespace)).isNotEqualTo(namespace(worker, namespace));
      }
      assertThat(machine.run("ls", "/proc/" + renderer + "/root/etc").status()).isNotZero();
    }
    // No browser may listen on ports below 1024, as its worker may.
    List<String> browsers = new ArrayList<>(processes("--remote-debugging-pipe"));
    browsers.removeAll(processes("--type="));
    assertThat(browsers).hasSize(1);
    for (String browser : browsers) {
      assertThat(machine.run("cat", "/proc/" + browser + "/status").ok())
          .contains("CapPrm:\t0000000000000000\n");
    }
  }

  /** Process ids, inside, of those with this among their words; not of who looks for them. */
  private List<String> processes(String word) throws IOException, InterruptedException {
    return machine
        .sh(
            "grep -lz -e '[-]"
                + word.substring(1)
                + "' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3")
        .text()
        .lines()
        .toList();
  }

  private int filters(String pid) throws IOException, InterruptedException {
    return Integer.parseInt(
        machine.sh("awk '/^Seccomp_filters/ { print $2 }' /proc/" + pid + "/status").ok().strip());
  }

  private String namespace(String pid, String name) throws IOException, InterruptedException {
    return machine.run("readlink", "/proc/" + pid + "/ns/" + name).ok();
  }

  /** Twice, sooner than the files are looked at anyway. */
  private void certificatesByReload(String address) throws Exception {
    certificate("first");
    set("certificate", "/etc/callcast/tls/certificate.pem");
    set("key", "/etc/callcast/tls/key.pem");
    machine.run("systemctl", "restart", "callcast").ok();
    LiveCall.await(
        Duration.ofSeconds(30), "the first certificate", () -> certified(address, "first"));
    String pid = property("MainPID");
    for (String next : List.of("second", "third")) {
      certificate(next);
      machine.run("systemctl", "reload", "callcast").ok();
      LiveCall.await(
          Duration.ofSeconds(4), "the " + next + " certificate", () -> certified(address, next));
    }
    assertThat(property("MainPID")).as("the same node").isEqualTo(pid);
    assertThat(property("ActiveState")).isEqualTo("active");
  }

  private void certificate(String name) throws IOException, InterruptedException {
    machine
        .sh(
            "mkdir -p /etc/callcast/tls && cd /etc/callcast/tls && openssl req -x509 -newkey ec -pkeyopt"
                + " ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem -subj /CN="
                + name
                + " && chgrp -R callcast . && chmod 640 key.pem")
        .ok();
  }

  private boolean certified(String address, String name) throws IOException, InterruptedException {
    return machine
        .sh("openssl s_client -connect " + address + " </dev/null 2>/dev/null | grep subject=")
        .text()
        .contains(name);
  }

  /** With {@code AOTMode=on} Java refuses to start where a cache does not fit. */
  private void cachesAreTaken() throws Exception {
    for (String cache : List.of("node", "worker")) {
      machine
          .sh(
              "home=$(readlink -f /usr/lib/callcast/current) && cd / && $home/runtime/bin/java"
                  + " @$home/java.options -XX:AOTMode=on -XX:AOTCache=$home/"
                  + cache
                  + ".aot -cp $home/callcast.jar dev.callcast.app.Main --version")
          .ok();
    }
  }

  private Path recorded(String call) throws Exception {
    List<JsonNode> found = new ArrayList<>();
    LiveCall.await(
        Duration.ofSeconds(30),
        "the recording is ready",
        () -> {
          found.clear();
          api.get("/v1/recordings?call=" + call).get("items").forEach(found::add);
          return found.stream().allMatch(one -> one.get("state").asString().equals("ready"));
        });
    assertThat(found).as("recordings").hasSize(1);
    JsonNode link =
        api.get("/v1/recordings/" + found.getFirst().get("id").asString() + "/access-link");
    Path file = directory.resolve(call + ".mp4");
    api.download(link.get("url").asString(), file);
    return file;
  }

  /** What is open is finished first: its file is an ordinary one, and stays. */
  private void removedWhileItRecords() throws Exception {
    api.post("/v1/calls", Map.of("id", "open"));
    api.post("/v1/calls/open/compositions", composition());
    awaitMediaTime("open", 2);
    assertThat(workers()).hasSize(1);
    api.close();

    String said = machine.run("dpkg", "--remove", "callcast").ok();
    log.info("dpkg --remove: {}", said);
    assertThat(said).contains("finishing the calls that are open");
    assertThat(machine.sh("ps -u callcast -o args=").text().strip()).isEmpty();
    assertThat(Files.exists(machine.file("/usr/lib/callcast"))).isFalse();
    assertThat(Files.exists(machine.file("/usr/bin/callcast"))).isFalse();
    assertThat(Files.exists(machine.file("/etc/callcast/callcast.yaml"))).isTrue();
    List<Path> files = recordings();
    assertThat(files).hasSize(2);
    for (Path file : files) {
      MediaProbe probe = MediaCheck.probe(file);
      assertThat(probe.errors()).isEmpty();
      assertThat(probe.video().end()).isGreaterThan(1.5);
      assertThat(secondBox(file)).as("finished: the fragments are in one box").isEqualTo("mdat");
    }
  }

  private static String secondBox(Path file) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
    byte[] type = new byte[4];
    content.position(content.getInt(0) + 4).get(type);
    return new String(type, StandardCharsets.US_ASCII);
  }

  private List<Path> recordings() throws IOException {
    try (Stream<Path> all = Files.walk(machine.file("/var/lib/callcast/recordings"))) {
      return all.filter(file -> file.toString().endsWith(".mp4")).toList();
    }
  }

  /** Recordings are left, which is said; else nothing is. */
  private void purged() throws Exception {
    String said = machine.run("dpkg", "--purge", "callcast").ok();
    log.info("dpkg --purge: {}", said);
    assertThat(said).contains("files of recordings are left in /var/lib/callcast");
    assertThat(recordings()).hasSize(2);
    assertThat(machine.run("getent", "passwd", "callcast").status()).isNotZero();
    assertThat(machine.run("getent", "group", "callcast").status()).isNotZero();
    assertThat(machine.sh("find /var/lib/callcast ! -user root").ok()).isEmpty();
    assertThat(machine.made())
        .filteredOn(path -> path.contains("callcast"))
        .filteredOn(path -> !path.startsWith("/var/lib/callcast"))
        .isEmpty();
    assertThat(machine.sh("ls /var/lib/callcast").ok().strip()).isEqualTo("recordings");
  }
}
