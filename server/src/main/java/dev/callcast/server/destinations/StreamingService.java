package dev.callcast.server.destinations;

import dev.callcast.protocol.CompositionSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the large services want, by their own pages as of 2026: where RTMPS goes, and what they
 * take. A stream beyond that is cut off or shown badly minutes later; it is refused here before it
 * starts.
 */
public enum StreamingService {
  /** Its backup is another server, with another application. */
  YOUTUBE(
      "rtmps://a.rtmps.youtube.com:443/live2",
      "rtmps://b.rtmps.youtube.com:443/live2?backup=1",
      4,
      320_000),
  /** Amazon IVS: each channel has a server of its own. */
  IVS(null, null, 2, 320_000),
  FACEBOOK("rtmps://live-api-s.facebook.com:443/rtmp", null, 4, 256_000),
  TWITCH("rtmps://ingest.global-contribute.live-video.net:443/app", null, 2, 320_000);

  private final @Nullable String url;
  private final @Nullable String backupUrl;
  private final int keyframeInterval;
  private final int audioBitrate;

  StreamingService(
      @Nullable String url, @Nullable String backupUrl, int keyframeInterval, int audioBitrate) {
    this.url = url;
    this.backupUrl = backupUrl;
    this.keyframeInterval = keyframeInterval;
    this.audioBitrate = audioBitrate;
  }

  /** The one of that name, as in the configuration. */
  public static Optional<StreamingService> of(String name) {
    return Arrays.stream(values()).filter(service -> service.json().equals(name)).findFirst();
  }

  /** Its name in JSON. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where it takes streams, without the key; null where each channel has its own. */
  public @Nullable String url() {
    return url;
  }

  /** Where it takes the second stream, or null. */
  public @Nullable String backupUrl() {
    return backupUrl;
  }

  /** What it does not take of a composition, each a sentence; empty when it takes it. */
  public List<String> refuses(CompositionSpec spec) {
    List<String> reasons = new ArrayList<>();
    int most = videoBitrate(spec.canvas());
    if (most == 0) {
      reasons.add(
          "%s takes no picture of %dx%d at %d"
              .formatted(
                  json(), spec.canvas().width(), spec.canvas().height(), spec.canvas().fps()));
    } else if (spec.video().bitrate() > most) {
      reasons.add(
          "%s takes video of at most %d bit/s at %dx%d and %d frames a second, video.bitrate is %d"
              .formatted(
                  json(),
                  most,
                  spec.canvas().width(),
                  spec.canvas().height(),
                  spec.canvas().fps(),
                  spec.video().bitrate()));
    }
    if (spec.video().keyframeInterval() > keyframeInterval) {
      reasons.add(
          "%s wants a key frame every %d s or more often, video.keyframeInterval is %d"
              .formatted(json(), keyframeInterval, spec.video().keyframeInterval()));
    }
    if (spec.audio().bitrate() > audioBitrate) {
      reasons.add(
          "%s takes sound of at most %d bit/s, audio.bitrate is %d"
              .formatted(json(), audioBitrate, spec.audio().bitrate()));
    }
    return reasons;
  }

  /** The most for video in bit/s; 0 when such a picture is not taken. */
  private int videoBitrate(CompositionSpec.Canvas canvas) {
    // A portrait picture counts as the landscape one of its size.
    int lines = Math.min(canvas.width(), canvas.height());
    boolean fast = canvas.fps() > 30;
    return switch (this) {
      case YOUTUBE ->
          lines > 2160
              ? 0
              : lines > 1440
                  ? (fast ? 40_000_000 : 35_000_000)
                  : lines > 1080
                      ? (fast ? 30_000_000 : 25_000_000)
                      : lines > 720 ? (fast ? 10_000_000 : 8_000_000) : 8_000_000;
      case IVS -> lines > 1080 ? 0 : 8_500_000;
      case FACEBOOK ->
          lines > 1080
              ? 0
              : lines > 720 ? (fast ? 9_000_000 : 6_000_000) : (fast ? 6_000_000 : 4_000_000);
      case TWITCH -> lines > 1080 ? 0 : 6_000_000;
    };
  }
}
