package dev.callcast.server.recordings.upload;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The ETag that S3 gives an object of several parts: MD5 over their MD5s, and how many. */
final class MultipartEtag {
  private MultipartEtag() {}

  /**
   * Computes it.
   *
   * @param parts the parts' ETags in order
   * @return empty where they are no MD5s
   */
  static String of(List<String> parts) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      for (String part : parts) {
        md5.update(HexFormat.of().parseHex(part));
      }
      return HexFormat.of().formatHex(md5.digest()) + "-" + parts.size();
    } catch (IllegalArgumentException e) {
      return "";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }
}
