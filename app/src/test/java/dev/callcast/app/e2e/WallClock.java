package dev.callcast.app.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;

/**
 * The wall's clock as a node and its workers see it, which the test may set while they run. The
 * monotonic clock goes on as it was, and so does everybody else's time.
 */
final class WallClock {
  private final Path offset;
  private final Path library;
  private final Path tools;

  /** Makes it, in a directory of the test's. */
  WallClock(Path directory) throws IOException, InterruptedException {
    offset = directory.resolve("clock-offset");
    library = directory.resolve("wall-clock.so");
    tools = Files.createDirectory(directory.resolve("tools"));
    jump(Duration.ZERO);
    compile();
    // A worker is given nothing of the node's environment that is not meant for it.
    Files.writeString(
        tools.resolve("nohup"),
        "#!/bin/sh\nLD_PRELOAD=%s exec /usr/bin/nohup \"$@\"\n".formatted(library));
    Files.setPosixFilePermissions(
        tools.resolve("nohup"), PosixFilePermissions.fromString("rwx------"));
  }

  private void compile() throws IOException, InterruptedException {
    Process compiler =
        new ProcessBuilder(
                "cc",
                "-shared",
                "-fPIC",
                "-DOFFSET_FILE=\"" + offset + "\"",
                "-o",
                library.toString(),
                "src/test/c/wall-clock.c",
                "-ldl")
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.waitFor() != 0) {
      throw new IOException("cc: " + said);
    }
  }

  /** What a node has to have in its environment. */
  Map<String, String> environment() {
    return Map.of("LD_PRELOAD", library.toString(), "PATH", tools + ":" + System.getenv("PATH"));
  }

  /** From now on it is so much later than it really is. */
  void jump(Duration later) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(offset.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(later.toSeconds()));
    }
  }
}
