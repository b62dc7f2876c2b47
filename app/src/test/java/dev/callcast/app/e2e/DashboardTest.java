package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.app.NodeProcess;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.server.api.HttpConfig;
import dev.callcast.server.api.NodeConfig;
import dev.callcast.server.destinations.Destination;
import dev.callcast.server.destinations.Destinations;
import dev.callcast.server.workers.WorkerSettings;
import dev.callcast.testkit.fault.NginxRtmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The dashboard in a real Chromium: {@code web/tests}, each of them a test here. They start a demo
 * call from the page, on a real node with a real worker that also streams to a real server, and
 * switch what is seen of it; a second node asks for keys. With {@code
 * -Dcallcast.e2e.images=DIRECTORY} the README's pictures are made instead.
 */
@Tag("peer")
class DashboardTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path WEB = ROOT.resolve("web");
  private static final int RUN_SECONDS = 420;
  private static final @Nullable String IMAGES = System.getProperty("callcast.e2e.images");

  @TempDir Path directory;

  /** What came of one test of the page. */
  private record Outcome(String title, boolean passed, String errors, long millis) {}

  @TestFactory
  @Timeout(RUN_SECONDS + 60)
  Stream<DynamicTest> inChromium() throws IOException, InterruptedException {
    return inChromium("--grep-invert");
  }

  /** Those that take a while. */
  @TestFactory
  @Tag("long")
  @Timeout(RUN_SECONDS + 60)
  Stream<DynamicTest> inChromiumAtLength() throws IOException, InterruptedException {
    return inChromium("--grep");
  }

  private Stream<DynamicTest> inChromium(String choice) throws IOException, InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    try (NginxRtmp nginx = NginxRtmp.start();
        LiveNode node = LiveNode.start(config -> config.withDestinations(studio(nginx)));
        NodeProcess guarded = guarded()) {
      collect(run(node, guarded, choice).path("suites"), outcomes);
      for (JsonNode call : node.api().get("/v1/calls?state=open").path("items").values()) {
        node.api().delete("/v1/calls/" + call.path("id").asString(""));
      }
      assertThat(guarded.awaitWorkersClosed(Duration.ofSeconds(10))).isTrue();
    }
    assertThat(outcomes).isNotEmpty();
    outcomes.forEach(one -> System.out.printf("%5.1f s  %s%n", one.millis / 1e3, one.title));
    return outcomes.stream()
        .map(outcome ->
            DynamicTest.dynamicTest(
                outcome.title, () -> assertThat(outcome.passed).as(outcome.errors).isTrue()));
  }

  /** A destination that is there. */
  private static Destinations studio(NginxRtmp nginx) {
    return new Destinations(
        List.of(new Destination("studio", null, nginx.url("a-k3y"), null, null, null, true)));
  }

  /** A node that asks for keys, and takes so few requests that a page can come to feel it. */
  private NodeProcess guarded() throws IOException {
    NodeConfig config =
        new NodeConfig(
            "guarded",
            "127.0.0.1",
            0,
            directory.resolve("guarded"),
            19_900,
            19_999,
            "127.0.0.1",
            "127.0.0.1",
            true,
            null);
    config = config.withHttp(new HttpConfig(List.of(), 10, 40, Duration.ofSeconds(20)));
    return NodeProcess.start(config, WorkerSettings.DEFAULT);
  }

  private JsonNode run(LiveNode node, NodeProcess guarded, String choice)
      throws IOException, InterruptedException {
    modules();
    Path report = directory.resolve("report.json");
    Path output = Path.of("target", "dashboard").toAbsolutePath();
    Files.createDirectories(output);
    ProcessBuilder builder =
        new ProcessBuilder("node", "node_modules/@playwright/test/cli.js", "test", choice, "@long")
            .directory(WEB.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.resolve("playwright.log").toFile());
    builder.environment().put("CALLCAST_URL", node.url());
    builder.environment().put("CALLCAST_GUARDED_URL", guarded.url());
    builder.environment().put("CALLCAST_GUARDED_KEY", guarded.firstKey().orElseThrow());
    if (IMAGES != null) {
      builder.environment().put("CALLCAST_IMAGES", Path.of(IMAGES).toAbsolutePath().toString());
    }
    builder.environment().put("CALLCAST_OUTPUT", output.resolve("results").toString());
    builder.environment().put("PLAYWRIGHT_JSON_OUTPUT_NAME", report.toString());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(RUN_SECONDS, TimeUnit.SECONDS)).as("Playwright ends").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertThat(report).as(Files.readString(output.resolve("playwright.log"))).exists();
    return ProtocolJson.MAPPER.readTree(Files.readString(report));
  }

  /** What the tests are made of, where the dashboard itself came from the cache. */
  private void modules() throws IOException, InterruptedException {
    Path log = directory.resolve("modules.log");
    Process process =
        new ProcessBuilder(WEB.resolve("build").toString(), "--modules")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("npm ends").isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
  }

  private static void collect(JsonNode suites, List<Outcome> outcomes) {
    for (JsonNode suite : suites.values()) {
      collect(suite.path("suites"), outcomes);
      for (JsonNode spec : suite.path("specs").values()) {
        StringBuilder errors = new StringBuilder();
        long millis = 0;
        for (JsonNode test : spec.path("tests").values()) {
          for (JsonNode result : test.path("results").values()) {
            millis += result.path("duration").asLong(0);
            for (JsonNode error : result.path("errors").values()) {
              errors.append(plain(error.path("message").asString(""))).append('\n');
              errors.append(plain(error.path("snippet").asString(""))).append('\n');
            }
          }
        }
        outcomes.add(
            new Outcome(
                spec.path("title").asString(""),
                spec.path("ok").asBoolean(false),
                errors.toString(),
                millis));
      }
    }
  }

  /** Without colours. */
  private static String plain(String text) {
    return text.replaceAll("\u001b\\[[0-9;]*m", "");
  }
}
