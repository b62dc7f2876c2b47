package dev.callcast.media.output.hls;

import java.util.List;

/**
 * A segment as far as it is there.
 *
 * @param run whose it is
 * @param wallMillis of its first picture, ms since 1970
 * @param bytes that count of its file
 * @param seconds that it lasts so far
 * @param parts in order; none where nobody needs to know them any more
 * @param whole nothing more comes
 */
public record HlsSegment(
    long number,
    HlsLine.Run run,
    long wallMillis,
    long bytes,
    double seconds,
    List<Part> parts,
    boolean whole) {
  public HlsSegment {
    parts = List.copyOf(parts);
  }

  /**
   * Some of it.
   *
   * @param offset in its file
   */
  public record Part(long offset, long bytes, double seconds, boolean independent) {}

  /** The name of its file. */
  public String file() {
    return file(number);
  }

  /** The name of a segment's file. */
  public static String file(long number) {
    return number + ".m4s";
  }
}
