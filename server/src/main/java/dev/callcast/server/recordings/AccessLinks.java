package dev.callcast.server.recordings;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.server.store.NodeKey;
import java.net.URLEncoder;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;

/**
 * Links to recordings in the node's own directory, good for everyone who has them until they
 * expire: signed by the node's key (HMAC-SHA-256), with the name and the way of showing in them.
 * Safe for any thread.
 */
public final class AccessLinks {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final NodeKey key;

  /** What a link turned out to be. */
  public enum Check {
    VALID,
    EXPIRED,
    TAMPERED
  }

  public AccessLinks(NodeKey key) {
    this.key = key;
  }

  /** Path and query of a link. */
  public String link(String recording, Instant expires, Disposition disposition) {
    String seconds = Long.toString(expires.getEpochSecond());
    return "/v1/recordings/%s/content?expires=%s&disposition=%s&name=%s&signature=%s"
        .formatted(
            recording,
            seconds,
            disposition.kind(),
            URLEncoder.encode(disposition.name(), UTF_8),
            signature(recording, seconds, disposition));
  }

  /** Checks a link's parts; compares in constant time, and the time only after the signature. */
  public Check check(String recording, String expires, Disposition disposition, String signature) {
    byte[] expected = signature(recording, expires, disposition).getBytes(US_ASCII);
    if (!MessageDigest.isEqual(expected, signature.getBytes(UTF_8))) {
      return Check.TAMPERED;
    }
    return Long.parseLong(expires) > Instant.now().getEpochSecond() ? Check.VALID : Check.EXPIRED;
  }

  private String signature(String recording, String expires, Disposition disposition) {
    return ENCODER.encodeToString(
        key.signLink(
            String.join(
                "\n", "recording", recording, expires, disposition.kind(), disposition.name())));
  }
}
