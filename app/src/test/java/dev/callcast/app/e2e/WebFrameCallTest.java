package dev.callcast.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.callcast.testkit.fault.OnePage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A page of a web server in a call's picture: refused where the node does not allow its host, told
 * of keys, there again with the next worker after one was killed, and gone with its browser when
 * nobody wants it.
 */
@Tag("peer")
class WebFrameCallTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Blue; green after a key. */
  private static final String PAGE =
      """
      <!doctype html><body style="margin:0;background:#00f"><script>
        onkeydown = event => { document.body.style.background = "#0f0"; };
      </script>
      """;

  @TempDir Path directory;

  @Test
  void aWebPageInACall() throws Exception {
    Path config = directory.resolve("callcast.yaml");
    Files.writeString(config, "webFrame: {hosts: [127.0.0.1]}\n");
    try (OnePage page = OnePage.serve(PAGE);
        LiveNode node = LiveNode.serve("--config", config.toString())) {
      LiveCall call = node.call("page");
      Map<String, Object> params =
          Map.of(
              "webFrame.url", page.url() + "?key=secret",
              "webFrame.viewportWidth_px", 640,
              "webFrame.viewportHeight_px", 360,
              "webFrame.height_gu", 18,
              "showWebFrameOverlay", true);
      call.compose(
          Map.of(
              "id",
              "main",
              "canvas",
              Map.of("width", 640, "height", 360, "fps", 30),
              "layout",
              Map.of("preset", "grid", "params", params)));
      call.awaitEvent("webFrame.live", _ -> true);
      awaitColour(node, 0x0000ff);

      var refused =
          node.send(
              "PATCH",
              call.path() + "/compositions/main",
              "{\"layout\":{\"params\":{\"webFrame.url\":\"http://localhost:1/\"}}}");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(new String(refused.body(), StandardCharsets.UTF_8))
          .contains("/layout/params/webFrame.url")
          .contains("webFrame.hosts");

      call.layout("main", Map.of("params", Map.of("webFrame.keyPress.key", 1)));
      awaitColour(node, 0x00ff00);

      // The browser dies with its worker, and the next one has its own.
      long worker = call.workerPid();
      List<ProcessHandle> browsers = browsers(worker);
      assertThat(browsers).isNotEmpty();
      ProcessHandle.of(worker).orElseThrow().destroyForcibly();
      awaitGone(browsers);
      await().atMost(LONG).until(() -> call.events("webFrame.live").size() == 2);
      awaitColour(node, 0x0000ff);
      assertThat(node.data().resolve("run/call-page/1")).doesNotExist();

      // Nobody wants it any more.
      List<ProcessHandle> next = browsers(call.workerPid());
      assertThat(next).isNotEmpty();
      call.layout("main", Map.of("params", Map.of("showWebFrameOverlay", false)));
      awaitGone(next);
      awaitColour(node, 0x000000);
      assertThat(call.events("webFrame.live").getFirst().at("/data/url").asString())
          .isEqualTo(page.url());
    }
  }

  private static List<ProcessHandle> browsers(long worker) {
    return ProcessHandle.of(worker).orElseThrow().descendants().toList();
  }

  private static void awaitGone(List<ProcessHandle> processes) {
    await()
        .atMost(LONG)
        .until(() -> processes.stream().noneMatch(one -> one.info().command().isPresent()));
  }

  /** Of the page's middle. */
  private static void awaitColour(LiveNode node, int wanted) {
    await()
        .atMost(LONG)
        .until(() -> {
          var answer = node.raw("/v1/calls/page/compositions/main/snapshot.jpg");
          return answer.statusCode() == 200 && near(colour(answer.body()), wanted);
        });
  }

  private static int colour(byte[] jpeg) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
    return image.getRGB(430, 120) & 0xffffff;
  }

  private static boolean near(int colour, int wanted) {
    for (int shift = 0; shift < 24; shift += 8) {
      if (Math.abs((colour >> shift & 0xff) - (wanted >> shift & 0xff)) > 24) {
        return false;
      }
    }
    return true;
  }
}
