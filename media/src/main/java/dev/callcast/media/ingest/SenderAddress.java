package dev.callcast.media.ingest;

import dev.callcast.protocol.EndpointSpec;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where an endpoint's reports go: to the declared remote, else to where its packets come from.
 * Until the sender's RTCP is heard that is guessed: the same address with rtcpMux, else the next
 * port (RFC 3550 §11). Somebody who has learned to imitate an SSRC cannot take the place of a
 * sender that is still heard.
 *
 * <p>Owned by the endpoint's thread.
 */
final class SenderAddress {
  /** When the learned remote has been silent for so long, another may take its place, ns. */
  static final long SILENT = 3_000_000_000L;

  private boolean declared;
  private boolean mux;
  private @Nullable InetSocketAddress rtp;
  private @Nullable InetSocketAddress rtcp;
  private boolean rtcpHeard;
  private long heard;

  SenderAddress(EndpointSpec spec) {
    use(spec);
  }

  /** Takes over what is declared. */
  void use(EndpointSpec spec) {
    EndpointSpec.Remote remote = spec.remote();
    mux = spec.rtcpMux();
    declared = remote != null;
    if (remote != null) {
      Integer rtcpPort = remote.rtcpPort();
      rtp = new InetSocketAddress(remote.ip(), remote.port());
      rtcp = new InetSocketAddress(remote.ip(), rtcpPort == null ? remote.port() : rtcpPort);
    }
  }

  /** The peer of a session says itself where it is reached. */
  void use(InetSocketAddress peer) {
    declared = true;
    rtp = peer;
    rtcp = peer;
  }

  /** A good packet of media came from there. */
  void media(InetSocketAddress from, long now) {
    if (from.equals(rtp)) {
      heard = now;
      return;
    }
    if (declared || (rtp != null && now - heard < SILENT)) {
      return;
    }
    boolean moved = rtp != null;
    rtp = from;
    heard = now;
    if (moved || !rtcpHeard) {
      rtcpHeard = false;
      rtcp = mux ? from : new InetSocketAddress(from.getAddress(), from.getPort() + 1);
    }
  }

  /** A good report of a declared stream came from there. */
  void control(InetSocketAddress from) {
    if (!declared && !mux && (!rtcpHeard || rtcp == null)) {
      rtcp = from;
      rtcpHeard = true;
    }
  }

  /** Where RTCP goes to, or null while that is not known. */
  @Nullable InetSocketAddress rtcp() {
    return rtcp;
  }

  /** As text, for statistics. */
  @Nullable String text() {
    InetSocketAddress known = rtcp;
    return known == null ? null : known.getHostString() + ":" + known.getPort();
  }
}
