package dev.callcast.media.output.tracks;

import dev.callcast.media.output.recording.RecordingEnd;

/**
 * Told how a recording of tracks fares. Called on its thread, and {@link #ended} also on the one
 * that stops it or hands it frames: must not block.
 */
public interface TracksListener {
  /**
   * It is ready for frames.
   *
   * @param resumed a recorder before this one left files behind
   */
  void started(boolean resumed);

  /**
   * Exactly once, the last call. What was written before is whole and playable.
   *
   * @param time ns on the recording's timeline
   * @param bytes of all files of this run
   */
  void ended(RecordingEnd end, String detail, long time, long bytes);
}
