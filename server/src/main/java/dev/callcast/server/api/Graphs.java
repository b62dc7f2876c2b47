package dev.callcast.server.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Draws graphs with Graphviz, a package that may be missing. */
final class Graphs {
  private static final Logger LOG = LoggerFactory.getLogger(Graphs.class);
  private static final long LIMIT = 20; // s

  private Graphs() {}

  /** The graph as SVG; empty where there is no Graphviz, or it does not come to an end. */
  static Optional<String> svg(String dot) throws InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder("dot", "-Tsvg").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      LOG.debug("no Graphviz", e);
      return Optional.empty();
    }
    Thread.ofVirtual()
        .start(() -> {
          try (OutputStream in = process.getOutputStream()) {
            in.write(dot.getBytes(StandardCharsets.UTF_8));
          } catch (IOException e) {
            LOG.debug("Graphviz reads no more", e);
          }
        });
    Thread watch =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!process.waitFor(LIMIT, TimeUnit.SECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      String svg = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 && svg.contains("</svg>") ? Optional.of(svg) : Optional.empty();
    } catch (IOException e) {
      LOG.debug("Graphviz failed", e);
      return Optional.empty();
    } finally {
      watch.interrupt();
      process.destroyForcibly();
    }
  }
}
