package dev.callcast.media.output;

import java.io.IOException;
import java.nio.file.FileStore;
import java.util.List;
import java.util.Locale;

/** What recordings leave of a disk, and when it is full and not broken. Stateless. */
public final class DiskSpace {
  /** ENOSPC, EDQUOT and EFBIG as glibc words them; Java gives no error number. */
  private static final List<String> WORDS =
      List.of("no space left", "quota exceeded", "file too large");

  /** A hundredth of the disk is left to others, but no more bytes than this. */
  private static final long MAX_SPARE = 256L << 20;

  private DiskSpace() {}

  /** Bytes of a disk that are others': the database and the logs usually lie there too. */
  public static long spare(FileStore store) throws IOException {
    return Math.min(MAX_SPARE, store.getTotalSpace() / 100);
  }

  /** Whether the disk, or what a user may have of it, is used up. */
  public static boolean isExhausted(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return WORDS.stream().anyMatch(message::contains);
  }
}
