package dev.callcast.media.ingest;

import dev.callcast.media.ingest.rtp.EncodedFrame;
import dev.callcast.media.ingest.rtp.FrameAssembler;
import dev.callcast.media.ingest.rtp.H264ParameterSets;
import dev.callcast.media.ingest.rtp.RtpPacket;
import dev.callcast.protocol.Codec;

/**
 * Where a {@link TrackTap} is put into a track: makes frames of its packets. Owned by the
 * endpoint's thread.
 */
final class TapPoint implements AutoCloseable {
  private final TrackTap tap;
  private final FrameAssembler assembler;
  private final LipSync.Track.Follower lipSync;
  private final long shift;
  private int rotation;
  private long placed; // what the jitter buffer adds to the stream's clock
  private int lost;

  TapPoint(TrackTap tap, Codec codec, H264ParameterSets parameterSets, LipSync.Track lipSync) {
    this.tap = tap;
    this.assembler = FrameAssembler.of(codec, parameterSets);
    this.lipSync = lipSync.follow();
    // What comes out of an Opus decoder at a packet's time was heard that much earlier.
    this.shift = codec == Codec.OPUS ? OpusAudioDecoder.PRE_SKIP_NANOS : 0;
  }

  /**
   * The next packet in order, before which {@code missing} were lost.
   *
   * @param clock ns on the stream's own clock
   * @param pts as the jitter buffer places it, ns on the call's timeline
   */
  void take(RtpPacket packet, long clock, long pts, int missing, int turned) {
    placed = pts - clock;
    lost += missing;
    if (turned >= 0) {
      rotation = turned;
    }
    assembler.take(packet, clock, missing > 0, this::pass);
  }

  private void pass(EncodedFrame frame) {
    long time = lipSync.place(frame.pts() + placed) - shift;
    tap.frame(frame, frame.pts(), time, lipSync.offset(), rotation, lost);
    lost = 0;
  }

  /** A part of the stream was left out before it came here. */
  void interrupted() {
    assembler.interrupt();
  }

  /** Whether nothing comes out until the sender makes a key frame. */
  boolean waitsForKeyFrame() {
    return assembler.waiting();
  }

  @Override
  public void close() {
    tap.close();
  }
}
