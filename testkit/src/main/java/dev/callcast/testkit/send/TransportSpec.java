package dev.callcast.testkit.send;

import org.jspecify.annotations.Nullable;

/**
 * A socket (pair) of the sender, as an SFU's plain transport: any number of tracks send from it to
 * one endpoint.
 *
 * @param ip the receiver's address
 * @param port the receiver's RTP port
 * @param rtcpPort the receiver's RTCP port; null with rtcp-mux, when one socket does for both
 * @param srtp keys, or null for plain RTP
 * @param reports how sender reports are sent
 * @param ntpOffsetSeconds added to the wall clock in sender reports: receivers must take the base
 *     as arbitrary
 */
public record TransportSpec(
    String id,
    String ip,
    int port,
    @Nullable Integer rtcpPort,
    @Nullable SrtpKeys srtp,
    Reports reports,
    double ntpOffsetSeconds) {

  /** How sender reports are sent. */
  public enum Reports {
    /** Never, as Janus' forwarder. */
    NONE,
    /** One SR and SDES per track and packet. */
    SEPARATE,
    /** All tracks' SRs in one compound packet, as mediasoup on a shared transport. */
    COMPOUND
  }

  /**
   * SRTP master key and salt, base64 of 30 bytes each.
   *
   * @param senderKey what this sender encrypts with: the endpoint's {@code remoteKey}
   * @param receiverKey what the receiver's RTCP is encrypted with: the endpoint's {@code localKey}
   */
  public record SrtpKeys(String senderKey, String receiverKey) {
    @Override
    public String toString() {
      return "SrtpKeys[hidden]";
    }
  }

  /** Plain RTP with sender reports. */
  public static TransportSpec of(String id, String ip, int port, @Nullable Integer rtcpPort) {
    return new TransportSpec(id, ip, port, rtcpPort, null, Reports.SEPARATE, 0);
  }

  public TransportSpec withReports(Reports newReports) {
    return new TransportSpec(id, ip, port, rtcpPort, srtp, newReports, ntpOffsetSeconds);
  }

  public TransportSpec withNtpOffset(double seconds) {
    return new TransportSpec(id, ip, port, rtcpPort, srtp, reports, seconds);
  }

  public TransportSpec withSrtp(SrtpKeys keys) {
    return new TransportSpec(id, ip, port, rtcpPort, keys, reports, ntpOffsetSeconds);
  }
}
