package dev.callcast.media.worker.control;

import dev.callcast.media.worker.control.ControlServer.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker process: one call's media, from its start by the node to its exit. The caller's thread
 * becomes the worker's main thread, on which states are applied one after the other.
 *
 * <p>The process belongs to no terminal and to no node: it ends when a node says so, at SIGTERM
 * (both finish the outputs), or by the {@link ControlServer.Limits}.
 */
public final class WorkerMain {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerMain.class);

  /** How long an attached node has to store the last events. */
  private static final Duration FAREWELL = Duration.ofSeconds(3);

  /** After SIGTERM; whoever sends SIGKILL after it waits about as long. */
  private static final Duration TERMINATION = Duration.ofSeconds(15);

  private WorkerMain() {}

  /**
   * What the node says on the command line. No secret is among it.
   *
   * @param runDirectory an existing directory, as in {@link RunDirectory}
   * @param degrades whether compositions give up quality under overload
   */
  public record Arguments(
      String call, long epoch, Path runDirectory, ControlServer.Limits limits, boolean degrades) {}

  /** Makes the session of a call. */
  @FunctionalInterface
  public interface SessionFactory {
    /**
     * A session with nothing in it yet.
     *
     * @param epoch +1 for each worker of the call
     * @param events where it tells what happens
     */
    WorkerCommands open(String call, long epoch, WorkerEvents events);
  }

  /**
   * Runs the worker until it is done.
   *
   * @return the exit status; 0 when every output was finished
   */
  public static int run(Arguments arguments, SessionFactory factory)
      throws IOException, InterruptedException {
    RunDirectory directory =
        new RunDirectory(arguments.runDirectory(), arguments.call(), arguments.epoch());
    ProcessIdentity self =
        ProcessIdentity.of(ProcessHandle.current().pid())
            .orElseThrow(() -> new IOException("/proc is not readable"));
    directory.writeWorker(self);
    LOG.info("worker of call {} epoch {}", arguments.call(), arguments.epoch());
    try (ControlServer control = new ControlServer(directory, arguments.limits())) {
      CountDownLatch finished = new CountDownLatch(1);
      Thread onTermination =
          ControlServer.daemon("on-sigterm", () -> terminated(control, finished));
      Runtime.getRuntime().addShutdownHook(onTermination);
      try {
        return serve(control, factory.open(arguments.call(), arguments.epoch(), control));
      } finally {
        finished.countDown();
      }
    }
  }

  private static int serve(ControlServer control, WorkerCommands session)
      throws InterruptedException {
    control.open(session);
    while (true) {
      switch (control.next()) {
        case Task.Apply(var command) -> {
          try {
            session.apply(command.state(), command.excludedTracks(), command.suspectTracks());
            control.applied(command.state().revision());
          } catch (RuntimeException failed) {
            LOG.error("state {} cannot be applied", command.state().revision(), failed);
            control.happened(
                "worker.error",
                null,
                Map.of("revision", command.state().revision(), "reason", String.valueOf(failed)));
          }
        }
        case Task.Stop(var reason) -> {
          LOG.info("stopping: {}", reason);
          int status = 0;
          try {
            session.shutdown();
          } catch (RuntimeException failed) {
            LOG.error("outputs may be unfinished", failed);
            control.happened("worker.error", null, Map.of("reason", String.valueOf(failed)));
            status = 1;
          }
          control.finish(FAREWELL);
          return status;
        }
      }
    }
  }

  /** The virtual machine is going down: by a signal, or because the work is done anyway. */
  private static void terminated(ControlServer control, CountDownLatch finished) {
    control.stop("SIGTERM");
    try {
      if (!finished.await(TERMINATION.toSeconds(), TimeUnit.SECONDS)) {
        LOG.error("outputs are not finished after {}", TERMINATION);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
