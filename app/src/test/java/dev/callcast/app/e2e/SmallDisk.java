package dev.callcast.app.e2e;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of a few MiB in memory, which a test can fill. Root's alone to make: elsewhere the
 * test is skipped. Closed by who made it, which takes it away with all that is in it.
 */
final class SmallDisk implements AutoCloseable {
  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Mounts it at a directory, which is made if it is not there. */
  static SmallDisk mount(Path directory, int mebibytes) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", directory.toString()),
        "a file system can be mounted here");
    return new SmallDisk(directory);
  }

  Path directory() {
    return directory;
  }

  /** Bytes that are still free. */
  long free() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** Somebody else takes the room, but for so many bytes. */
  void fill(long leave) throws IOException {
    byte[] page = new byte[4096];
    try (OutputStream out = Files.newOutputStream(directory.resolve("ballast"))) {
      while (free() > leave) {
        out.write(page);
      }
    } catch (IOException e) {
      if (free() > 0) {
        throw e;
      }
    }
  }

  /** And gives it back. */
  void drain() throws IOException {
    Files.delete(directory.resolve("ballast"));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!run("umount", "-l", directory.toString())) {
      throw new IOException(directory + " is still mounted");
    }
    Files.delete(directory);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
