package dev.callcast.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket pair (or one socket, with {@code rtcpMux}) on which an SFU sends any number of
 * declared tracks.
 *
 * @param bindIp the address that the worker binds
 * @param port the RTP port
 * @param rtcpPort the RTCP port; null with {@code rtcpMux}
 * @param allowFrom CIDR ranges from which packets are accepted; empty for any
 * @param srtp the keys, or null for plain RTP
 * @param remote where RTCP goes; null while it has to be learned from the first valid packet
 */
public record EndpointSpec(
    String id,
    boolean rtcpMux,
    String bindIp,
    int port,
    @Nullable Integer rtcpPort,
    List<String> allowFrom,
    @Nullable Srtp srtp,
    @Nullable Remote remote) {
  public EndpointSpec {
    allowFrom = List.copyOf(allowFrom);
  }

  /**
   * SRTP master keys and salts, base64 of 30 bytes each (RFC 4568 inline form).
   *
   * @param suite only {@code AES_CM_128_HMAC_SHA1_80}
   * @param remoteKey what the SFU encrypts with
   * @param localKey what our RTCP is encrypted with
   * @param rollovers the last known rollover counter (RFC 3711 §3.3.1) of each SSRC, so that a
   *     restarted worker can decrypt after a sequence wrap; empty at first
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
