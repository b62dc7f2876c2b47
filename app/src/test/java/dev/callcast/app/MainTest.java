package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.callcast.media.worker.control.ControlServer;
import dev.callcast.media.worker.control.WorkerMain;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {
  @Test
  void aWorkersWordsAreRead() {
    WorkerMain.Arguments arguments =
        WorkerCommand.parse(List.of("standup", "--epoch=7", "--run-dir=/run/x=y"));
    assertThat(arguments.call()).isEqualTo("standup");
    assertThat(arguments.epoch()).isEqualTo(7);
    assertThat(arguments.runDirectory()).isEqualTo(Path.of("/run/x=y"));
    assertThat(arguments.limits()).isEqualTo(ControlServer.Limits.DEFAULT);
    assertThat(
            WorkerCommand.parse(List.of("a", "--abandoned-after=90", "--run-dir=x", "--epoch=1"))
                .limits()
                .abandoned())
        .isEqualTo(Duration.ofSeconds(90));
    assertThat(arguments.degrades()).isTrue();
    assertThat(
            WorkerCommand.parse(List.of("a", "--degrade=false", "--run-dir=x", "--epoch=1"))
                .degrades())
        .isFalse();
  }

  /** Its words are read twice over: by picocli, which says what is wrong, and fast. */
  @Test
  void theNodesWordsAreReadWithoutPicocliAsWell() throws Exception {
    CommandLine picocli = new CommandLine(new ServeSubcommand());
    for (CommandLine.Model.OptionSpec option : picocli.getCommandSpec().options()) {
      boolean flag = option.arity().max() == 0;
      String name = option.longestName();
      assertThat(ServeSubcommand.plain(flag ? List.of(name) : List.of(name, "x")))
          .as(name)
          .isNotNull();
      assertThat(ServeSubcommand.plain(List.of(name + "=x")) != null).as(name).isEqualTo(!flag);
    }
    List<String> words =
        List.of("--listen=127.0.0.1:7", "--name", "n7", "--no-auth", "--rtp-ports", "5000-5003");
    ServeSubcommand slow = new ServeSubcommand();
    new CommandLine(slow).parseArgs(words.toArray(String[]::new));
    assertThat(ServeSubcommand.plain(words).config())
        .usingRecursiveComparison()
        .isEqualTo(slow.config());
    for (List<String> other :
        List.of(
            List.of("--help"),
            List.of("--listen"),
            List.of("--listen="),
            List.of("--name", "--no-auth"),
            List.of("--nam", "x"),
            List.of("x"))) {
      assertThat(ServeSubcommand.plain(other)).as("%s", other).isNull();
    }
  }

  @Test
  void whatIsWrongWithAWorkersWordsIsNamed() {
    assertThatThrownBy(() -> WorkerCommand.parse(List.of("--epoch=1", "--run-dir=x")))
        .hasMessageContaining("the call's id");
    assertThatThrownBy(() -> WorkerCommand.parse(List.of("a", "--run-dir=x")))
        .hasMessageContaining("--epoch is missing");
    assertThatThrownBy(() -> WorkerCommand.parse(List.of("a", "--epoch=one", "--run-dir=x")))
        .hasMessageContaining("--epoch has to be a number, not one");
    assertThatThrownBy(() -> WorkerCommand.parse(List.of("a", "--epoch", "1")))
        .hasMessageContaining("not --epoch");
    assertThatThrownBy(
            () -> WorkerCommand.parse(List.of("a", "--epoch=1", "--run-dir=x", "--fast=1")))
        .hasMessageContaining("there is no option --fast");
  }

  private static String errorsOf(int status, String... words) {
    CommandLine commandLine =
        Main.commandLine(new DemoSubcommand(), new RecordSubcommand(), new ServeSubcommand());
    StringWriter errors = new StringWriter();
    commandLine.setErr(new PrintWriter(errors, true));
    assertThat(commandLine.execute(words)).isEqualTo(status);
    return errors.toString();
  }

  @Test
  void everyCommandExplainsItself() {
    CommandLine commandLine =
        Main.commandLine(
            new ServeSubcommand(),
            new DemoSubcommand(),
            new RecordSubcommand(),
            new LayoutSubcommand(),
            new DebugSubcommand(),
            new DoctorSubcommand());
    StringWriter out = new StringWriter();
    commandLine.setOut(new PrintWriter(out, true));
    for (String command : List.of("serve", "demo", "record", "layout", "debug", "doctor")) {
      assertThat(commandLine.execute(command, "--help")).isZero();
      assertThat(out.toString()).contains("Usage: callcast " + command);
    }
  }

  @Test
  void aWrongWordIsNamedInOneLineWithoutTheManual() {
    assertThat(errorsOf(2, "demo", "--participant=4").split("\n"))
        .hasSize(3)
        .contains("callcast demo: Unknown option: '--participant=4'")
        .contains("See callcast demo --help.");
    assertThat(errorsOf(2, "demo", "--participants", "0")).contains("from 1 to 50, not 0");
    assertThat(errorsOf(2, "demo", "--seconds", "0")).contains("at least 1");
    assertThat(errorsOf(2, "demo", "--layout", "cube")).contains("'cube'", "grid", "portrait");
    for (String canvas : List.of("1280", "1280x", "0x0", "1281x720", "1280x9999", "ax720")) {
      assertThat(errorsOf(2, "demo", "--canvas", canvas)).contains("WIDTHxHEIGHT", canvas);
    }
    assertThat(errorsOf(2, "demo", "--output", "/")).contains("is a directory");
    assertThat(errorsOf(2, "demo", "--output", "/dev/null/x.mp4")).contains("/dev/null");
    assertThat(errorsOf(2, "record")).contains("a file or --track options");
    String[] track = {"record", "--track", "ada:VP8:ssrc=1:pt=96"};
    assertThat(errorsOf(2, "record", "--track", "ada")).contains("--track ada", "ssrc=N");
    assertThat(errorsOf(2, track[0], track[1], track[2], "--rtp-ports", "9-1"))
        .contains("40000-40999");
    assertThat(errorsOf(2, "serve", "--listen", "0.0.0.0:1", "--no-auth")).contains("loopback");
  }

  @Test
  void aFailureIsItsReasonAndNoStackTrace() {
    CommandLine commandLine = Main.commandLine(new Failing());
    StringWriter errors = new StringWriter();
    commandLine.setErr(new PrintWriter(errors, true));
    assertThat(commandLine.execute("failing")).isEqualTo(1);
    assertThat(errors.toString()).isEqualTo("callcast failing: the disk is full\n");
  }

  @CommandLine.Command(name = "failing")
  private static final class Failing implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
      throw new IOException("the disk is full");
    }
  }

  @Test
  void theProgramsNameMayStandBeforeTheCommand() {
    assertThat(Main.withoutProgram(new String[] {"callcast", "worker", "callcast"}))
        .containsExactly("worker", "callcast");
    assertThat(Main.withoutProgram(new String[] {"serve"})).containsExactly("serve");
    assertThat(Main.withoutProgram(new String[0])).isEmpty();
  }

  @Test
  void aWorkersCommandHasAbsolutePathsAndEndsWithTheProgramsName() {
    assertThat(WorkerProgram.command()).endsWith(Main.class.getName(), "callcast");
    assertThat(Path.of(WorkerProgram.command().getFirst())).isAbsolute().exists();
    int classPath = WorkerProgram.command().indexOf("-cp") + 1;
    assertThat(WorkerProgram.command().get(classPath).split(":"))
        .allMatch(entry -> entry.startsWith("/"));
  }

  @Test
  void theAotCacheIsUsedWhereThereIsOneOfTheseJars(@TempDir Path home) throws Exception {
    assertThat(WorkerProgram.aotCache(null)).isEmpty();
    Path jar = Files.createDirectories(home.resolve("app/target/lib")).resolve("some.jar");
    Files.createFile(jar);
    assertThat(WorkerProgram.aotCache(home.toString())).isEmpty();
    Path cache = Files.createFile(home.resolve("app/target/worker.aot"));
    assertThat(WorkerProgram.aotCache(home.toString())).contains("-XX:AOTCache=" + cache);
    FileTime made = Files.getLastModifiedTime(cache);
    Files.setLastModifiedTime(jar, FileTime.from(made.toInstant().plusSeconds(1)));
    assertThat(WorkerProgram.aotCache(home.toString())).as("made of an older jar").isEmpty();
  }

  @Test
  void aPackageHasItsPartsSideBySide(@TempDir Path home) throws Exception {
    Files.createFile(Files.createDirectories(home.resolve("lib")).resolve("some.jar"));
    Path launchJar = Files.createFile(home.resolve("callcast.jar"));
    Path cache = Files.createFile(home.resolve("worker.aot"));
    assertThat(WorkerProgram.aotCache(home.toString())).contains("-XX:AOTCache=" + cache);
    assertThat(WorkerProgram.classPath(home.toString())).isEqualTo(launchJar.toString());
  }

  @Test
  void logsAreJsonOrPlain() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    assertThat(context.getLogger("ROOT").getAppender("stderr")).isNotNull();
    LoggingEvent event =
        new LoggingEvent(
            "",
            context.getLogger("dev.callcast.Some"),
            Level.WARN,
            "call {}: \"died\"",
            null,
            new Object[] {"standup"});
    String json = encode(context, "json", event);
    JsonNode parsed = JsonMapper.shared().readTree(json);
    assertThat(parsed.get("level").asString()).isEqualTo("WARN");
    assertThat(parsed.get("formattedMessage").asString()).isEqualTo("call standup: \"died\"");
    assertThat(encode(context, "plain", event)).endsWith("WARN  Some call standup: \"died\"\n");
  }

  private static String encode(LoggerContext context, String format, ILoggingEvent event) {
    return new String(
        LogConfigurator.encoder(context, format).encode(event), StandardCharsets.UTF_8);
  }
}
