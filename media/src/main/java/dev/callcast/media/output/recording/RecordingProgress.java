package dev.callcast.media.output.recording;

/**
 * How far a recording is.
 *
 * @param bytes of the file that are whole fragments
 * @param frames pictures written by this worker
 * @param mediaTime ns on the composition's timeline up to which the file reaches
 * @param queuedBytes waiting for the disk
 * @param late packets left out because the file had their time already
 */
public record RecordingProgress(
    long bytes, long frames, int fragments, long mediaTime, long queuedBytes, long late) {}
