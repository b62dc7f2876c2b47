package dev.callcast.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {
  @Test
  void workerIsHiddenAndWantsItsOptions() {
    CommandLine commandLine =
        Main.commandLine(
            new WorkerSubcommand((_, _, _) -> {
              throw new AssertionError("nothing is to be opened");
            }));
    StringWriter errors = new StringWriter();
    commandLine.setErr(new PrintWriter(errors, true));
    assertThat(commandLine.getUsageMessage()).contains("callcast").doesNotContain("worker");
    assertThat(commandLine.execute("worker", "standup")).isEqualTo(2);
    assertThat(errors.toString()).contains("--epoch", "--run-dir");
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
  void theAotCacheIsUsedWhereThereIsOne(@TempDir Path home) throws Exception {
    assertThat(WorkerProgram.aotCache(null)).isEmpty();
    assertThat(WorkerProgram.aotCache(home.toString())).isEmpty();
    Path cache = Files.createDirectories(home.resolve("app/target")).resolve("callcast.aot");
    Files.createFile(cache);
    assertThat(WorkerProgram.aotCache(home.toString())).contains("-XX:AOTCache=" + cache);
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
