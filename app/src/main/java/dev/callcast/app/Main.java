package dev.callcast.app;

import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/**
 * The one program: {@code callcast COMMAND}. What each command does is in its own class; here they
 * are only put together.
 */
@Command(
    name = "callcast",
    mixinStandardHelpOptions = true,
    description = "Turns live calls on an SFU into broadcasts and recordings.",
    subcommands = HelpCommand.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  /** Put before the command by {@link WorkerProgram}, so that {@code ps} shows what runs. */
  static final String PROGRAM = "callcast";

  private Main() {}

  public static void main(String[] allWords) throws IOException, InterruptedException {
    String[] words = withoutProgram(allWords);
    if (words.length > 0 && words[0].equals(WorkerCommand.NAME)) {
      System.exit(WorkerCommand.run(Arrays.asList(words).subList(1, words.length)));
    }
    System.exit(
        commandLine(
                new ServeSubcommand(),
                new DemoSubcommand(),
                new RecordSubcommand(),
                new DoctorSubcommand())
            .execute(words));
  }

  /** The command line; each subcommand is an object with all that it needs. */
  static CommandLine commandLine(Object... subcommands) {
    CommandLine commandLine = new CommandLine(new Main());
    for (Object subcommand : subcommands) {
      commandLine.addSubcommand(subcommand);
    }
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    return commandLine;
  }

  static String[] withoutProgram(String[] words) {
    return words.length > 0 && words[0].equals(PROGRAM)
        ? Arrays.copyOfRange(words, 1, words.length)
        : words;
  }
}
