package dev.callcast.media.ingest;

import dev.callcast.protocol.Codec;

/**
 * Turns one audio track's RTP payloads into float PCM at 48 kHz, mono where they are mono. Used by
 * one thread at a time, closed by who made it. A payload that does not decode is counted and gives
 * no sound: nothing that comes from the network makes a decoder throw.
 */
public sealed interface AudioDecoder extends AutoCloseable
    permits OpusAudioDecoder, G711AudioDecoder {
  /**
   * Decodes a payload and hands it to the sink, preceded by what can be restored of the packets
   * lost before it.
   *
   * @param pts ns on the call's timeline of the packet's RTP timestamp
   * @param lost packets missing immediately before this one, by sequence numbers; 0 where the
   *     sender only paused
   * @return frames of this payload, or -1 when it does not decode
   */
  int decode(long pts, byte[] payload, int offset, int length, int lost, PcmSink sink);

  /** Forgets what was heard before, for example when the track was not decoded for a while. */
  void reset();

  /** Payloads that did not decode. */
  long errors();

  /** Frames at 48 kHz made by concealment or forward error correction. */
  long concealedFrames();

  @Override
  void close();

  /**
   * Makes the decoder for a codec.
   *
   * @param channels as declared; ignored by Opus, whose packets say themselves
   * @throws IllegalArgumentException when the codec is not one of sound
   */
  static AudioDecoder of(Codec codec, int channels) {
    return switch (codec) {
      case OPUS -> new OpusAudioDecoder();
      case PCMU -> new G711AudioDecoder(G711AudioDecoder.Law.MU, channels);
      case PCMA -> new G711AudioDecoder(G711AudioDecoder.Law.A, channels);
      case VP8, VP9, H264 ->
          throw new IllegalArgumentException(codec.encodingName() + " is not a codec of sound");
    };
  }
}
