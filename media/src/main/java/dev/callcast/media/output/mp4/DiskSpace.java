package dev.callcast.media.output.mp4;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Tells a full disk from a broken one. Stateless. */
final class DiskSpace {
  /** ENOSPC, EDQUOT and EFBIG as glibc words them; Java gives no error number. */
  private static final List<String> WORDS =
      List.of("no space left", "quota exceeded", "file too large");

  private DiskSpace() {}

  static boolean isExhausted(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return WORDS.stream().anyMatch(message::contains);
  }
}
