package dev.callcast.testkit.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * ffmpeg or ffprobe as a child process: its output as a stream, its messages line by line. Closed
 * by whoever made it, which kills the child if it still runs.
 */
final class Ffmpeg implements AutoCloseable {
  private final Process process;
  private final Thread messages;
  private final Thread watchdog;

  /** Starts it; {@code message} is called on a thread of its own. */
  Ffmpeg(List<String> command, Duration deadline, Consumer<String> message) throws IOException {
    process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    messages = Thread.ofPlatform().daemon().name("ffmpeg-messages").start(() -> read(message));
    watchdog =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void read(Consumer<String> message) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      String line = in.readLine();
      while (line != null) {
        message.accept(line);
        line = in.readLine();
      }
    } catch (IOException e) {
      message.accept("[error] reading messages: " + e.getMessage());
    }
  }

  InputStream output() {
    return process.getInputStream();
  }

  /** Waits for the end, all messages read. */
  int join() throws InterruptedException {
    int status = process.waitFor();
    messages.join();
    return status;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    watchdog.interrupt();
  }
}
