package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Worker to node: one JSON object a line. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = WorkerEvent.Hello.class, name = "hello"),
  @JsonSubTypes.Type(value = WorkerEvent.Happened.class, name = "happened"),
  @JsonSubTypes.Type(value = WorkerEvent.SnapshotTaken.class, name = "snapshotTaken"),
  @JsonSubTypes.Type(value = WorkerEvent.PreviewTaken.class, name = "previewTaken"),
  @JsonSubTypes.Type(value = WorkerEvent.Shown.class, name = "shown"),
  @JsonSubTypes.Type(value = WorkerEvent.StatsTaken.class, name = "statsTaken"),
  @JsonSubTypes.Type(value = WorkerEvent.DebugTaken.class, name = "debugTaken"),
  @JsonSubTypes.Type(value = WorkerEvent.RequestFailed.class, name = "requestFailed"),
  @JsonSubTypes.Type(value = WorkerEvent.RolledOver.class, name = "rolledOver"),
  @JsonSubTypes.Type(value = WorkerEvent.Keyed.class, name = "keyed"),
  @JsonSubTypes.Type(value = WorkerEvent.Heartbeat.class, name = "heartbeat"),
  @JsonSubTypes.Type(value = WorkerEvent.Refused.class, name = "refused")
})
public sealed interface WorkerEvent {
  /**
   * The protocol that this build's workers speak: +1 whenever a state or a command means something
   * else than before. What is only added (fields that may be missing, events, commands) needs none.
   *
   * <p>A few words are for ever the same, so that a node of any version can let a worker of any
   * other finish its work: {@link WorkerCommand.Attach}, {@link WorkerCommand.Ack}, {@link
   * WorkerCommand.Shutdown}; {@link Hello}, {@link Happened}, {@link RolledOver}, {@link Keyed},
   * {@link Heartbeat}, {@link Refused}.
   */
  int PROTOCOL_VERSION = 4;

  /** The oldest version of a worker that this build's nodes send states to. */
  int OLDEST_PROTOCOL_VERSION = 4;

  /**
   * The answer to {@link WorkerCommand.Attach}. {@code appliedRevision} is -1 before the first
   * state.
   */
  record Hello(int protocolVersion, String call, long epoch, long pid, long appliedRevision)
      implements WorkerEvent {}

  /**
   * Something for the call's event log; kept by the worker until acknowledged, so nothing is lost
   * while the node is away.
   *
   * <p>What {@code data} holds, by type; the node tells {@code call.*}, {@code participant.joined},
   * {@code participant.left}, {@code recording.ready} and {@code recording.failed} itself:
   *
   * <ul>
   *   <li>{@code composition.live .updated .paused .resumed .stopped .failed .degraded}: {@code
   *       composition}, {@code revision}, and {@code reason} where there is one. {@code stopped}
   *       comes also when the composition is no longer in the state.
   *   <li>{@code composition.degraded} has also {@code level}, the {@code steps} that are given up
   *       now (of {@code scaling}, {@code graphics}, {@code frameRate}, {@code bitrate}; none when
   *       all is as wanted again), and always {@code reason}.
   *   <li>{@code webFrame.live .failed .refused}: {@code composition}, {@code url} without its
   *       query; of the failed {@code reason}; of the refused {@code host}, from which the page
   *       wanted something, and {@code reason}.
   *   <li>{@code output.state}: {@code composition}, {@code output}, {@code state} ({@link
   *       OutputStatus}), {@code reason}. {@code stopped} comes also when the output is no longer
   *       in the state.
   *   <li>{@code composition.marker}: {@code composition}, {@code marker} and {@code label}; again
   *       with another worker as long as the state has it.
   *   <li>{@code recording.started}: {@code composition}, {@code output}, {@code recording}, once
   *       for each run of the worker on the file, and {@code previous} where it goes on for
   *       another; {@code recording.segment}: the same with {@code start} and {@code end} in s;
   *       {@code recording.ended}: the same with {@code bytes}, {@code duration} in s and {@code
   *       reason}, after the file has been closed, and {@code next} where another goes on for it.
   *       For recordings of tracks: {@code recording} and {@code kind}, which is {@code tracks}, in
   *       place of composition and output.
   *   <li>{@code endpoint.failed .recovered}: {@code endpoint}, {@code reason}. {@code
   *       endpoint.ended}, of a session by WHIP: the same with {@code participant}; it is over, and
   *       nothing comes there any more. Of a session by WHEP: with {@code composition} instead.
   *   <li>{@code participant.speaking}: {@code participant}, or null for nobody.
   *   <li>{@code track.live .stalled .resumed .failed}: {@code participant}, {@code track}.
   *   <li>{@code track.resized}: the same with {@code width} and {@code height} of the pictures
   *       from here on, upright, in px.
   *   <li>{@code layer.hint}, what is wanted of a video track: the same with {@code visible},
   *       whether any composition shows it, then in a place of {@code width} and {@code height} in
   *       px, and {@code recorded}, whether it is recorded as it comes. Of what is neither nothing
   *       needs to be sent. A track that is stalled keeps the hint it had.
   * </ul>
   *
   * @param sequence +1 each, from 1, within the epoch
   * @param type as in API.md: {@code track.live}, {@code output.state}, {@code recording.started}
   *     ...
   * @param at RFC 3339, UTC, milliseconds
   * @param mediaTime s on the composition's timeline, or null
   */
  record Happened(
      long epoch,
      long sequence,
      String type,
      String at,
      @Nullable Double mediaTime,
      Map<String, Object> data)
      implements WorkerEvent {}

  /** The answer to {@link WorkerCommand.Snapshot}: base64 of a JPEG. */
  record SnapshotTaken(long request, String jpeg) implements WorkerEvent {}

  /** The answer to {@link WorkerCommand.Preview}: base64 of a PNG. */
  record PreviewTaken(long request, String png) implements WorkerEvent {}

  /** The answer to {@link WorkerCommand.Show}. */
  record Shown(long request) implements WorkerEvent {}

  /** The answer to {@link WorkerCommand.Stats}. */
  record StatsTaken(long request, CallStats stats) implements WorkerEvent {}

  /** The answer to {@link WorkerCommand.Debug}: texts by the names of files. No secrets. */
  record DebugTaken(long request, Map<String, String> files) implements WorkerEvent {
    public DebugTaken {
      files = Map.copyOf(files);
    }
  }

  /** A request that could not be answered, and why. */
  record RequestFailed(long request, String reason) implements WorkerEvent {}

  /**
   * An SRTP rollover counter, or the count of packets sent by WHEP, changed: the node keeps it for
   * the next worker. The newest of each SSRC is told again on every attach.
   */
  record RolledOver(String endpoint, long ssrc, long counter) implements WorkerEvent {}

  /**
   * The peer of a session by WHIP or WHEP has agreed on keys for SRTP, base64 of 30 bytes each: the
   * node keeps them for the next worker. Told again on every attach, as long as the session lasts.
   *
   * @param remoteKey what the peer encrypts with
   * @param localKey what this end encrypts with
   */
  record Keyed(String endpoint, String remoteKey, String localKey) implements WorkerEvent {
    @Override
    public String toString() {
      return "Keyed[" + endpoint + ", keys hidden]";
    }
  }

  /**
   * Sent twice a second on an attached connection as long as the worker's session says that it is
   * healthy. A worker that falls silent is replaced.
   *
   * @param dropped events that were thrown away because too many were waiting to be acknowledged
   */
  record Heartbeat(long epoch, long dropped) implements WorkerEvent {}

  /**
   * The worker does not take what it was sent (wrong epoch, not a command, too long) and closes the
   * connection after this.
   */
  record Refused(String reason) implements WorkerEvent {}
}
