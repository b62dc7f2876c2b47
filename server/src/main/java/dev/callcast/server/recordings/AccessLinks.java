package dev.callcast.server.recordings;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.callcast.server.store.NodeKey;
import java.net.URLEncoder;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

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

  /**
   * Path and query of a link.
   *
   * @param file the name of one of the recording's files, or null where it has one only
   */
  public String link(
      String recording, @Nullable String file, Instant expires, Disposition disposition) {
    String seconds = Long.toString(expires.getEpochSecond());
    return "/v1/recordings/%s/content?expires=%s&disposition=%s&name=%s&signature=%s%s"
        .formatted(
            recording,
            seconds,
            disposition.kind(),
            URLEncoder.encode(disposition.name(), UTF_8),
            signature(subject(recording, file), seconds, disposition),
            file == null ? "" : "&file=" + URLEncoder.encode(file, UTF_8));
  }

  /** Checks a link's parts; compares in constant time, and the time only after the signature. */
  public Check check(
      String recording,
      @Nullable String file,
      String expires,
      Disposition disposition,
      String signature) {
    byte[] expected = signature(subject(recording, file), expires, disposition).getBytes(US_ASCII);
    if (!MessageDigest.isEqual(expected, signature.getBytes(UTF_8))) {
      return Check.TAMPERED;
    }
    return Long.parseLong(expires) > Instant.now().getEpochSecond() ? Check.VALID : Check.EXPIRED;
  }

  /** No id has a slash in it. */
  private static String subject(String recording, @Nullable String file) {
    return file == null ? recording : recording + "/" + file;
  }

  private String signature(String recording, String expires, Disposition disposition) {
    return ENCODER.encodeToString(
        key.signLink(
            String.join(
                "\n", "recording", recording, expires, disposition.kind(), disposition.name())));
  }
}
