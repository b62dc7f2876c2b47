package dev.callcast.media.output.tracks;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackSource;

/**
 * Which track a stream is, as the manifest tells it.
 *
 * @param channels of sound; 0 for video
 */
public record TrackInfo(
    String participant, String track, TrackSource source, Codec codec, int channels, long ssrc) {}
