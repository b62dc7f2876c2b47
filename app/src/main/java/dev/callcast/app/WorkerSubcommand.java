package dev.callcast.app;

import dev.callcast.media.worker.control.ControlServer;
import dev.callcast.media.worker.control.WorkerMain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code callcast worker CALL}: one call's media. Started by a node, not by people. */
@Command(name = "worker", hidden = true, description = "One call's media; started by a node.")
final class WorkerSubcommand implements Callable<Integer> {
  private final WorkerMain.SessionFactory sessions;

  @Parameters(paramLabel = "CALL")
  private String call = "";

  @Option(names = "--epoch", required = true)
  private long epoch;

  @Option(names = "--run-dir", required = true)
  private Path runDirectory = Path.of("");

  @Option(
      names = "--abandoned-after",
      defaultValue = "0",
      description = "Seconds without a node after which it finishes its outputs; 0 for never.")
  private long abandonedAfter;

  WorkerSubcommand(WorkerMain.SessionFactory sessions) {
    this.sessions = sessions;
  }

  @Override
  public Integer call() throws Exception {
    ControlServer.Limits limits =
        new ControlServer.Limits(
            ControlServer.Limits.DEFAULT.noState(),
            ControlServer.Limits.DEFAULT.idle(),
            Duration.ofSeconds(abandonedAfter));
    return WorkerMain.run(new WorkerMain.Arguments(call, epoch, runDirectory, limits), sessions);
  }
}
