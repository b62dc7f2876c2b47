package dev.callcast.server.webrtc;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import dev.callcast.protocol.TrackSource;
import dev.callcast.protocol.TrackSpec;
import dev.callcast.protocol.TrackSpec.HeaderExtension;
import dev.callcast.server.webrtc.SdpOffer.Format;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is taken of an offer by WHIP (RFC 9725): of sound and picture one section each, in the first
 * codec of the peer's that is understood here, with its retransmissions. Everything is received on
 * one port. Other sections are declined.
 *
 * @param transport the section whose transport all share
 */
public record WhipAnswer(SdpOffer offer, Media transport, List<Taken> taken) {
  private static final Set<Codec> CODECS = Set.of(Codec.OPUS, Codec.VP8, Codec.VP9, Codec.H264);

  /** The sender names the section in each packet (RFC 9143 §15); it has to, when it is bundled. */
  private static final String MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid";

  private static final List<String> HASHES = List.of("sha-256", "sha-384", "sha-512");

  public WhipAnswer {
    taken = List.copyOf(taken);
  }

  /**
   * A section that is received.
   *
   * @param repair the format of its retransmissions, or null for none
   */
  public record Taken(
      Media media,
      Codec codec,
      Format format,
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
    Media first = taken.getFirst().media();
    for (Taken one : taken) {
      boolean shared = taken.size() == 1 || offer.bundle().contains(one.media().mid());
      if (!shared || !one.media().rtcpMux()) {
        throw new SdpException(
            "It would send on more than one port.",
            "Bundle all sections (bundlePolicy max-bundle) and offer rtcp-mux.");
      }
    }
    if (first.ufrag() == null || first.fingerprint() == null) {
      throw new SdpException(
          "It has no ice-ufrag or no fingerprint.", "Offer ICE and DTLS-SRTP, as WebRTC does.");
    }
    String setup = first.setup();
    if (setup != null && setup.equals("passive")) {
      throw new SdpException("It waits for DTLS (setup:passive).", "Offer setup:actpass.");
    }
    if (!HASHES.contains(first.fingerprint().split(" ", 2)[0])) {
      throw new SdpException(
          "Its fingerprint is of a hash that is not known here.",
          "Use one of " + String.join(", ", HASHES) + ".");
    }
    return new WhipAnswer(offer, first, taken);
  }

  private static @Nullable Taken take(Media media) throws SdpException {
    for (Format format : media.formats()) {
      Codec codec = codec(media, format);
      if (codec == null) {
        continue;
      }
      if (media.simulcast() || media.sources().isEmpty()) {
        throw new SdpException(
            "Its "
                + media.kind()
                + " comes in several layers (simulcast), or does not say on which SSRC.",
            "Send one layer: leave sendEncodings out, or give it one entry without a rid.");
      }
      long ssrc = media.sources().getFirst();
      Long repairSsrc = media.repairs().get(ssrc);
      Format repair = repairSsrc == null ? null : media.repairOf(format).orElse(null);
      return new Taken(media, codec, format, ssrc, repair, repairSsrc == null ? 0 : repairSsrc);
    }
    return null;
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
    for (String uri : List.of(MID_URI, used)) {
      Integer id = one.media().extensions().get(uri);
      if (id != null) {
        extensions.add(new HeaderExtension(uri, id));
      }
    }
    return extensions;
  }

  /**
   * The answer.
   *
   * @param session a number for this description
   * @param ip where the peer sends to
   * @param fingerprint of this end's certificate
   */
  public String sdp(
      long session, String ip, int port, String ufrag, String password, String fingerprint) {
    String address = (ip.contains(":") ? "IN IP6 " : "IN IP4 ") + ip;
    Lines out = new Lines();
    out.add("v=0");
    out.add("o=callcast " + session + " 1 " + address);
    out.add("s=-");
    out.add("t=0 0");
    if (!offer.bundle().isEmpty()) {
      StringBuilder group = new StringBuilder("a=group:BUNDLE");
      taken.forEach(one -> group.append(' ').append(one.media().mid()));
      out.add(group.toString());
    }
    out.add("a=ice-lite");
    for (Media media : offer.media()) {
      Taken one = taken.stream().filter(t -> t.media().equals(media)).findFirst().orElse(null);
      if (one == null) {
        decline(out, media);
        continue;
      }
      Format repair = one.repair();
      out.add(
          "m="
              + media.kind()
              + " "
              + port
              + " "
              + media.protocol()
              + " "
              + one.format().payloadType()
              + (repair == null ? "" : " " + repair.payloadType()));
      out.add("c=" + address);
      out.add("a=ice-ufrag:" + ufrag);
      out.add("a=ice-pwd:" + password);
      out.add("a=fingerprint:" + fingerprint);
      out.add("a=setup:passive");
      if (!media.mid().isEmpty()) {
        out.add("a=mid:" + media.mid());
      }
      out.add("a=recvonly");
      out.add("a=rtcp-mux");
      codec(out, one);
      extensions(one).forEach(e -> out.add("a=extmap:" + e.id() + " " + e.uri()));
      out.add("a=candidate:1 1 udp 2130706431 " + ip + " " + port + " typ host");
      out.add("a=end-of-candidates");
    }
    return out.toString();
  }

  private static void codec(Lines out, Taken one) {
    Format format = one.format();
    int payloadType = format.payloadType();
    out.add(
        "a=rtpmap:"
            + payloadType
            + " "
            + format.name()
            + "/"
            + format.clockRate()
            + (format.channels() > 1 ? "/" + format.channels() : ""));
    if (format.fmtp() != null) {
      out.add("a=fmtp:" + payloadType + " " + format.fmtp());
    }
    for (String feedback : List.of("nack", "nack pli", "ccm fir", "goog-remb")) {
      if (format.feedback().contains(feedback)) {
        out.add("a=rtcp-fb:" + payloadType + " " + feedback);
      }
    }
    Format repair = one.repair();
    if (repair != null) {
      out.add("a=rtpmap:" + repair.payloadType() + " rtx/" + repair.clockRate());
      out.add("a=fmtp:" + repair.payloadType() + " apt=" + payloadType);
    }
  }

  private static void decline(Lines out, Media media) {
    String formats =
        media.formats().isEmpty()
            ? "webrtc-datachannel"
            : Integer.toString(media.formats().getFirst().payloadType());
    out.add("m=" + media.kind() + " 0 " + media.protocol() + " " + formats);
    out.add("c=IN IP4 0.0.0.0");
    if (!media.mid().isEmpty()) {
      out.add("a=mid:" + media.mid());
    }
    out.add("a=inactive");
  }

  /** Text whose lines end as SDP's do. */
  private static final class Lines {
    private final StringBuilder text = new StringBuilder();

    void add(String line) {
      text.append(line).append("\r\n");
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
