package dev.callcast.app;

import dev.callcast.media.worker.CallSession;
import dev.callcast.media.worker.control.ControlServer;
import dev.callcast.media.worker.control.WorkerMain;
import dev.callcast.protocol.ProtocolJson;
import dev.callcast.protocol.WorkerEvent;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code callcast worker CALL --epoch=N --run-dir=DIR}: one call's media. Started by a node, not by
 * people, and so read without the library that reads the other commands: that takes half a second
 * of CPU time, a third of a worker's start.
 *
 * <p>{@code --abandoned-after=SECONDS}: without a node for so long it finishes its outputs; 0, the
 * default, for never. {@code --degrade=false}: its compositions give up no quality under overload.
 */
final class WorkerCommand {
  static final String NAME = "worker";

  private static final Logger LOG = LoggerFactory.getLogger(WorkerCommand.class);
  private static final int USAGE_ERROR = 2;

  private WorkerCommand() {}

  /**
   * Runs a worker until it is done.
   *
   * @param words what stands behind {@code worker}
   * @return the exit status; 2 where the words are wrong, which standard error then says
   */
  static int run(List<String> words) throws IOException, InterruptedException {
    WorkerMain.Arguments arguments;
    try {
      arguments = parse(words);
    } catch (IllegalArgumentException e) {
      System.err.println("callcast worker: " + e.getMessage());
      return USAGE_ERROR;
    }
    // What is needed soon is loaded on the other cores meanwhile. Whoever needs it sooner waits.
    inBackground("preload-json", WorkerCommand::preloadJson);
    inBackground("preload-media", CallSession::preload);
    return WorkerMain.run(
        arguments,
        (call, epoch, events) ->
            new CallSession(call, epoch, events, arguments.degrades(), arguments.runDirectory()));
  }

  private static void inBackground(String name, Runnable task) {
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            // Whoever needs it will fail the same way, and say more.
            LOG.warn("{} failed", name, e);
          }
        });
  }

  private static void preloadJson() {
    var _ =
        ProtocolJson.MAPPER.readValue(
            ProtocolJson.MAPPER.writeValueAsBytes(new WorkerEvent.Heartbeat(0, 0)),
            WorkerEvent.class);
  }

  /**
   * Reads the words.
   *
   * @throws IllegalArgumentException naming the one that is wrong or missing
   */
  static WorkerMain.Arguments parse(List<String> words) {
    if (words.isEmpty() || words.getFirst().startsWith("--")) {
      throw new IllegalArgumentException("the call's id has to come first");
    }
    Map<String, String> options = new HashMap<>();
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      if (!word.startsWith("--") || equals < 0) {
        throw new IllegalArgumentException("--OPTION=VALUE was expected, not " + word);
      }
      options.put(word.substring(0, equals), word.substring(equals + 1));
    }
    WorkerMain.Arguments arguments =
        new WorkerMain.Arguments(
            words.getFirst(),
            number("--epoch", required("--epoch", options)),
            path("--run-dir", required("--run-dir", options)),
            new ControlServer.Limits(
                ControlServer.Limits.DEFAULT.noState(),
                ControlServer.Limits.DEFAULT.idle(),
                Duration.ofSeconds(
                    number("--abandoned-after", options.getOrDefault("--abandoned-after", "0")))),
            Boolean.parseBoolean(options.getOrDefault("--degrade", "true")));
    for (String option : options.keySet()) {
      if (!List.of("--epoch", "--run-dir", "--abandoned-after", "--degrade").contains(option)) {
        throw new IllegalArgumentException("there is no option " + option);
      }
    }
    return arguments;
  }

  private static String required(String option, Map<String, String> options) {
    String value = options.get(option);
    if (value == null) {
      throw new IllegalArgumentException(option + " is missing");
    }
    return value;
  }

  private static long number(String option, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + " has to be a number, not " + value, e);
    }
  }

  private static Path path(String option, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(option + " has to be a path, not " + value, e);
    }
  }
}
