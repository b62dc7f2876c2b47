package dev.callcast.app;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The words that start this very program again as a worker, for {@code WorkerLauncher}. */
final class WorkerProgram {
  /** Where the program is installed; the launcher says so. */
  private static final String HOME_PROPERTY = "callcast.home";

  /** Where all of it is below that, in a directory that it was built in. */
  private static final Path BUILT = Path.of("app", "target");

  /** What it is made of. */
  private static final String LIBRARIES = "lib";

  /** Names the others, in an order of its own; only where it was installed as a package. */
  private static final String LAUNCH_JAR = "callcast.jar";

  /** Native libraries of jars, there; elsewhere they are unpacked at their first use. */
  private static final String NATIVE = "native";

  /** The AOT cache (JEP 483, 515), made when the program was built. */
  private static final String AOT_CACHE = "worker.aot";

  /** Names the file into which a worker writes, when it ends, a cache of what it used. */
  private static final String AOT_OUTPUT_PROPERTY = "callcast.aot.output";

  /**
   * A call of nine keeps 15 MB alive and makes 4 MB a second of garbage. A young generation of 12
   * MB is collected in 2 ms every 3 s; left to itself it takes 50 MB, all of them resident. The old
   * one starts small and is collected before it grows.
   */
  private static final List<String> HEAP = List.of("-Xms32m", "-Xmx192m", "-Xmn12m");

  /**
   * C2 three times as late as it is by default. In the first 40 s of a call of four its
   * compilations took 5.6 of 36 CPU seconds, most of them for what only starting uses; so they are
   * 2, and what a call does for hours is compiled all the same.
   */
  private static final List<String> COMPILER =
      List.of(
          "-XX:Tier4InvocationThreshold=15000",
          "-XX:Tier4MinInvocationThreshold=2000",
          "-XX:Tier4CompileThreshold=45000",
          "-XX:Tier4BackEdgeThreshold=120000");

  private WorkerProgram() {}

  /**
   * The same Java and program, by absolute paths, and flags for a small process that starts fast.
   * Without {@code -XX:TieredStopAtLevel=1}: only C2 uses the processor's AES and SHA instructions,
   * which SRTP lives on.
   */
  static List<String> command() {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-XX:+UseSerialGC");
    words.addAll(HEAP);
    words.addAll(COMPILER);
    words.add("-XX:-UsePerfData");
    words.add("-XX:+ExitOnOutOfMemoryError");
    words.add("--enable-native-access=ALL-UNNAMED");
    words.add("--sun-misc-unsafe-memory-access=allow");
    String home = System.getProperty(HOME_PROPERTY);
    String output = System.getProperty(AOT_OUTPUT_PROPERTY);
    words.addAll(output == null ? aotCache(home) : List.of("-XX:AOTCacheOutput=" + output));
    if (home != null && Files.isDirectory(parts(home).resolve(NATIVE))) {
      words.add("-Dskija.library.path=" + parts(home).resolve(NATIVE));
    }
    words.add("-cp");
    words.add(classPath(home));
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

  /**
   * A cache of another JDK or class path is left aside by the JVM, in silence. One made before a
   * jar is left aside here: JDK 25 up to 25.0.3 takes classes from a cache without a look at the
   * jars they came from (JDK-8377932).
   */
  static List<String> aotCache(@Nullable String home) {
    if (home == null) {
      return List.of();
    }
    Path cache = parts(home).resolve(AOT_CACHE);
    return isNewest(cache, parts(home).resolve(LIBRARIES))
        ? List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off")
        : List.of();
  }

  private static boolean isNewest(Path cache, Path libraries) {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(libraries)) {
      FileTime made = Files.getLastModifiedTime(cache);
      for (Path jar : jars) {
        if (Files.getLastModifiedTime(jar).compareTo(made) > 0) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false; // none there
    }
  }

  /** Where jars and caches are: in a package's directory, or in that of a build. */
  private static Path parts(String home) {
    Path installed = Path.of(home).toAbsolutePath();
    return Files.exists(installed.resolve(LAUNCH_JAR)) ? installed : installed.resolve(BUILT);
  }

  /** Always the same words for the same program: the cache fits no other class path. */
  static String classPath(@Nullable String home) {
    if (home != null) {
      Path launchJar = parts(home).resolve(LAUNCH_JAR);
      if (Files.exists(launchJar)) {
        return launchJar.toString();
      }
      Path libraries = parts(home).resolve(LIBRARIES);
      if (Files.isDirectory(libraries)) {
        return libraries + "/*";
      }
    }
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
