package dev.callcast.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.media.webrtc.DtlsIdentity;
import dev.callcast.protocol.EndpointSpec;
import dev.callcast.protocol.WebRtcSpec;
import dev.callcast.server.store.Ids;
import dev.callcast.server.store.Store;
import dev.callcast.server.store.StoredCall;
import dev.callcast.server.webrtc.SdpAnswer;
import dev.callcast.server.webrtc.SdpException;
import dev.callcast.server.webrtc.SdpOffer;
import dev.callcast.server.webrtc.SdpOffer.Media;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;

/**
 * What WHIP and WHEP have in common: an offer is answered by a session, which is an endpoint with
 * credentials and a certificate of its own. Safe for any thread.
 */
final class WebRtcSessions {
  static final String SDP = "application/sdp";

  /** Of a browser with a camera; the longest that were seen have 10 KB. */
  static final long BODY_LIMIT = 128 << 10;

  private final Store store;
  private final EndpointRoutes endpoints;
  private final String announceIp;

  WebRtcSessions(Store store, EndpointRoutes endpoints, NodeConfig config) {
    this.store = store;
    this.endpoints = endpoints;
    this.announceIp = config.announceIp();
  }

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

  /**
   * A session that was opened.
   *
   * @param end what the peer is told of this end
   */
  record Session(EndpointSpec endpoint, SdpAnswer.End end) {}

  /** Makes the endpoint of a session. */
  interface Maker {
    EndpointSpec make(EndpointRoutes.Socket socket, WebRtcSpec transport);
  }

  /**
   * Opens a session with new credentials; within a write.
   *
   * @param peer the section of the offer that has the peer's credentials
   */
  Session open(StoredCall call, Principal opener, Media peer, DtlsIdentity identity, Maker maker) {
    WebRtcSpec transport =
        new WebRtcSpec(
            secret(6),
            secret(18),
            Objects.requireNonNull(peer.ufrag()),
            Objects.requireNonNull(peer.fingerprint()),
            identity.certificate(),
            identity.privateKey());
    EndpointSpec endpoint = endpoints.make(call, socket -> maker.make(socket, transport));
    OverdueSessions.note(store, call, endpoint.id(), opener);
    return new Session(
        endpoint,
        new SdpAnswer.End(
            new SecureRandom().nextLong(Long.MAX_VALUE),
            announceIp,
            endpoint.port(),
            transport.ufrag(),
            transport.password(),
            identity.fingerprint()));
  }

  /** Of characters that ICE allows (RFC 8839 §5.4), from so many random bytes. */
  private static String secret(int bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(Ids.randomBytes(bytes));
  }
}
