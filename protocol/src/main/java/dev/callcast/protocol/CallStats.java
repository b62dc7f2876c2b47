package dev.callcast.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker measures, at one moment.
 *
 * @param cpuSeconds CPU time of the process so far
 * @param rssBytes resident memory
 */
public record CallStats(
    double cpuSeconds,
    long rssBytes,
    @Nullable String speaker,
    List<EndpointStats> endpoints,
    List<TrackStats> tracks,
    List<CompositionStats> compositions) {

  /**
   * Packets of an endpoint that reached no track.
   *
   * @param unknownSsrc packets whose SSRC no track declares
   * @param refusedAddress packets from outside {@code allowFrom}
   * @param malformed neither RTP nor RTCP, or cut short
   * @param authFailed SRTP or SRTCP that did not authenticate
   * @param remote where RTCP goes, {@code ip:port}, or null while unknown
   */
  public record EndpointStats(
      String id,
      long packets,
      long unknownSsrc,
      long refusedAddress,
      long malformed,
      long authFailed,
      @Nullable String remote) {}

  /**
   * One track's reception.
   *
   * @param lost packets that never came, nor were recovered
   * @param recovered packets that came by RTX
   * @param jitter ms, RFC 3550
   * @param keyFramesRequested PLIs sent
   * @param width px of the newest frame, turned upright; 0 for audio or before the first
   * @param fps of decoded frames over the last second
   * @param level dBov of the last 100 ms; audio only
   * @param layerHint the size it is shown at, {@code 640x360}, or null when it is not shown
   */
  public record TrackStats(
      String participant,
      String track,
      long packets,
      long bytes,
      long lost,
      long recovered,
      double jitter,
      long wrongPayloadType,
      long keyFramesRequested,
      int width,
      int height,
      double fps,
      double level,
      boolean live,
      boolean stalled,
      boolean decoded,
      @Nullable String layerHint) {}

  /**
   * One composition's work.
   *
   * @param ticks output frames due so far
   * @param skippedTicks of them, not composed for want of time, also where that was a step
   * @param composeMillis mean time from a tick's due time to its picture, over the last second
   * @param mediaTime s
   * @param bitrate bit/s of video and audio over the last second
   * @param degraded the steps of quality that are given up for want of time, in their order
   */
  public record CompositionStats(
      String id,
      CompositionStatus state,
      long revision,
      long ticks,
      long skippedTicks,
      double composeMillis,
      double mediaTime,
      long bitrate,
      List<String> degraded,
      List<OutputStats> outputs) {
    public CompositionStats {
      degraded = List.copyOf(degraded);
      outputs = List.copyOf(outputs);
    }
  }

  /** {@code since} is RFC 3339; {@code reason} says why the state is what it is. */
  public record OutputStats(
      String id,
      String type,
      OutputStatus state,
      @Nullable String reason,
      String since,
      long bytes,
      long frames,
      long dropped,
      int reconnects) {}
}
