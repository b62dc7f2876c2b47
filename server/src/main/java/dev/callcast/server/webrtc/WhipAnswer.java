package dev.callcast.server.webrtc;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import dev.callcast.server.webrtc.SdpOffer.Format;
import dev.callcast.server.webrtc.SdpOffer.Layer;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What is taken of an offer by WHIP (RFC 9725): of sound and picture one section each, in the first
 * codec of the peer's that is understood here, with its retransmissions. Everything is received on
 * one port. Other sections are declined, and so are all layers of a simulcast (RFC 8853) but the
 * best.
 *
 * @param transport the section whose transport all share
 */
public record WhipAnswer(SdpOffer offer, Media transport, List<Taken> taken) {
  private static final Set<Codec> CODECS = Set.of(Codec.OPUS, Codec.VP8, Codec.VP9, Codec.H264);

  /** The sender names the section in each packet (RFC 9143 §15); it has to, when it is bundled. */
  private static final String MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid";

  /** The receiver of one layer of several has to know it by its name (RFC 8852). */
  private static final String RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

  /** How large the layers are that have these names, among each other: full, half, quarter… */
  private static final Map<String, Integer> SIZES =
      Map.ofEntries(
          Map.entry("f", 4),
          Map.entry("full", 4),
          Map.entry("h", 3),
          Map.entry("hi", 3),
          Map.entry("high", 3),
          Map.entry("half", 3),
          Map.entry("m", 2),
          Map.entry("mid", 2),
          Map.entry("medium", 2),
          Map.entry("l", 1),
          Map.entry("lo", 1),
          Map.entry("low", 1),
          Map.entry("q", 1),
          Map.entry("quarter", 1));

  public WhipAnswer {
    taken = List.copyOf(taken);
  }

  /**
   * A section that is received.
   *
   * @param layer the one of several that is wanted, or null where there is but one
   * @param ssrc as offered, else one of ours
   * @param repair the format of its retransmissions, or null for none
   */
  public record Taken(
      Media media,
      Codec codec,
      Format format,
      @Nullable Layer layer,
      long ssrc,
      @Nullable Format repair,
      long repairSsrc) {}

  /** Chooses. */
  public static WhipAnswer to(SdpOffer offer) throws SdpException {
    List<Taken> taken = new ArrayList<>();
    Set<String> kinds = new HashSet<>();
    for (Media media : offer.media()) {
      boolean wanted = media.kind().equals("audio") || media.kind().equals("video");
      if (wanted
          && media.sends()
          && media.protocol().contains("SAVPF")
          && !kinds.contains(media.kind())) {
        Taken one = take(media);
        if (one != null) {
          kinds.add(media.kind());
          taken.add(one);
        }
      }
    }
    if (taken.isEmpty()) {
      throw new SdpException(
          "It offers to send nothing that is understood here.",
          "Offer Opus, VP8, VP9 of profile 0 or H.264 with packetization-mode=1, as sendonly.");
    }
    Media first = SdpAnswer.transport(offer, taken.stream().map(Taken::media).toList());
    return new WhipAnswer(offer, first, taken);
  }

  private static @Nullable Taken take(Media media) throws SdpException {
    for (Format format : media.formats()) {
      Codec codec = codec(media, format);
      if (codec == null) {
        continue;
      }
      Layer layer = media.layers().isEmpty() ? null : best(media.layers());
      if (layer != null || media.sources().isEmpty()) {
        // What it will be sent under is not known: the worker finds it by its payload type.
        Format repair = media.repairOf(format).orElse(null);
        return new Taken(media, codec, format, layer, newSsrc(), repair, newSsrc());
      }
      long ssrc = media.sources().getFirst();
      Long repairSsrc = media.repairs().get(ssrc);
      Format repair = repairSsrc == null ? null : media.repairOf(format).orElse(null);
      return new Taken(
          media, codec, format, null, ssrc, repair, repairSsrc == null ? 0 : repairSsrc);
    }
    return null;
  }

  private static long newSsrc() {
    return ThreadLocalRandom.current().nextLong(1, 1L << 32);
  }

  /**
   * The layer that has the most to see: by what the offer says of all of them, else by their names,
   * where these are usual ones, else the first, which is the one preferred (RFC 8853 §5.2).
   */
  private static Layer best(List<Layer> layers) {
    for (String restriction : List.of("max-width", "max-fs", "max-br")) {
      if (layers.stream().allMatch(one -> restriction(one, restriction) > 0)) {
        return Collections.max(
            layers, Comparator.comparingLong(one -> restriction(one, restriction)));
      }
    }
    if (layers.stream().allMatch(one -> SIZES.containsKey(name(one)))) {
      return Collections.max(
          layers, Comparator.comparingInt(one -> SIZES.getOrDefault(name(one), 0)));
    }
    return layers.getFirst();
  }

  private static String name(Layer layer) {
    return layer.rid().toLowerCase(Locale.ROOT);
  }

  private static long restriction(Layer layer, String name) {
    try {
      return Long.parseLong(layer.restrictions().getOrDefault(name, "0"));
    } catch (NumberFormatException e) {
      return 0; // it says nothing that can be compared
    }
  }

  private static @Nullable Codec codec(Media media, Format format) {
    for (Codec codec : CODECS) {
      boolean same =
          codec.encodingName().equalsIgnoreCase(format.name())
              && codec.clockRate() == format.clockRate()
              && media.kind().equals(codec.kind().json());
      if (same && fits(codec, format.parameters())) {
        return codec;
      }
    }
    return null;
  }

  private static boolean fits(Codec codec, Map<String, String> parameters) {
    return switch (codec) {
      // One NAL unit for each packet at most is what nothing of today sends by choice.
      case H264 -> parameters.getOrDefault("packetization-mode", "0").equals("1");
      case VP9 -> parameters.getOrDefault("profile-id", "0").equals("0");
      case OPUS, VP8 -> true;
      case PCMU, PCMA -> false;
    };
  }

  /** The tracks that come. */
  public List<TrackSpec> tracks(String endpoint, TrackSource picture) {
    List<TrackSpec> tracks = new ArrayList<>();
    for (Taken one : taken) {
      TrackSource source =
          one.codec().kind() == TrackKind.VIDEO
              ? picture
              : picture == TrackSource.SCREEN ? TrackSource.SCREEN_AUDIO : TrackSource.MIC;
      Format repair = one.repair();
      tracks.add(
          new TrackSpec(
              source.json(),
              one.codec().kind(),
              source,
              endpoint,
              one.ssrc(),
              one.format().payloadType(),
              one.codec(),
              one.codec().clockRate(),
              one.codec() == Codec.OPUS ? 2 : 0,
              repair == null ? null : new TrackSpec.Rtx(one.repairSsrc(), repair.payloadType()),
              false,
              extensions(one)));
    }
    return tracks;
  }

  private static List<HeaderExtension> extensions(Taken one) {
    String used =
        one.codec().kind() == TrackKind.VIDEO
            ? TrackSpec.VIDEO_ORIENTATION_URI
            : TrackSpec.AUDIO_LEVEL_URI;
    List<HeaderExtension> extensions = new ArrayList<>();
    for (String uri :
        one.layer() == null ? List.of(MID_URI, used) : List.of(MID_URI, RID_URI, used)) {
      Integer id = one.media().extensions().get(uri);
      if (id != null) {
        extensions.add(new HeaderExtension(uri, id));
      }
    }
    return extensions;
  }

  /** The answer. */
  public String sdp(SdpAnswer.End end) {
    SdpAnswer answer = new SdpAnswer(offer, end, taken.stream().map(Taken::media).toList());
    for (Media media : offer.media()) {
      Taken one = taken.stream().filter(t -> t.media().equals(media)).findFirst().orElse(null);
      if (one == null) {
        answer.decline(media);
      } else {
        List<String> more = new ArrayList<>();
        extensions(one).forEach(e -> more.add("a=extmap:" + e.id() + " " + e.uri()));
        Layer layer = one.layer();
        if (layer != null) {
          more.add("a=rid:" + layer.rid() + " recv");
          more.add("a=simulcast:recv " + layer.rid());
        }
        answer.section(media, "recvonly", one.format(), one.format().fmtp(), one.repair(), more);
      }
    }
    return answer.toString();
  }
}
