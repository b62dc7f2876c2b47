package dev.callcast.media.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.testkit.fault.OnePage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What runs a page is in Chromium's sandbox, as the kernel sees it: a Java of its own shows one, as
 * {@code nobody} where the tests are root's, for whom Chromium has no sandbox.
 */
@Tag("peer")
@Timeout(90)
class SandboxTest {
  /** Our classes are where nobody else may look, so this one may read; no browser inherits that. */
  private static final List<String> AS_NOBODY =
      List.of(
          "setpriv",
          "--reuid=nobody",
          "--regid=nogroup",
          "--clear-groups",
          "--inh-caps=+dac_read_search",
          "--ambient-caps=+dac_read_search");

  private static final List<String> NAMESPACES = List.of("user", "pid", "net");

  @TempDir Path scratch;

  private static List<String> unprivileged(String... command) {
    List<String> all = new ArrayList<>(Browser.root() ? AS_NOBODY : List.of());
    all.addAll(List.of(command));
    return all;
  }

  @Test
  void whatRunsAPageIsInASandbox() throws Exception {
    Process tried =
        new ProcessBuilder(
                unprivileged("unshare", "--user", "--pid", "--net", "--fork", "/bin/true"))
            .redirectErrorStream(true)
            .start();
    String said = new String(tried.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeThat(tried.waitFor())
        .as("the sandbox is made of namespaces, which cannot be made here: %s", said)
        .isZero();
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxrwxrwx"));

    OnePage page = OnePage.serve("<!doctype html><body style='background:#00f'>");
    Process shows =
        new ProcessBuilder(
                unprivileged(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                    PageOfAnUnprivileged.class.getName(),
                    page.url(),
                    scratch.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<ProcessHandle> all;
    try (BufferedReader out = shows.inputReader()) {
      assertThat(told(out)).startsWith("webFrame.live");
      all = shows.descendants().toList();
      check(shows.pid(), all);
      shows.getOutputStream().close();
      assertThat(told(out)).isNull();
      assertThat(shows.waitFor()).isZero();
    } finally {
      shows.descendants().forEach(ProcessHandle::destroyForcibly);
      shows.destroyForcibly();
      page.close();
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> all.stream().noneMatch(one -> one.info().command().isPresent()));
    assertThat(scratch).isEmptyDirectory();
  }

  /** The next thing that befell the page; what is logged stands between. */
  private static @Nullable String told(BufferedReader out) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith("webFrame.")) {
      line = out.readLine();
    }
    return line;
  }

  private static void check(long java, List<ProcessHandle> all) throws IOException {
    Map<Long, String> programs = new HashMap<>();
    for (ProcessHandle one : all) {
      programs.put(one.pid(), Files.readString(of(one.pid(), "cmdline")).replace('\0', ' '));
    }
    assertThat(programs.values()).noneMatch(words -> words.contains("--no-sandbox"));
    List<Long> renderers =
        programs.keySet().stream()
            .filter(pid -> programs.get(pid).contains("--type=renderer"))
            .toList();
    assertThat(renderers).isNotEmpty();
    for (long renderer : renderers) {
      assertThat(status(renderer))
          .containsEntry("Seccomp", "2") // a filter of system calls
          .containsEntry("NoNewPrivs", "1")
          .containsEntry("CapEff", "0000000000000000");
      assertThat(status(renderer).get("Uid")).doesNotStartWith("0\t");
      for (String namespace : NAMESPACES) {
        assertThat(Files.readSymbolicLink(of(renderer, "ns/" + namespace)))
            .as("%s namespace of a renderer", namespace)
            .isNotEqualTo(Files.readSymbolicLink(of(java, "ns/" + namespace)));
      }
      // Its root is an empty directory, whose process is gone.
      assertThat(Files.exists(of(renderer, "root/proc"))).isFalse();
      assertThat(Files.exists(of(renderer, "root/etc"))).isFalse();
    }
    assertThat(Files.exists(of(java, "root/etc"))).isTrue();
    if (Browser.root()) {
      assertThat(status(java)).containsEntry("CapAmb", "0000000000000004");
    }
    for (long pid : programs.keySet()) {
      if (programs.get(pid).contains("--remote-debugging-pipe")
          && !programs.get(pid).contains("--type=")) {
        assertThat(status(pid)).as(programs.get(pid)).containsEntry("CapPrm", "0000000000000000");
      }
    }
  }

  private static Path of(long pid, String what) {
    return Path.of("/proc", Long.toString(pid), what);
  }

  private static Map<String, String> status(long pid) throws IOException {
    Map<String, String> all = new HashMap<>();
    for (String line : Files.readAllLines(of(pid, "status"))) {
      int colon = line.indexOf(':');
      all.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return all;
  }
}
