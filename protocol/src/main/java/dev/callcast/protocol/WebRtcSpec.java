package dev.callcast.protocol;

/**
 * What both ends of a browser's session have told each other: the credentials of ICE and the
 * certificates of DTLS. This end is the lite one and the passive one.
 *
 * @param ufrag of this end (RFC 8445 §5.3)
 * @param password of this end: who knows it may be sent to
 * @param remoteUfrag of the peer
 * @param remoteFingerprint of the peer's certificate, {@code sha-256 AB:CD:…} (RFC 8122), the hash
 *     in lower and the bytes in upper case
 * @param certificate of this end, base64 of DER
 * @param privateKey of this end, base64 of PKCS #8
 */
public record WebRtcSpec(
    String ufrag,
    String password,
    String remoteUfrag,
    String remoteFingerprint,
    String certificate,
    String privateKey) {
  /** The same with other secrets: sealed ones, or those in clear. */
  public WebRtcSpec withSecrets(String otherPassword, String otherKey) {
    return new WebRtcSpec(
        ufrag, otherPassword, remoteUfrag, remoteFingerprint, certificate, otherKey);
  }

  @Override
  public String toString() {
    return "WebRtcSpec[" + ufrag + ", secrets hidden]";
  }
}
