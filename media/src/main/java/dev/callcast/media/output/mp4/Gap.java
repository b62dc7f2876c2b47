package dev.callcast.media.output.mp4;

/**
 * A span of a file's timeline.
 *
 * @param from ns, inclusive
 * @param to ns, exclusive
 */
public record Gap(long from, long to) {
  public Gap {
    if (to < from) {
      throw new IllegalArgumentException("a gap from " + from + " to " + to);
    }
  }

  /** ns. */
  public long length() {
    return to - from;
  }
}
