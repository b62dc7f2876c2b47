package dev.callcast.media.output.tracks;

import org.jspecify.annotations.Nullable;

/**
 * A frame on its way to a file.
 *
 * @param data never changed after construction
 * @param clock ns on the stream's own clock
 * @param time ns on the recording's timeline, as the jitter buffer and lip sync place it
 * @param lipSync ns of that which lip sync has added
 * @param reordered whether it is shown before the frame that came before it
 * @param width px, of a key frame; else 0
 * @param height px, of a key frame; else 0
 * @param rotation clockwise degrees by which the picture has to be turned
 * @param lost packets that never came since the last frame
 * @param configuration H.264's AVCDecoderConfigurationRecord, of a key frame; else null
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record TrackFrame(
    byte[] data,
    long clock,
    long time,
    long lipSync,
    boolean reordered,
    boolean keyFrame,
    int width,
    int height,
    int rotation,
    int lost,
    byte @Nullable [] configuration) {}
