package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The codecs that Callcast receives, by their RTP encoding names (RFC 7741, 9628, 6184, 7587,
 * 3551).
 */
public enum Codec {
  VP8("VP8", TrackKind.VIDEO, 90_000),
  VP9("VP9", TrackKind.VIDEO, 90_000),
  H264("H264", TrackKind.VIDEO, 90_000),
  OPUS("opus", TrackKind.AUDIO, 48_000),
  PCMU("PCMU", TrackKind.AUDIO, 8_000),
  PCMA("PCMA", TrackKind.AUDIO, 8_000);

  private final String encodingName;
  private final TrackKind kind;
  private final int clockRate;

  Codec(String encodingName, TrackKind kind, int clockRate) {
    this.encodingName = encodingName;
    this.kind = kind;
    this.clockRate = clockRate;
  }

  /** The name in JSON and in SDP's {@code rtpmap}. */
  @JsonValue
  public String encodingName() {
    return encodingName;
  }

  public TrackKind kind() {
    return kind;
  }

  /** The RTP clock rate in Hz that the codec's payload format prescribes. */
  public int clockRate() {
    return clockRate;
  }

  /**
   * Finds a codec by its encoding name, whatever its case.
   *
   * @throws IllegalArgumentException when there is none
   */
  @JsonCreator
  public static Codec of(String name) {
    for (Codec codec : values()) {
      if (codec.encodingName.equalsIgnoreCase(name)) {
        return codec;
      }
    }
    throw new IllegalArgumentException("unknown codec " + name);
  }
}
