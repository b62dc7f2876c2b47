package dev.callcast.media.worker;

import dev.callcast.protocol.ProtocolJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where media time 0 of a composition lies, kept beside its recording: a worker that takes the
 * recording up again goes on where the timeline would be by now, so that the gap in the file is as
 * long as it was.
 *
 * @param origin ns of the monotonic clock at media time 0
 */
record Timeline(long origin) {
  private static final Logger log = LoggerFactory.getLogger(Timeline.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /**
   * As in the file: the monotonic clock means nothing after a reboot, then the wall's has to do.
   */
  private record Stored(String boot, long origin, long wallMillis) {}

  static Path fileFor(Path recording) {
    return recording.resolveSibling(recording.getFileName() + ".timeline");
  }

  /**
   * Reads what an earlier worker left beside its recording; null when there is nothing, or nothing
   * of use.
   */
  static @Nullable Timeline load(Path recording) {
    Path file = fileFor(recording);
    if (!Files.exists(file) || !Files.exists(recording)) {
      return null;
    }
    try {
      Stored stored = ProtocolJson.MAPPER.readValue(Files.readString(file), Stored.class);
      if (stored.boot().equals(boot())) {
        return new Timeline(stored.origin());
      }
      long age = Math.max(0, System.currentTimeMillis() - stored.wallMillis());
      return new Timeline(System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age));
    } catch (IOException | RuntimeException e) {
      log.warn("{} can't be read, the recording's timeline starts anew", file, e);
      return null;
    }
  }

  /** When a moment is, in ms since 1970, by the wall's clock as it is now. */
  long wallMillis(long mediaTime) {
    long ago = System.nanoTime() - origin - mediaTime;
    return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(ago);
  }

  /** Stores it beside a recording, whole or not at all. */
  void store(Path recording) throws IOException {
    long age = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - origin);
    String json =
        ProtocolJson.MAPPER.writeValueAsString(
            new Stored(boot(), origin, System.currentTimeMillis() - age));
    Path file = fileFor(recording);
    Path half = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(half, json, StandardCharsets.UTF_8);
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String boot() throws IOException {
    // By lines: Files.readString gets one byte of this file, for it says that it is empty.
    return Files.readAllLines(BOOT_ID).getFirst().trim();
  }
}
