package dev.callcast.testkit.send;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.testkit.clip.AudioClipSpec;
import dev.callcast.testkit.clip.VideoClipSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A track that a synthetic participant sends.
 *
 * @param endpoint the id of the transport it leaves by, which is the endpoint's id too
 * @param ssrc 32 bits, unsigned
 * @param rtx where NACKs are answered; null: on the track's own SSRC
 * @param layers what can be sent, one at a time, the first one at first: simulcast layers, or other
 *     codecs, or a louder voice
 * @param headerExtensions added to each packet; those of RFC 6464 (audio level), CVO, mid and
 *     abs-send-time are known
 * @param firstSequence the first packet's sequence number, 0 to 65535
 * @param firstTimestamp the first packet's RTP timestamp, 32 bits
 */
public record SyntheticTrack(
    String id,
    TrackSource source,
    String endpoint,
    long ssrc,
    TrackSpec.@Nullable Rtx rtx,
    List<Layer> layers,
    List<TrackSpec.HeaderExtension> headerExtensions,
    int firstSequence,
    long firstTimestamp,
    Faults faults) {
  public static final String MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid";
  public static final String ABS_SEND_TIME_URI =
      "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

  public SyntheticTrack {
    layers = List.copyOf(layers);
    headerExtensions = List.copyOf(headerExtensions);
  }

  /** One clip, with its payload type; exactly one of video and audio is there. */
  public record Layer(
      int payloadType, @Nullable VideoClipSpec video, @Nullable AudioClipSpec audio) {
    @JsonIgnore
    public Codec codec() {
      if (video != null) {
        return video.codec();
      }
      if (audio != null) {
        return audio.codec();
      }
      throw new IllegalStateException("a layer without a clip");
    }
  }

  /** A camera with RTX, whose SSRCs and payload types follow from the participant and the codec. */
  public static SyntheticTrack camera(String endpoint, VideoClipSpec clip) {
    long ssrc = 1_000_000L * (clip.participant() + 1) + 10;
    return new SyntheticTrack(
        "cam",
        TrackSource.CAMERA,
        endpoint,
        ssrc,
        new TrackSpec.Rtx(ssrc + 1, payloadType(clip.codec()) + 1),
        List.of(new Layer(payloadType(clip.codec()), clip, null)),
        List.of(),
        1000 + 17 * clip.participant(),
        90_000L * clip.participant(),
        Faults.NONE);
  }

  /** A microphone that can also speak (layer 1). */
  public static SyntheticTrack mic(String endpoint, AudioClipSpec clip) {
    int payloadType = payloadType(clip.codec());
    return new SyntheticTrack(
        "mic",
        TrackSource.MIC,
        endpoint,
        1_000_000L * (clip.participant() + 1) + 20,
        null,
        List.of(new Layer(payloadType, null, clip), new Layer(payloadType, null, clip.speaking())),
        List.of(),
        2000 + 17 * clip.participant(),
        48_000L * clip.participant() + 7,
        Faults.NONE);
  }

  /** The payload type that these participants use for a codec. */
  public static int payloadType(Codec codec) {
    return switch (codec) {
      case OPUS -> 100;
      case VP8 -> 101;
      case H264 -> 103;
      case VP9 -> 105;
      case PCMU -> 0;
      case PCMA -> 8;
    };
  }

  public SyntheticTrack withId(String newId, TrackSource newSource, long newSsrc) {
    TrackSpec.Rtx newRtx = rtx == null ? null : new TrackSpec.Rtx(newSsrc + 1, rtx.payloadType());
    return new SyntheticTrack(
        newId,
        newSource,
        endpoint,
        newSsrc,
        newRtx,
        layers,
        headerExtensions,
        firstSequence,
        firstTimestamp,
        faults);
  }

  public SyntheticTrack withoutRtx() {
    return new SyntheticTrack(
        id,
        source,
        endpoint,
        ssrc,
        null,
        layers,
        headerExtensions,
        firstSequence,
        firstTimestamp,
        faults);
  }

  public SyntheticTrack withFaults(Faults newFaults) {
    return new SyntheticTrack(
        id,
        source,
        endpoint,
        ssrc,
        rtx,
        layers,
        headerExtensions,
        firstSequence,
        firstTimestamp,
        newFaults);
  }

  public SyntheticTrack withStart(int sequence, long timestamp) {
    return new SyntheticTrack(
        id, source, endpoint, ssrc, rtx, layers, headerExtensions, sequence, timestamp, faults);
  }

  public SyntheticTrack withExtension(String uri, int extensionId) {
    List<TrackSpec.HeaderExtension> all = new ArrayList<>(headerExtensions);
    all.add(new TrackSpec.HeaderExtension(uri, extensionId));
    return new SyntheticTrack(
        id, source, endpoint, ssrc, rtx, layers, all, firstSequence, firstTimestamp, faults);
  }

  /** Adds a layer for {@link Senders#switchLayer}. */
  public SyntheticTrack withLayer(Layer layer) {
    List<Layer> all = new ArrayList<>(layers);
    all.add(layer);
    return new SyntheticTrack(
        id,
        source,
        endpoint,
        ssrc,
        rtx,
        all,
        headerExtensions,
        firstSequence,
        firstTimestamp,
        faults);
  }

  @JsonIgnore
  public Codec codec() {
    return layers.getFirst().codec();
  }

  /** What a worker is told of this track. */
  public TrackSpec toSpec() {
    return new TrackSpec(
        id,
        codec().kind(),
        source,
        endpoint,
        ssrc,
        layers.getFirst().payloadType(),
        codec(),
        codec().clockRate(),
        channels(),
        rtx,
        false,
        headerExtensions);
  }

  /** What the REST API is told of this track, for {@code PUT …/participants/{p}}. */
  public Map<String, Object> toApi() {
    Map<String, Object> track = new LinkedHashMap<>();
    track.put("id", id);
    track.put("kind", codec().kind().json());
    track.put("source", source.json());
    track.put("endpoint", endpoint);
    track.put("ssrc", ssrc);
    track.put("payloadType", layers.getFirst().payloadType());
    track.put("codec", codec().encodingName());
    track.put("clockRate", codec().clockRate());
    if (channels() > 0) {
      track.put("channels", channels());
    }
    if (rtx != null) {
      track.put("rtx", Map.of("ssrc", rtx.ssrc(), "payloadType", rtx.payloadType()));
    }
    if (!headerExtensions.isEmpty()) {
      List<Map<String, Object>> all = new ArrayList<>();
      for (TrackSpec.HeaderExtension extension : headerExtensions) {
        all.add(Map.of("uri", extension.uri(), "id", extension.id()));
      }
      track.put("headerExtensions", all);
    }
    return track;
  }

  /** RTP always says two for Opus (RFC 7587 §7). */
  private int channels() {
    if (codec().kind() == TrackKind.VIDEO) {
      return 0;
    }
    return codec() == Codec.OPUS ? 2 : 1;
  }
}
