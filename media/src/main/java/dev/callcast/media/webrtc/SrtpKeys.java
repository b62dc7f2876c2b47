package dev.callcast.media.webrtc;

import java.util.Arrays;
import java.util.Base64;

/**
 * What a handshake of DTLS gave SRTP (RFC 5764 §4.2): master keys with their salts, base64 of 30
 * bytes each.
 *
 * @param remote what the peer encrypts with
 * @param local what this end encrypts with
 */
public record SrtpKeys(String remote, String local) {
  private static final int KEY = 16;
  private static final int SALT = 14;

  /** How many bytes are exported. */
  static final int EXPORTED = 2 * (KEY + SALT);

  /** Cuts what was exported: the client's key, the server's, the client's salt, the server's. */
  static SrtpKeys ofServer(byte[] exported) {
    return new SrtpKeys(part(exported, 0), part(exported, 1));
  }

  private static String part(byte[] exported, int end) {
    byte[] key =
        Arrays.copyOf(Arrays.copyOfRange(exported, end * KEY, (end + 1) * KEY), KEY + SALT);
    System.arraycopy(exported, 2 * KEY + end * SALT, key, KEY, SALT);
    return Base64.getEncoder().encodeToString(key);
  }

  @Override
  public String toString() {
    return "SrtpKeys[hidden]";
  }
}
