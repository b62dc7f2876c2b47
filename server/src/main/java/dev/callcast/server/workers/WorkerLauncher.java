package dev.callcast.server.workers;

import dev.callcast.media.worker.control.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Starts worker processes that outlive this one.
 *
 * @param command the words that start Callcast, with absolute paths (a worker has a working
 *     directory of its own); {@code worker CALL ...} is put behind them
 * @param root the directory of all run directories
 * @param degrade whether compositions give up quality under overload
 */
public record WorkerLauncher(List<String> command, Path root, boolean degrade) {
  /**
   * What a worker inherits of the environment. Everything else, say the node's credentials for S3
   * or its database, is none of its business.
   */
  private static final Set<String> INHERITED =
      Set.of(
          "PATH",
          "HOME",
          "USER",
          "LANG",
          "LANGUAGE",
          "TZ",
          "TMPDIR",
          "JAVA_HOME",
          "LD_LIBRARY_PATH",
          "CALLCAST_LOG",
          "CALLCAST_LOG_LEVEL",
          "MALLOC_ARENA_MAX");

  private static final List<String> INHERITED_PREFIXES =
      List.of("LC_", "GST_", "G_", "ORC_", "XDG_", "FONTCONFIG_");

  public WorkerLauncher {
    command = List.copyOf(command);
    root = root.toAbsolutePath().normalize();
  }

  /**
   * Starts the worker of this call and epoch, in a session of its own (no terminal's SIGINT reaches
   * it) and with SIGHUP ignored. The process started is the worker itself: both wrappers exec.
   */
  Process start(RunDirectory directory) throws IOException {
    directory.create();
    List<String> words = new ArrayList<>(List.of("nohup", "setsid"));
    words.addAll(command);
    words.add("worker");
    words.add(directory.call());
    words.add("--epoch=" + directory.epoch());
    words.add("--run-dir=" + directory.path());
    words.add("--degrade=" + degrade);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().keySet().removeIf(name -> !isInherited(name));
    builder.directory(directory.path().toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    // Appending, so that the worker itself can shorten the file.
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.log().toFile()));
    builder.redirectErrorStream(true);
    return builder.start();
  }

  private static boolean isInherited(String name) {
    return INHERITED.contains(name) || INHERITED_PREFIXES.stream().anyMatch(name::startsWith);
  }
}
