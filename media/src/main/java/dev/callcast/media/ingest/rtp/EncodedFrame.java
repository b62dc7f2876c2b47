package dev.callcast.media.ingest.rtp;

import org.jspecify.annotations.Nullable;

/**
 * A frame as its sender encoded it, put together from its packets: a picture, or one packet of
 * sound.
 *
 * @param data VP8 and VP9: a frame, or superframe; H.264: an access unit in AVC form (4-byte
 *     lengths, parameter sets left out); sound: the payload. Belongs to the taker.
 * @param pts of its first packet, as that was given
 * @param reordered whether its timestamp is before that of the frame that came before it: a picture
 *     that others needed first
 * @param keyFrame whether decoding can begin here; true for all sound
 * @param width px, of a key frame; else 0
 * @param height px, of a key frame; else 0
 * @param configuration H.264's AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3) that this
 *     and the following frames are decoded with, of a key frame; else null
 */
@SuppressWarnings("ArrayRecordComponent") // handed through, never compared
public record EncodedFrame(
    byte[] data,
    long pts,
    boolean reordered,
    boolean keyFrame,
    int width,
    int height,
    byte @Nullable [] configuration) {}
