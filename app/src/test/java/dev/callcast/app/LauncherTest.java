package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shell scripts that come before Java, with commands in the path that say what they were called
 * with in place of those that would change the machine.
 */
class LauncherTest {
  @TempDir Path directory;

  private Path home;
  private Path jvms;
  private Path commands;

  /** How a script ended, and what it said. */
  private record Ended(int status, String said) {}

  @BeforeEach
  void install() throws IOException {
    home = Files.createDirectories(directory.resolve("a clone"));
    jvms = Files.createDirectories(directory.resolve("jvm"));
    commands = Files.createDirectories(directory.resolve("commands"));
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("app/target/lib"));
    Files.createDirectories(home.resolve("docs"));
    for (String file : List.of("bin/setup.sh", "bin/java.options", "docs/callcast.yaml")) {
      Files.copy(Path.of("..").resolve(file), home.resolve(file));
    }
    script(home.resolve("callcast"), Files.readString(Path.of("..", "callcast")));
    Files.createFile(home.resolve("app/target/callcast-built"));
    jdk("jdk-17", "17.0.15");
    jdk("jdk-25", "25.0.1");
    Files.createDirectories(jvms.resolve("of-another-kind"));
    command("dpkg-query", "shift 2; for p; do echo \"$p:install ok installed\"; done");
    command("mvn", "echo \"[ERROR] no such symbol\"; exit 1");
  }

  private void jdk(String name, String version) throws IOException {
    Path jdk = Files.createDirectories(jvms.resolve(name).resolve("bin")).getParent();
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    script(
        jdk.resolve("bin/java"),
        "#!/bin/sh\necho \"java " + version + " in $PWD\"\nfor a; do echo \"<$a>\"; done\n");
  }

  private void command(String name, String body) throws IOException {
    script(commands.resolve(name), "#!/bin/bash\n" + body + "\n");
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ended run(Path from, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words).directory(from.toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("BASH_ENV");
    builder.environment().put("CALLCAST_JVMS", jvms.toString());
    builder.environment().put("PATH", commands + ":" + System.getenv("PATH"));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), said);
  }

  @Test
  void runsThroughALinkFromAnotherDirectoryWithTheNewestOfTheJdks() throws Exception {
    Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(elsewhere.resolve("cc"), home.resolve("callcast"));
    Ended ended = run(elsewhere, Map.of(), link.toString(), "demo", "two words", "");
    assertThat(ended.status()).as(ended.said()).isZero();
    List<String> lines = new ArrayList<>(ended.said().lines().toList());
    assertThat(lines.getFirst()).isEqualTo("java 25.0.1 in " + elsewhere);
    assertThat(lines)
        .contains("<-Dcallcast.home=" + home + ">", "<" + home + "/app/target/lib/*>")
        .endsWith("<dev.callcast.app.Main>", "<demo>", "<two words>", "<>");
  }

  @Test
  void anOlderJdkInJavaHomeIsPassedOver() throws Exception {
    Map<String, String> older = Map.of("JAVA_HOME", jvms.resolve("jdk-17").toString());
    assertThat(run(home, older, "./callcast", "doctor").said()).startsWith("java 25.0.1");
  }

  @Test
  void withoutAJdkItSaysWhichOne() throws Exception {
    Files.delete(jvms.resolve("jdk-25/bin/javac"));
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.said()).startsWith("callcast: no JDK 25 found").contains("temurin-25-jdk");
  }

  @Test
  void whoMayNotInstallPackagesIsToldTheLine() throws Exception {
    command(
        "dpkg-query",
        "shift 2; for p; do [ $p = maven ] || echo \"$p:install ok installed\"; done");
    command("id", "echo 1000");
    command("sudo", "exit 1");
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.said())
        .contains("sudo apt-get update && sudo apt-get install -y --no-install-recommends maven\n");
  }

  @Test
  void debiansNodeIsWantedWhereThereIsNoneThatIsNewEnough() throws Exception {
    command(
        "dpkg-query",
        "shift 2; for p; do case $p in nodejs|npm) ;; *) echo \"$p:install ok installed\"; esac; done");
    command("id", "echo 1000");
    command("sudo", "exit 1");
    command("npm", "exit 0");
    command("node", "echo v20.1.0");
    assertThat(run(home, Map.of(), "./callcast", "doctor").status()).isZero();
    command("node", "echo v16.20.2");
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.said()).contains("apt-get install -y --no-install-recommends nodejs npm\n");
  }

  @Test
  void rootInstallsWhatIsMissingAndGoesOn() throws Exception {
    command("dpkg-query", "exit 1");
    command("id", "echo 0");
    command("apt-get", "echo \"apt-get $*\"");
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).as(ended.said()).isZero();
    assertThat(ended.said())
        .containsSubsequence(
            "apt-get update", "apt-get install", "gstreamer1.0-libav", "java 25.0.1");
  }

  private void changeASource() throws IOException {
    Path source = home.resolve("app/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.createFile(source);
    Files.setLastModifiedTime(
        source, java.nio.file.attribute.FileTime.from(java.time.Instant.now().plusSeconds(5)));
  }

  @Test
  void aBuildIsFollowedByWhatMakesStartsFast() throws Exception {
    changeASource();
    command("mvn", "exit 0");
    script(
        jvms.resolve("jdk-25/bin/java"),
        """
        #!/bin/sh
        for a; do
          case $a in
            -XX:AOTCacheOutput=*) echo node > "${a#*=}" ;;
            -Dcallcast.aot.output=*) echo worker > "${a#*=}"; exit ;;
          esac
          echo "<$a>"
        done
        """);
    Path cache = home.resolve("app/target/node.aot");
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).as(ended.said()).isZero();
    assertThat(cache).hasContent("node\n");
    assertThat(home.resolve("app/target/worker.aot")).hasContent("worker\n");
    assertThat(ended.said()).contains("<-XX:AOTCache=" + cache + ">");
  }

  @Test
  void whereThatIsNotPossibleTheCommandRunsAllTheSame() throws Exception {
    changeASource();
    command("mvn", "exit 0");
    script(
        jvms.resolve("jdk-25/bin/java"),
        "#!/bin/sh\nfor a; do case $a in -Dcallcast.aot.output=*) exit 3;; esac; echo \"<$a>\"; done\n");
    Files.writeString(home.resolve("app/target/node.aot"), "of an older build");
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).as(ended.said()).isZero();
    assertThat(ended.said())
        .contains("see app/target/aot.log", "<doctor>")
        .doesNotContain("-XX:AOTCache");
  }

  @Test
  void aChangedSourceIsBuiltAndWhyItFailsIsSaid() throws Exception {
    changeASource();
    Ended ended = run(home, Map.of(), "./callcast", "doctor");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.said())
        .containsSubsequence("building", "[ERROR] no such symbol", "see app/target/build.log");
  }
}
