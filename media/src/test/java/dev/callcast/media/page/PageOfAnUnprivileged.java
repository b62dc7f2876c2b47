package dev.callcast.media.page;

import dev.callcast.protocol.NetworkPolicy;
import dev.callcast.protocol.WebFramePolicy;
import dev.callcast.scene.WebFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Shows a page until its input ends, and prints what befalls it: a program, for {@link SandboxTest}
 * to start as another user. Its words are the page's URL and a directory.
 */
final class PageOfAnUnprivileged {
  private PageOfAnUnprivileged() {}

  public static void main(String[] words) throws IOException {
    try (WebPages pages =
        new WebPages(
            Path.of(words[1]), 10, (type, data) -> System.out.println(type + " " + data))) {
      pages.want(
          new WebFramePolicy(WebFramePolicy.BROWSER, List.of("127.0.0.1"), NetworkPolicy.LOOPBACK),
          List.of(new WebFrame(words[0], 320, 200)));
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
