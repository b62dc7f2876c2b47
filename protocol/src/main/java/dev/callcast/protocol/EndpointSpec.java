package dev.callcast.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket pair (or one socket, with {@code rtcpMux}) on which an SFU sends any number of
 * declared tracks. With {@code whep} it is the other way round: a composition is sent from there.
 *
 * @param bindIp the address that the worker binds
 * @param port the RTP port
 * @param rtcpPort the RTCP port; null with {@code rtcpMux}
 * @param allowFrom CIDR ranges from which packets are accepted; empty for any
 * @param srtp the keys, or null for plain RTP
 * @param remote where RTCP goes; null while it has to be learned from the first valid packet
 * @param whip the session that this is the socket of, or null where an SFU sends. With one, {@code
 *     srtp} is null until the peers have agreed on keys
 * @param whep the viewer's session that this is the socket of, or null; {@code srtp} likewise
 */
public record EndpointSpec(
    String id,
    boolean rtcpMux,
    String bindIp,
    int port,
    @Nullable Integer rtcpPort,
    List<String> allowFrom,
    @Nullable Srtp srtp,
    @Nullable Remote remote,
    @Nullable Whip whip,
    @Nullable Whep whep) {
  public EndpointSpec {
    allowFrom = List.copyOf(allowFrom);
  }

  /** Of an SFU. */
  public EndpointSpec(
      String id,
      boolean rtcpMux,
      String bindIp,
      int port,
      @Nullable Integer rtcpPort,
      List<String> allowFrom,
      @Nullable Srtp srtp,
      @Nullable Remote remote) {
    this(id, rtcpMux, bindIp, port, rtcpPort, allowFrom, srtp, remote, null, null);
  }

  /** Of a session by WHIP, before any keys are known. */
  public EndpointSpec(String id, String bindIp, int port, Whip whip) {
    this(id, true, bindIp, port, null, List.of(), null, null, whip, null);
  }

  /** Of a session by WHEP, before any keys are known. */
  public EndpointSpec(String id, String bindIp, int port, Whep whep) {
    this(id, true, bindIp, port, null, List.of(), null, null, null, whep);
  }

  /** What the ends of the session have told each other, or null where an SFU sends. */
  public @Nullable WebRtcSpec transport() {
    return whip != null ? whip.transport() : whep != null ? whep.transport() : null;
  }

  /** The same with these keys. */
  public EndpointSpec with(Srtp keys) {
    return new EndpointSpec(
        id, rtcpMux, bindIp, port, rtcpPort, allowFrom, keys, remote, whip, whep);
  }

  /** The same with this in place of what {@link #transport} says. */
  public EndpointSpec with(WebRtcSpec transport) {
    return new EndpointSpec(
        id,
        rtcpMux,
        bindIp,
        port,
        rtcpPort,
        allowFrom,
        srtp,
        remote,
        whip == null
            ? null
            : new Whip(whip.participant(), whip.picture(), whip.maxBitrate(), transport),
        whep == null ? null : new Whep(whep.composition(), transport, whep.video(), whep.audio()));
  }

  /**
   * A participant's session by WHIP (RFC 9725).
   *
   * @param participant whose media it carries
   * @param picture whether that is the camera's or the screen's
   * @param maxBitrate that the peer is told to keep to, bit/s of all it sends
   */
  public record Whip(
      String participant, TrackSource picture, int maxBitrate, WebRtcSpec transport) {}

  /**
   * A viewer's session by WHEP (draft-ietf-wish-whep).
   *
   * @param composition that is sent
   * @param video H.264, or null for none
   * @param audio Opus, or null for none
   */
  public record Whep(
      String composition, WebRtcSpec transport, @Nullable Sent video, @Nullable Sent audio) {}

  /**
   * A stream that is sent.
   *
   * @param rtx how packets are sent again; null for under their own number
   */
  public record Sent(long ssrc, int payloadType, TrackSpec.@Nullable Rtx rtx) {}

  /**
   * SRTP master keys and salts, base64 of 30 bytes each (RFC 4568 inline form).
   *
   * @param suite only {@code AES_CM_128_HMAC_SHA1_80}
   * @param remoteKey what the SFU encrypts with
   * @param localKey what our RTCP is encrypted with
   * @param rollovers the last known rollover counter (RFC 3711 §3.3.1) of each SSRC, so that a
   *     restarted worker can decrypt after a sequence wrap; empty at first. Of a session by WHEP,
   *     whose numbers are given out here: how many thousands (2^13) of packets were sent
   * @param clearRtcp whether our RTCP goes out in the clear, to a sender that encrypts its media
   *     but reads no SRTCP
   */
  public record Srtp(
      String suite,
      String remoteKey,
      String localKey,
      List<Rollover> rollovers,
      boolean clearRtcp) {
    public Srtp {
      rollovers = List.copyOf(rollovers);
    }

    /** The one suite there is. */
    public static final String AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80";

    /** With RTCP that is encrypted too, as it should be. */
    public Srtp(String suite, String remoteKey, String localKey, List<Rollover> rollovers) {
      this(suite, remoteKey, localKey, rollovers, false);
    }

    @Override
    public String toString() {
      return "Srtp[" + suite + ", keys hidden]";
    }
  }

  /** The rollover counter of one SSRC. */
  public record Rollover(long ssrc, long counter) {}

  /** The SFU's own address; {@code rtcpPort} is null when RTCP goes to {@code port}. */
  public record Remote(String ip, int port, @Nullable Integer rtcpPort) {}
}
