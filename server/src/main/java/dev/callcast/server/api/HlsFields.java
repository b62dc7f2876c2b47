package dev.callcast.server.api;

import dev.callcast.protocol.CompositionSpec;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.HlsStore;

/** Reads an HLS output. */
final class HlsFields {
  private static final int LONGEST_SEGMENT = 60;
  private static final int LARGEST_WINDOW = 1000;

  /** What a window has to have, that players may begin three target durations before its end. */
  private static final int SMALLEST_WINDOW = 3;

  /** No two seconds have more than this of the picture's bitrate (docs/decisions/0004). */
  private static final double PEAK = 1.15;

  /** What boxes add. */
  private static final double OVERHEAD = 1.02;

  private HlsFields() {}

  /** {@code storage} is the name of the one that it goes to. */
  static OutputFactory.Wanted.Hls read(
      String id, Fields fields, CompositionSpec spec, String storage) {
    HlsPlaylistType playlist =
        fields.choice(
            "playlist", HlsPlaylistType.values(), HlsPlaylistType::json, HlsPlaylistType.LIVE);
    int keyFrames = spec.video().off() ? 1 : spec.video().keyframeInterval();
    int usual = Math.ceilDiv(4, keyFrames) * keyFrames;
    int segment = (int) fields.integer("segmentDuration", 1, LONGEST_SEGMENT, usual);
    if (segment % keyFrames != 0) {
      throw Problem.field(
          fields.at("segmentDuration"),
          "It is no multiple of the composition's " + keyFrames + " s between key frames.",
          "Use one, or make a composition with another video.keyframeInterval.");
    }
    boolean live = playlist == HlsPlaylistType.LIVE;
    if (!live && fields.has("window")) {
      throw Problem.field(
          fields.at("window"),
          "A playlist of the type " + playlist.json() + " keeps every segment.",
          "Leave it out, or use the type live.");
    }
    int window = live ? (int) fields.integer("window", SMALLEST_WINDOW, LARGEST_WINDOW, 6) : 0;
    double part = fields.number("partDuration", 0.1, 2, 0);
    if (part > 0 && playlist == HlsPlaylistType.VOD) {
      throw Problem.field(
          fields.at("partDuration"),
          "A playlist that comes at the end has no low latency.",
          "Leave it out, or use the type live or event.");
    }
    if (part > segment / 2.0) {
      throw Problem.field(
          fields.at("partDuration"),
          "Two parts are longer than a segment.",
          "Use a half of segmentDuration at most.");
    }
    double video = spec.video().off() ? 0 : spec.video().bitrate() * PEAK;
    long bandwidth = Math.round((video + spec.audio().bitrate()) * OVERHEAD);
    return new OutputFactory.Wanted.Hls(
        id,
        new HlsStore.Wanted(
            storage, playlist, segment * 1000, (int) Math.round(part * 1000), window, bandwidth));
  }
}
