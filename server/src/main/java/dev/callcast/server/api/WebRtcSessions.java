package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.WebRtcSpec;
import dev.callcast.server.store.Ids;
import dev.callcast.server.webrtc.SdpAnswer;
import dev.callcast.server.webrtc.SdpException;
import dev.callcast.server.webrtc.SdpOffer;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;

/** What WHIP and WHEP have in common. Stateless. */
final class WebRtcSessions {
  static final String SDP = "application/sdp";

  /** Of a browser with a camera; the longest that were seen have 10 KB. */
  static final long BODY_LIMIT = 128 << 10;

  private WebRtcSessions() {}

  /** Chooses what is answered to an offer. */
  interface Chooser<T> {
    T choose(SdpOffer offer) throws SdpException;
  }

  /** Answers the offer that a request brings, or says what is wrong with it. */
  static <T> T answer(Request request, Chooser<T> chooser) {
    String type = request.context().contentType();
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(SDP)) {
      throw Problem.unsupported(
          "An offer is of the type " + SDP + ".", "Send it with Content-Type: " + SDP + ".");
    }
    try {
      return chooser.choose(SdpOffer.parse(new String(request.body(), UTF_8)));
    } catch (SdpException e) {
      throw Problem.field("", e.detail(), e.fix());
    }
  }

  /** New credentials, for the peer of this section. */
  static WebRtcSpec transport(Media peer, DtlsIdentity identity) {
    return new WebRtcSpec(
        secret(6),
        secret(18),
        Objects.requireNonNull(peer.ufrag()),
        Objects.requireNonNull(peer.fingerprint()),
        identity.certificate(),
        identity.privateKey());
  }

  /** Of characters that ICE allows (RFC 8839 §5.4), from so many random bytes. */
  private static String secret(int bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(Ids.randomBytes(bytes));
  }

  /** What the peer is told of this end. */
  static SdpAnswer.End end(
      WebRtcSpec transport, String announceIp, EndpointSpec endpoint, DtlsIdentity identity) {
    return new SdpAnswer.End(
        new SecureRandom().nextLong(Long.MAX_VALUE),
        announceIp,
        endpoint.port(),
        transport.ufrag(),
        transport.password(),
        identity.fingerprint());
  }
}
