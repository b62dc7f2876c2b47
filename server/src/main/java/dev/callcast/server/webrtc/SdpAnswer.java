package dev.callcast.server.webrtc;

import dev.callcast.server.webrtc.SdpOffer.Format;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer: this end is lite and passive, and has one port for everything. A section for
 * each of the offer, in its order.
 */
public final class SdpAnswer {
  private static final List<String> HASHES = List.of("sha-256", "sha-384", "sha-512");

  private final StringBuilder text = new StringBuilder();
  private final End end;
  private final String address;

  /**
   * What this end says of itself.
   *
   * @param session a number for this description
   * @param ip where the peer sends to
   * @param fingerprint of this end's certificate
   */
  public record End(
      long session, String ip, int port, String ufrag, String password, String fingerprint) {
    @Override
    public String toString() {
      return "End[" + ip + ":" + port + ", secrets hidden]";
    }
  }

  /** Begins. */
  SdpAnswer(SdpOffer offer, End end, Collection<Media> taken) {
    this.end = end;
    this.address = (end.ip().contains(":") ? "IN IP6 " : "IN IP4 ") + end.ip();
    add("v=0");
    add("o=callcast " + end.session() + " 1 " + address);
    add("s=-");
    add("t=0 0");
    if (!offer.bundle().isEmpty()) {
      StringBuilder group = new StringBuilder("a=group:BUNDLE");
      offer.media().stream()
          .filter(taken::contains)
          .forEach(media -> group.append(' ').append(media.mid()));
      add(group.toString());
    }
    add("a=ice-lite");
  }

  /**
   * The section whose transport all that are taken share.
   *
   * @throws SdpException where they share none, or it is none that can be used here
   */
  static Media transport(SdpOffer offer, List<Media> taken) throws SdpException {
    for (Media one : taken) {
      boolean shared = taken.size() == 1 || offer.bundle().contains(one.mid());
      if (!shared || !one.rtcpMux()) {
        throw new SdpException(
            "It would use more than one port.",
            "Bundle all sections (bundlePolicy max-bundle) and offer rtcp-mux.");
      }
    }
    Media first = taken.getFirst();
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
    return first;
  }

  private void add(String line) {
    text.append(line).append("\r\n");
  }

  /**
   * A section that is taken.
   *
   * @param direction as seen from here
   * @param fmtp of the format, or null for none
   * @param repair the format of retransmissions, or null for none
   * @param more lines of its own
   */
  void section(
      Media media,
      String direction,
      Format format,
      @Nullable String fmtp,
      @Nullable Format repair,
      List<String> more) {
    int payloadType = format.payloadType();
    add(
        "m="
            + media.kind()
            + " "
            + end.port()
            + " "
            + media.protocol()
            + " "
            + payloadType
            + (repair == null ? "" : " " + repair.payloadType()));
    add("c=" + address);
    add("a=ice-ufrag:" + end.ufrag());
    add("a=ice-pwd:" + end.password());
    add("a=fingerprint:" + end.fingerprint());
    add("a=setup:passive");
    if (!media.mid().isEmpty()) {
      add("a=mid:" + media.mid());
    }
    add("a=" + direction);
    add("a=rtcp-mux");
    add(
        "a=rtpmap:"
            + payloadType
            + " "
            + format.name()
            + "/"
            + format.clockRate()
            + (format.channels() > 1 ? "/" + format.channels() : ""));
    if (fmtp != null) {
      add("a=fmtp:" + payloadType + " " + fmtp);
    }
    for (String feedback : List.of("nack", "nack pli", "ccm fir", "goog-remb")) {
      if (format.feedback().contains(feedback)) {
        add("a=rtcp-fb:" + payloadType + " " + feedback);
      }
    }
    if (repair != null) {
      add("a=rtpmap:" + repair.payloadType() + " rtx/" + repair.clockRate());
      add("a=fmtp:" + repair.payloadType() + " apt=" + payloadType);
    }
    more.forEach(this::add);
    add("a=candidate:1 1 udp 2130706431 " + end.ip() + " " + end.port() + " typ host");
    add("a=end-of-candidates");
  }

  /** A section of which nothing is taken. */
  void decline(Media media) {
    String formats =
        media.formats().isEmpty()
            ? "webrtc-datachannel"
            : Integer.toString(media.formats().getFirst().payloadType());
    add("m=" + media.kind() + " 0 " + media.protocol() + " " + formats);
    add("c=IN IP4 0.0.0.0");
    if (!media.mid().isEmpty()) {
      add("a=mid:" + media.mid());
    }
    add("a=inactive");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
