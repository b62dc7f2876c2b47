package dev.callcast.server.workers;

import dev.callcast.media.worker.control.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the run directories of workers that are gone and keeps the logs of those that crashed, in
 * {@code ROOT/crashed/CALL-EPOCH}, the newest twenty. Safe for any thread.
 */
final class WorkerGraveyard {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerGraveyard.class);
  private static final int KEPT = 20;

  private final Path crashed;

  WorkerGraveyard(Path root) {
    crashed = root.resolve("crashed");
  }

  /** Removes a run directory; {@code crash} keeps its logs. */
  synchronized void remove(RunDirectory directory, boolean crash) {
    try {
      if (crash) {
        keepLogs(directory);
      }
      delete(directory.path());
      Path call = directory.path().getParent();
      if (call != null && list(call).isEmpty()) {
        Files.deleteIfExists(call);
      }
    } catch (IOException failed) {
      LOG.warn("clearing {}", directory.path(), failed);
    }
  }

  /** {@code worker.log} and the virtual machine's {@code hs_err_pid*.log}. */
  private void keepLogs(RunDirectory directory) throws IOException {
    Path grave = crashed.resolve("call-" + directory.call() + "-" + directory.epoch());
    Files.createDirectories(grave);
    for (Path file : list(directory.path())) {
      if (file.getFileName().toString().endsWith(".log")) {
        Files.move(file, grave.resolve(file.getFileName()));
      }
    }
    List<Path> graves = new ArrayList<>(list(crashed));
    graves.sort(Comparator.comparing(WorkerGraveyard::modified));
    for (Path old : graves.subList(0, Math.max(0, graves.size() - KEPT))) {
      delete(old);
    }
  }

  private static FileTime modified(Path path) {
    try {
      return Files.getLastModifiedTime(path);
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** Browsers have directories of their own there, and may have died a moment ago. */
  private static void delete(Path directory) throws IOException {
    for (Path file : list(directory)) {
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        delete(file);
      } else {
        Files.deleteIfExists(file);
      }
    }
    Files.delete(directory);
  }
}
