package dev.callcast.testkit.send;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/** What the sender process is told, one JSON object a line; each is answered. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SenderCommand.Open.class, name = "open"),
  @JsonSubTypes.Type(value = SenderCommand.Add.class, name = "add"),
  @JsonSubTypes.Type(value = SenderCommand.Remove.class, name = "remove"),
  @JsonSubTypes.Type(value = SenderCommand.SetFaults.class, name = "faults"),
  @JsonSubTypes.Type(value = SenderCommand.Pause.class, name = "pause"),
  @JsonSubTypes.Type(value = SenderCommand.Mute.class, name = "mute"),
  @JsonSubTypes.Type(value = SenderCommand.SwitchLayer.class, name = "layer"),
  @JsonSubTypes.Type(value = SenderCommand.Rotate.class, name = "rotate"),
  @JsonSubTypes.Type(value = SenderCommand.Restart.class, name = "restart"),
  @JsonSubTypes.Type(value = SenderCommand.Garbage.class, name = "garbage"),
  @JsonSubTypes.Type(value = SenderCommand.Stats.class, name = "stats"),
  @JsonSubTypes.Type(value = SenderCommand.Clear.class, name = "clear"),
  @JsonSubTypes.Type(value = SenderCommand.Quit.class, name = "quit")
})
public sealed interface SenderCommand {
  long request();

  /** Opens a transport, or gives an open one another remote, keeping its local ports. */
  record Open(long request, TransportSpec transport) implements SenderCommand {}

  /** The participant's clips are in the cache already. */
  record Add(long request, SyntheticParticipant participant) implements SenderCommand {}

  /** Stops; packets just cease unless {@code bye} asks for an RTCP BYE. */
  record Remove(long request, String participant, boolean bye) implements SenderCommand {}

  /** {@code track} null for all of the participant. */
  record SetFaults(long request, String participant, @Nullable String track, Faults faults)
      implements SenderCommand {}

  /** No packets; afterwards the sequence goes on by one, the timestamp has jumped by the gap. */
  record Pause(long request, String participant, String track, boolean paused)
      implements SenderCommand {}

  /** Digital silence; audio only. */
  record Mute(long request, String participant, String track, boolean muted)
      implements SenderCommand {}

  /**
   * Sends another layer from its next key frame on, with the sequence going on and VP8's picture id
   * jumping; with {@code zeroStep} that key frame has the old layer's last timestamp.
   */
  record SwitchLayer(long request, String participant, String track, int layer, boolean zeroStep)
      implements SenderCommand {}

  /** 0, 90, 180 or 270 degrees in the CVO extension. */
  record Rotate(long request, String participant, String track, int degrees)
      implements SenderCommand {}

  /** Another SSRC with new random sequence and timestamp; the same SSRC is allowed too. */
  record Restart(long request, String participant, String track, long ssrc)
      implements SenderCommand {}

  /** Sends bad packets beside a track's own. */
  record Garbage(long request, String participant, String track, Kind kind, int count)
      implements SenderCommand {
    /** What is wrong with them. */
    public enum Kind {
      /** Random bytes, 1 to 1400 of them. */
      NOISE,
      /** The track's RTP header, cut off, or with an extension or padding that is not there. */
      TRUNCATED,
      /** Fine but for an SSRC that nobody declared. */
      UNKNOWN_SSRC,
      /** The track's SSRC with payload type 119: 64 to 95 would look like RTCP (RFC 5761). */
      WRONG_PAYLOAD_TYPE,
      /** The track's own header and next sequence number with random payload. */
      POISON,
      /** Random bytes that begin like RTCP, to the RTCP port. */
      RTCP_NOISE
    }
  }

  /** Asks for counters. */
  record Stats(long request) implements SenderCommand {}

  /** Removes all participants and closes all transports. */
  record Clear(long request) implements SenderCommand {}

  /** Ends the process. */
  record Quit(long request) implements SenderCommand {}
}
