package dev.callcast.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Web pages are shown where the node's configuration says so, and refused by name elsewhere. */
class WebFrameTest {
  private static final String COMPOSITION = "/v1/calls/c/compositions/main";
  private static final String FIELD = "/layout/params/webFrame.url";

  @TempDir Path data;

  private TestNode node(List<String> hosts, String browser, NetworkPolicy network) {
    TestNode node =
        new TestNode(
            TestNode.config(data, false)
                .withNetwork(network)
                .withWebFrames(new WebFrameConfig(hosts, browser)));
    node.post("/v1/calls", "{\"id\":\"c\"}").is(201);
    node.post("/v1/calls/c/compositions", "{\"id\":\"main\"}").is(201);
    return node;
  }

  /** What the worker is told. */
  private static @Nullable WebFramePolicy told(TestNode node) {
    return node.store()
        .states()
        .of(node.store().calls().open("c").orElseThrow(), Map.of())
        .webFrames();
  }

  private static String params(String url, boolean shown) {
    return "{\"layout\":{\"params\":{\"webFrame.url\":\"%s\",\"showWebFrameOverlay\":%s}}}"
        .formatted(url, shown);
  }

  @Test
  void withoutConfigurationNoneIsShown() {
    try (TestNode node = node(List.of(), "sh", NetworkPolicy.LOOPBACK)) {
      TestNode.Answered refused =
          node.patch(COMPOSITION, params("http://127.0.0.1/", true)).problem(400, FIELD);
      assertThat(refused.text("/detail")).contains("off");
      assertThat(refused.text("/fix")).contains("webFrame: {hosts: [127.0.0.1]}");
      // What is not shown may be named.
      node.patch(COMPOSITION, params("http://127.0.0.1/", false)).is(200);
      assertThat(told(node)).isNull();
    }
  }

  @Test
  void whatMayBeShownIsJudgedByHostAddressAndBrowser() {
    List<String> hosts = List.of("127.0.0.1", "10.1.2.3", "*.example");
    try (TestNode node = node(hosts, "sh", NetworkPolicy.LOOPBACK)) {
      assertThat(
              node.patch(COMPOSITION, params("http://localhost/", true))
                  .problem(400, FIELD)
                  .text("/detail"))
          .contains("localhost");
      assertThat(
              node.patch(COMPOSITION, params("http://10.1.2.3/", true))
                  .problem(400, FIELD)
                  .text("/fix"))
          .contains("10.1.2.3/32");
      node.patch(COMPOSITION, params("file:///etc/passwd", true)).problem(400, FIELD);
      node.post(COMPOSITION + "/preview", params("http://localhost/", true)).problem(400, FIELD);
      node.patch(COMPOSITION, params("http://127.0.0.1:8080/deck?a=1", true)).is(200);
      assertThat(told(node)).isEqualTo(new WebFramePolicy("sh", hosts, NetworkPolicy.LOOPBACK));
    }
  }

  @Test
  void withoutABrowserNoneIsShown() {
    try (TestNode node = node(List.of("127.0.0.1"), "no-such-browser", NetworkPolicy.LOOPBACK)) {
      assertThat(
              node.patch(COMPOSITION, params("http://127.0.0.1/", true))
                  .problem(409, FIELD)
                  .text("/fix"))
          .contains("chromium");
    }
  }
}
