package dev.callcast.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One RTP stream of a participant.
 *
 * @param id unique within the participant
 * @param endpoint the id of the endpoint on which it arrives
 * @param ssrc 32 bits, unsigned
 * @param clockRate in Hz
 * @param channels of audio; 0 for video
 * @param rtx its retransmission stream (RFC 4588), or null
 * @param paused declared paused by the application: no packets are expected, it does not stall
 * @param headerExtensions the header extensions that the SFU negotiated
 * @param layers of a picture that comes in several sizes at once (simulcast): the SSRC of each, the
 *     smallest first, {@code ssrc} among them; the worker takes the one that fits. Empty else.
 */
public record TrackSpec(
    String id,
    TrackKind kind,
    TrackSource source,
    String endpoint,
    long ssrc,
    int payloadType,
    Codec codec,
    int clockRate,
    int channels,
    @Nullable Rtx rtx,
    boolean paused,
    List<HeaderExtension> headerExtensions,
    List<Long> layers) {
  /** Loudness for speaker detection and for choosing whom to decode (RFC 6464). */
  public static final String AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

  /** Coordination of video orientation (3GPP TS 26.114 §7.4.5). */
  public static final String VIDEO_ORIENTATION_URI = "urn:3gpp:video-orientation";

  public TrackSpec {
    headerExtensions = List.copyOf(headerExtensions);
    // Stored before there were any, it lacks them.
    layers = layers == null ? List.of() : List.copyOf(layers);
  }

  /** One stream, in one size. */
  public TrackSpec(
      String id,
      TrackKind kind,
      TrackSource source,
      String endpoint,
      long ssrc,
      int payloadType,
      Codec codec,
      int clockRate,
      int channels,
      @Nullable Rtx rtx,
      boolean paused,
      List<HeaderExtension> headerExtensions) {
    this(
        id,
        kind,
        source,
        endpoint,
        ssrc,
        payloadType,
        codec,
        clockRate,
        channels,
        rtx,
        paused,
        headerExtensions,
        List.of());
  }

  /** A retransmission stream. */
  public record Rtx(long ssrc, int payloadType) {}

  /**
   * An RTP header extension (RFC 8285): {@code id} is 1 to 14 in one-byte form, to 255 in two-byte
   * form.
   */
  public record HeaderExtension(String uri, int id) {}
}
