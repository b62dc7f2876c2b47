package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.scene.Layouts;
import dev.callcast.scene.WebFrame;
import org.jspecify.annotations.Nullable;

/**
 * Refuses layouts with web pages that this node does not show, so that whoever asks learns it at
 * once. What a page loads, and where it leads, is judged where it is shown.
 */
final class WebFrameRules {
  private static final String URL = "/layout/params/webFrame.url";

  private final WebFrameConfig config;
  private final @Nullable WebFramePolicy policy;
  private final OutgoingUrls urls;

  WebFrameRules(NodeConfig config, OutgoingUrls urls) {
    this.config = config.webFrames();
    this.policy = config.webFramePolicy();
    this.urls = urls;
  }

  /** Looks at a layout whose params are right. */
  void check(CompositionSpec.Layout layout) {
    WebFrame page = Layouts.webFrame(layout.preset(), layout.params());
    if (page == null) {
      return;
    }
    if (policy == null) {
      throw Problem.field(
          URL,
          "Web pages are off on this node.",
          "List the hosts that pages may come from in the node's configuration: webFrame: {hosts: ["
              + page.host()
              + "]}.");
    }
    if (!policy.allows(page.host())) {
      throw Problem.field(
          URL,
          "No web page may come from " + page.host() + ".",
          "Add it to the node's configuration, webFrame.hosts, with the hosts of all that it loads;"
              + " or use one of "
              + String.join(", ", config.hosts())
              + ".");
    }
    urls.check(page.url(), URL);
    if (config.program() == null) {
      throw Problem.conflict(
          URL,
          "There is no browser on this node: " + config.browser() + " is not installed.",
          "Install Debian's package chromium, or name the program in the node's configuration:"
              + " webFrame.browser.");
    }
  }
}
