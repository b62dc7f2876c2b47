package dev.callcast.media.encode;

import org.jspecify.annotations.Nullable;

/**
 * What a muxer must know of both streams before the first packet; fixed for the life of a
 * composition.
 *
 * @param width px; 0 without pictures
 * @param height px; 0 without pictures
 * @param fps frames per second of the video
 * @param avcConfig AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3); null without pictures
 * @param sampleRate Hz
 * @param aacConfig AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2)
 */
@SuppressWarnings("ArrayRecordComponent") // compared field by field where it matters
public record StreamFormat(
    int width,
    int height,
    int fps,
    byte @Nullable [] avcConfig,
    int sampleRate,
    int channels,
    byte[] aacConfig) {

  /** Whether there are pictures. */
  public boolean hasVideo() {
    return avcConfig != null;
  }

  /** The same sound without the pictures. */
  public StreamFormat withoutVideo() {
    return new StreamFormat(0, 0, fps, null, sampleRate, channels, aacConfig);
  }
}
