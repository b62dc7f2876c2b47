package dev.callcast.media.encode;

/**
 * What a muxer must know of both streams before the first packet; fixed for the life of a
 * composition.
 *
 * @param fps frames per second of the video
 * @param avcConfig AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3)
 * @param sampleRate Hz
 * @param aacConfig AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2)
 */
@SuppressWarnings("ArrayRecordComponent") // compared field by field where it matters
public record StreamFormat(
    int width,
    int height,
    int fps,
    byte[] avcConfig,
    int sampleRate,
    int channels,
    byte[] aacConfig) {}
