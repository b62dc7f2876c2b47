package dev.callcast.media.output;

/** What became of a {@link TrackFile} that was to be finished. */
public sealed interface TrackFinish {
  /**
   * It is an ordinary, seekable file.
   *
   * @param bytes of all of it
   * @param duration ns
   * @param rewritten so many bytes at its beginning may differ from the growing file's
   */
  record Finished(long bytes, long duration, long frames, int rewritten) implements TrackFinish {}

  /** Nothing in it is whole. */
  record Empty() implements TrackFinish {}

  /** It is still being written. */
  record InUse() implements TrackFinish {}
}
