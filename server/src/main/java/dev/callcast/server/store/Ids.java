package dev.callcast.server.store;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Makes and checks ids, and writes times as the API does. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Ids() {}

  /**
   * Whether callers may use it. Ids stand in paths of URLs and files: {@code .} and {@code ..} are
   * out.
   */
  public static boolean valid(String id) {
    return PATTERN.matcher(id).matches() && !id.equals(".") && !id.equals("..");
  }

  /** A short id with a prefix: 48 random bits. */
  public static String random(String prefix) {
    return prefix + hex(6);
  }

  /** An id that nobody guesses: 128 random bits. */
  public static String secret(String prefix) {
    return prefix + hex(16);
  }

  /** An id that sorts by the time of its making: 48 bits of milliseconds, 64 random bits. */
  public static String sortable(String prefix) {
    return prefix + "%012x".formatted(System.currentTimeMillis()) + hex(8);
  }

  /** RFC 3339, UTC, milliseconds. */
  public static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** Now, as {@link #time}. */
  public static String now() {
    return time(Instant.now());
  }

  /** Random bytes from the system's generator. */
  public static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static String hex(int count) {
    return HexFormat.of().formatHex(randomBytes(count));
  }
}
