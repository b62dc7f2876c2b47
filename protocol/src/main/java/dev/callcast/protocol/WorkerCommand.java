package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/**
 * Node to worker: one JSON object a line. Every command carries the epoch; a worker of another
 * epoch refuses it.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
  @JsonSubTypes.Type(value = WorkerCommand.Attach.class, name = "attach"),
  @JsonSubTypes.Type(value = WorkerCommand.Apply.class, name = "apply"),
  @JsonSubTypes.Type(value = WorkerCommand.Ack.class, name = "ack"),
  @JsonSubTypes.Type(value = WorkerCommand.Snapshot.class, name = "snapshot"),
  @JsonSubTypes.Type(value = WorkerCommand.Preview.class, name = "preview"),
  @JsonSubTypes.Type(value = WorkerCommand.Show.class, name = "show"),
  @JsonSubTypes.Type(value = WorkerCommand.Stats.class, name = "stats"),
  @JsonSubTypes.Type(value = WorkerCommand.Debug.class, name = "debug"),
  @JsonSubTypes.Type(value = WorkerCommand.Shutdown.class, name = "shutdown")
})
public sealed interface WorkerCommand {
  long epoch();

  /**
   * First on every connection. The worker answers {@link WorkerEvent.Hello}, then everything that
   * was not acknowledged.
   */
  record Attach(long epoch, int protocolVersion) implements WorkerCommand {}

  /**
   * The state to make true.
   *
   * @param excludedTracks tracks ({@code participant/track}) that crashed the worker twice and are
   *     left out
   * @param suspectTracks tracks that were being decoded for the first time when an earlier worker
   *     died, not long ago; one of them may have killed it
   */
  record Apply(long epoch, CallState state, List<String> excludedTracks, List<String> suspectTracks)
      implements WorkerCommand {
    public Apply {
      excludedTracks = List.copyOf(excludedTracks);
      suspectTracks = suspectTracks == null ? List.of() : List.copyOf(suspectTracks);
    }
  }

  /** All events up to and including {@code sequence} are stored; the worker may forget them. */
  record Ack(long epoch, long sequence) implements WorkerCommand {}

  /**
   * Asks for the composition's picture as it is now, as JPEG. {@code width} 0 keeps the canvas'
   * own.
   */
  record Snapshot(long epoch, long request, String composition, int width)
      implements WorkerCommand {}

  /**
   * Asks for the picture that a composition of this spec would have now, as PNG. Nothing changes.
   */
  record Preview(long epoch, long request, CompositionSpec composition) implements WorkerCommand {}

  /**
   * Shows something once, from the next picture on. It is no part of the state: a worker that dies
   * meanwhile has forgotten it.
   */
  record Show(long epoch, long request, String composition, Item item) implements WorkerCommand {
    /** What it is. */
    public enum Kind {
      REACTION,
      TOAST,
      CAPTION
    }

    /**
     * What is shown.
     *
     * @param text the emoji, or the text of a toast or a caption
     * @param seconds for how long, of a caption; 0: as the params say
     */
    public record Item(Kind kind, String text, double seconds) {
      public Item(Kind kind, String text) {
        this(kind, text, 0);
      }
    }
  }

  /** Asks for {@link CallStats}. */
  record Stats(long epoch, long request) implements WorkerCommand {}

  /** Asks for what helps to find a fault: {@link WorkerEvent.DebugTaken}. */
  record Debug(long epoch, long request) implements WorkerCommand {}

  /** Finish every output, then exit with status 0. */
  record Shutdown(long epoch) implements WorkerCommand {}
}
