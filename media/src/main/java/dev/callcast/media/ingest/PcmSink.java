package dev.callcast.media.ingest;

/** Takes the decoded sound of one track. Called on that track's thread: must not block. */
public interface PcmSink {
  /**
   * A stretch of sound. Consecutive calls may overlap or leave gaps; PTS may step by some
   * microseconds (a sender's clock drift) or jump (a pause, a burst after a stall).
   *
   * @param pts ns on the call's timeline (CLOCK_MONOTONIC less the worker's base), of the first
   *     sample
   * @param samples 48 kHz, -1 to 1, interleaved where there are two channels; belongs to the caller
   *     again after the call
   * @param frames number of samples of each channel
   * @param channels 2, or 1 for what is the same on both sides
   */
  void pcm(long pts, float[] samples, int frames, int channels);
}
