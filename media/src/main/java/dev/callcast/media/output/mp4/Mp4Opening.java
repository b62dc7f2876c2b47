package dev.callcast.media.output.mp4;

/** What came of opening a file to record into. */
public sealed interface Mp4Opening {
  /** A new file, empty until the first key frame. */
  record Created(FragmentedMp4Writer writer) implements Mp4Opening {}

  /**
   * A file that a writer left behind is taken up.
   *
   * @param end ns on the composition's timeline where its media ends
   * @param torn bytes of an incomplete fragment that were cut off
   */
  record Resumed(FragmentedMp4Writer writer, long end, long torn) implements Mp4Opening {}

  /** Nothing was opened and nothing changed: the caller wants another file. */
  record Refused(Refusal refusal, String detail) implements Mp4Opening {}

  /** Why a file cannot be gone on with. */
  enum Refusal {
    /** Its pictures or sounds have another configuration: players would decode none of the new. */
    FORMAT_CHANGED,
    /** It is an ordinary MP4 already. */
    FINISHED,
    /** No recording of ours, or damaged in its head. */
    FOREIGN,
    /** A living process writes or finishes it. */
    IN_USE
  }
}
