package dev.callcast.media.output;

/** What came of opening a file to record into. */
public sealed interface RecordingOpening {
  /** A new file, empty until its first media. */
  record Created(RecordingFile file) implements RecordingOpening {}

  /**
   * A file that a writer left behind is taken up.
   *
   * @param end ns on the composition's timeline where its media ends
   * @param torn bytes of something incomplete that were cut off
   */
  record Resumed(RecordingFile file, long end, long torn) implements RecordingOpening {}

  /**
   * Nothing was opened and nothing changed.
   *
   * @param wantsAnother another file would do
   */
  record Refused(boolean wantsAnother, String detail) implements RecordingOpening {}
}
