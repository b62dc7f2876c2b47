package dev.callcast.media.output.recording;

/**
 * Told how a recording fares. Called on the recording's thread, and {@link #ended} also on the one
 * that stops it or hands it packets: must not block.
 */
public interface RecordingListener {
  /**
   * Media is going into the file.
   *
   * @param resumed the file is one that a writer before left behind
   * @param mediaTime ns on the composition's timeline: where a new file starts, where an old one
   *     ended
   */
  void started(boolean resumed, long mediaTime);

  /** Once a second while it lasts. */
  void progress(RecordingProgress progress);

  /** Exactly once, the last call. What was written before is whole and playable. */
  void ended(RecordingEnd end, String detail, RecordingProgress progress);
}
