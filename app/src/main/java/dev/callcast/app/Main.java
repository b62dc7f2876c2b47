package dev.callcast.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.media.compose.AssetCheck;
import dev.callcast.media.script.LayoutCheck;
import dev.callcast.server.api.NodeConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The one program: {@code callcast COMMAND}. What each command does is in its own class; here they
 * are only put together.
 */
@Command(
    name = "callcast",
    mixinStandardHelpOptions = true,
    description = "Turns live calls on an SFU into broadcasts and recordings.",
    subcommands = HelpCommand.class,
    // The launcher's: it has classes of its own.
    footer = "  bench   Measures what calls cost, against other ways to do the same.",
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  /** Put before the command by {@link WorkerProgram}, so that {@code ps} shows what runs. */
  static final String PROGRAM = "callcast";

  /**
   * What a node starts to look at an uploaded image or font; not for people, so no option is read.
   */
  static final String CHECK_ASSET = "check-asset";

  /** What a node starts to try a layout in JavaScript that it was sent. */
  static final String CHECK_LAYOUT = "check-layout";

  private Main() {}

  public static void main(String[] allWords) throws IOException, InterruptedException {
    String[] words = withoutProgram(allWords);
    if (words.length > 0 && words[0].equals(WorkerCommand.NAME)) {
      System.exit(WorkerCommand.run(Arrays.asList(words).subList(1, words.length)));
    }
    if (words.length == 2 && words[0].equals(CHECK_ASSET)) {
      System.out.println(AssetCheck.line(Path.of(words[1])));
      System.exit(0);
    }
    if (words.length == 2 && words[0].equals(CHECK_LAYOUT)) {
      System.out.println(LayoutCheck.line(Path.of(words[1])));
      System.exit(0);
    }
    if (words.length > 0 && words[0].equals("serve")) {
      ServeSubcommand serve = ServeSubcommand.plain(Arrays.asList(words).subList(1, words.length));
      NodeConfig config = serve == null ? null : configured(serve);
      if (serve != null && config != null) {
        System.exit(serve(serve, config));
      }
    }
    int status =
        commandLine(
                new ServeSubcommand(),
                new DemoSubcommand(),
                new RecordSubcommand(),
                new KeysSubcommand(),
                new LayoutSubcommand(),
                new DebugSubcommand(),
                new DoctorSubcommand())
            .execute(words);
    Interrupt.ended(status);
    System.exit(status);
  }

  /** Null where something is wrong with it, which is said with the help of the command line. */
  private static @Nullable NodeConfig configured(ServeSubcommand serve) {
    try {
      return serve.config();
    } catch (IllegalArgumentException | IOException e) {
      return null;
    }
  }

  private static int serve(ServeSubcommand serve, NodeConfig config) {
    try {
      return serve.run(config);
    } catch (Exception e) {
      return failed(e, PROGRAM + " serve", new PrintWriter(System.err, true, UTF_8));
    }
  }

  /** The command line; each subcommand is an object with all that it needs. */
  static CommandLine commandLine(Object... subcommands) {
    CommandLine commandLine = new CommandLine(new Main());
    for (Object subcommand : subcommands) {
      CommandLine added = new CommandLine(subcommand);
      added.getCommandSpec().mixinStandardHelpOptions(true);
      commandLine.addSubcommand(added);
    }
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(Main::refused);
    commandLine.setExecutionExceptionHandler((failure, command, _) -> failed(failure, command));
    return commandLine;
  }

  /** A word on the command line that is wrong: what is, not the whole manual. */
  private static int refused(ParameterException refusal, String[] words) {
    CommandLine command = refusal.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    err.println(name + ": " + refusal.getMessage());
    UnmatchedArgumentException.printSuggestions(refusal, err);
    err.println("See " + name + " --help.");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /**
   * A command that failed, in one line: its reason is for people. Where it came from is in the log,
   * at {@code CALLCAST_LOG_LEVEL=debug}.
   */
  private static int failed(Exception failure, CommandLine command) {
    return failed(failure, command.getCommandSpec().qualifiedName(), command.getErr());
  }

  private static int failed(Exception failure, String name, PrintWriter err) {
    boolean expected = failure instanceof IOException || failure instanceof IllegalStateException;
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    err.println(name + ": " + reason);
    Logger log = LoggerFactory.getLogger(Main.class);
    if (expected) {
      log.debug("failed", failure);
    } else {
      log.error("failed", failure);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  static String[] withoutProgram(String[] words) {
    return words.length > 0 && words[0].equals(PROGRAM)
        ? Arrays.copyOfRange(words, 1, words.length)
        : words;
  }
}
