package dev.callcast.app;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The words that start this very program again as a worker, for {@code WorkerLauncher}. */
final class WorkerProgram {
  /** Where the program is installed; the launcher says so. */
  private static final String HOME_PROPERTY = "callcast.home";

  /** The AOT cache (JEP 483) below it, made when the program was packaged. */
  private static final Path AOT_CACHE = Path.of("app", "target", "callcast.aot");

  private WorkerProgram() {}

  /**
   * The same Java and class path, absolute, and flags for a small process that starts fast. Without
   * {@code -XX:TieredStopAtLevel=1}: only C2 uses the processor's AES and SHA instructions, which
   * SRTP lives on.
   */
  static List<String> command() {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-XX:+UseSerialGC");
    words.add("-Xmx192m");
    words.add("-XX:-UsePerfData");
    words.add("-XX:+ExitOnOutOfMemoryError");
    words.add("--enable-native-access=ALL-UNNAMED");
    words.add("--sun-misc-unsafe-memory-access=allow");
    words.addAll(aotCache(System.getProperty(HOME_PROPERTY)));
    words.add("-cp");
    words.add(absolute(System.getProperty("java.class.path")));
    words.add(Main.class.getName());
    words.add(Main.PROGRAM);
    return words;
  }

  /** The same for another command of the program. */
  static List<String> command(String subcommand) {
    List<String> words = new ArrayList<>(command());
    words.add(subcommand);
    return words;
  }

  /** A cache that does not fit (another JDK, other jars) is left aside by the JVM, in silence. */
  static List<String> aotCache(@Nullable String home) {
    if (home == null) {
      return List.of();
    }
    Path cache = Path.of(home).resolve(AOT_CACHE).toAbsolutePath();
    return Files.exists(cache)
        ? List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off")
        : List.of();
  }

  private static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
