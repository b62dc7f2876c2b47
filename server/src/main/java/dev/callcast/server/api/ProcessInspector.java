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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Looks at images in a process of its own: decoders are native code, and what they are given comes
 * from anywhere. The process ends with its one line of JSON: {@code type, width, height} or {@code
 * error}. One that crashes, or needs more than ten seconds of CPU, says that the image is bad; one
 * that gets no CPU in a minute says nothing about it.
 *
 * @param command words to which the file is added
 */
public record ProcessInspector(List<String> command) implements ImageInspector {
  private static final long WALL_SECONDS = 60;
  private static final Duration MOST_CPU = Duration.ofSeconds(10);

  /** So that many uploads at once do not take the machine from the calls. */
  private static final Semaphore AT_ONCE = new Semaphore(2, true);

  public ProcessInspector {
    command = List.copyOf(command);
  }

  @Override
  public Image inspect(Path file) throws BadImageException, IOException {
    try {
      if (!AT_ONCE.tryAcquire(WALL_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("too many uploads are being looked at");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    try {
      return look(file);
    } finally {
      AT_ONCE.release();
    }
  }

  private Image look(Path file) throws BadImageException, IOException {
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
          throw new BadImageException("it takes too long to draw");
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("the inspector did not come to an end in " + WALL_SECONDS + " s");
        }
      }
      String line =
          new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
      JsonNode json = line.isEmpty() ? null : ProtocolJson.MAPPER.readTree(line);
      if (json == null) {
        throw new BadImageException("its decoder ended with status " + process.exitValue());
      }
      if (json.has("error")) {
        throw new BadImageException(json.get("error").asString());
      }
      return new Image(
          json.get("type").asString(), json.get("width").asInt(), json.get("height").asInt());
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
