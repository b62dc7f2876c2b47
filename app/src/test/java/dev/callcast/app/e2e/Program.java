package dev.callcast.app.e2e;

import dev.callcast.app.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How tests start {@code callcast}: as it is installed, or from the classes while there is no jar.
 */
final class Program {
  private Program() {}

  /**
   * The words up to the main class; the command follows. {@code -Dcallcast.home} says where it is
   * installed; these are the launcher's words then.
   */
  static List<String> words(String... options) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String home = System.getProperty("callcast.home");
    words.add("@" + Path.of(home == null ? ".." : home, "bin", "java.options"));
    words.addAll(List.of(options));
    words.add("--sun-misc-unsafe-memory-access=allow");
    if (home == null) {
      words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    } else {
      Path target = Path.of(home, "app", "target");
      Path cache = target.resolve("node.aot");
      if (Files.exists(cache)) {
        words.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
        words.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTReplayTraining"));
      }
      words.addAll(List.of("-Dcallcast.home=" + home, "-cp", target.resolve("lib") + "/*"));
    }
    words.add(Main.class.getName());
    return words;
  }
}
