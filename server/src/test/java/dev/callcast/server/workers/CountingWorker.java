package dev.callcast.server.workers;

import dev.callcast.media.worker.control.ControlServer;
import dev.callcast.media.worker.control.WorkerCommands;
import dev.callcast.media.worker.control.WorkerEvents;
import dev.callcast.media.worker.control.WorkerMain;
import dev.callcast.protocol.CallState;
import dev.callcast.protocol.CallStats;
import dev.callcast.protocol.CompositionSpec;
import dev.callcast.protocol.ParticipantSpec;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.WorkerCommand;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * A worker process without media: it counts, tells every state and every 20 ms, and dies of streams
 * called {@code poison}; the first one of a call {@code sick} says that it is not well.
 */
final class CountingWorker implements WorkerCommands {
  private final WorkerEvents events;
  private final boolean healthy;
  private volatile long revision;
  private volatile boolean stopped;

  private CountingWorker(WorkerEvents events, boolean healthy) {
    this.events = events;
    this.healthy = healthy;
    Thread.ofPlatform().daemon().start(this::count);
  }

  /** {@code callcast worker CALL}, then what {@link WorkerLauncher} appends. */
  public static void main(String[] words) throws Exception {
    WorkerMain.Arguments arguments =
        new WorkerMain.Arguments(
            words[2],
            Long.parseLong(words[3].substring("--epoch=".length())),
            Path.of(words[4].substring("--run-dir=".length())),
            new ControlServer.Limits(
                Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60)),
            true);
    System.exit(
        WorkerMain.run(
            arguments,
            (call, epoch, events) ->
                new CountingWorker(events, !call.equals("sick") || epoch > 1)));
  }

  private void count() {
    for (int tick = 0; !stopped; tick++) {
      events.happened("tick", tick / 50.0, Map.of("tick", tick));
      try {
        Thread.sleep(20);
      } catch (InterruptedException interrupted) {
        return;
      }
    }
  }

  @Override
  public void apply(CallState state, List<String> excludedTracks, List<String> suspectTracks) {
    revision = state.revision();
    events.happened("applied", null, Map.of("revision", revision, "suspects", suspectTracks));
    for (ParticipantSpec participant : state.participants()) {
      for (TrackSpec track : participant.tracks()) {
        String name = participant.id() + "/" + track.id();
        if (!excludedTracks.contains(name)) {
          events.suspect(participant.id(), track.id(), true);
          boolean once = track.id().equals("poisonOnce") && !suspectTracks.contains(name);
          if (track.id().equals("poison") || once) {
            Runtime.getRuntime().halt(134);
          }
          events.suspect(participant.id(), track.id(), false);
          events.rolledOver(track.endpoint(), track.ssrc(), revision);
        }
      }
    }
    if (state.call().equals("failing")) {
      throw new IllegalStateException("this call cannot be");
    }
  }

  @Override
  public byte[] snapshot(String composition, int width) {
    if (composition.equals("missing")) {
      throw new NoSuchElementException("no composition missing");
    }
    return (composition + " " + width).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] preview(CompositionSpec composition) {
    return (composition.id() + " " + composition.layout().preset())
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void show(String composition, WorkerCommand.Show.Item item) {
    events.happened("shown", null, Map.of("kind", item.kind().name(), "text", item.text()));
  }

  @Override
  public Map<String, String> debug() {
    return Map.of("threads.txt", "main");
  }

  @Override
  public CallStats stats() {
    return new CallStats(revision, 1, null, List.of(), List.of(), List.of());
  }

  @Override
  public boolean healthy() {
    return healthy;
  }

  @Override
  public void shutdown() {
    stopped = true;
    events.happened("finished", null, Map.of("revision", revision));
  }
}
