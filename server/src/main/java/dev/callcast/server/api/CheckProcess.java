package dev.callcast.server.api;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A process of its own that looks at what was uploaded, for that comes from anywhere. It ends with
 * its one line of JSON. One that crashes, or needs more than ten seconds of CPU, says that the
 * upload is bad; one that gets no CPU in a minute says nothing about it.
 *
 * @param command words to which the file is added
 */
record CheckProcess(List<String> command) {
  private static final long WALL_SECONDS = 60;
  private static final Duration MOST_CPU = Duration.ofSeconds(10);

  /** So that many uploads at once do not take the machine from the calls. */
  private static final Semaphore AT_ONCE = new Semaphore(2, true);

  CheckProcess {
    command = List.copyOf(command);
  }

  /**
   * What it said.
   *
   * @param json null where it ended without a word
   * @param overran it took too long, and was ended
   */
  record Said(@Nullable JsonNode json, int status, boolean overran) {}

  Said look(Path file) throws IOException {
    try {
      if (!AT_ONCE.tryAcquire(WALL_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("too many uploads are being looked at");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    try {
      return run(file);
    } finally {
      AT_ONCE.release();
    }
  }

  private Said run(Path file) throws IOException {
    List<String> words = new ArrayList<>(command);
    words.add(file.toString());
    Process process =
        new ProcessBuilder(words)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WALL_SECONDS);
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        Duration used = process.info().totalCpuDuration().orElse(Duration.ZERO);
        if (used.compareTo(MOST_CPU) > 0) {
          return new Said(null, 0, true);
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("the inspector did not come to an end in " + WALL_SECONDS + " s");
        }
      }
      String line =
          new String(process.getInputStream().readNBytes(8192), StandardCharsets.UTF_8).strip();
      return new Said(
          line.isEmpty() ? null : ProtocolJson.MAPPER.readTree(line), process.exitValue(), false);
    } catch (JacksonException garbled) {
      throw new IOException("the inspector did not answer", garbled);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
