package dev.callcast.testkit.clip;

import dev.callcast.protocol.Codec;
import dev.callcast.protocol.TrackKind;
import java.util.ArrayList;
import java.util.List;

/**
 * What a video clip shows and how it is encoded.
 *
 * <p>A clip of N frames has its key frames every G = 2 s. So that a sender can answer a request for
 * a key frame soon, it also holds <em>patches</em>: for each multiple of a sixth of a second that
 * is not a key frame already, the frames from there to the next key frame encoded once more,
 * beginning with a key frame. All of it is one run of one encoder.
 *
 * @param participant whose marks, colour and flash; 0 to 63
 * @param bitrate in bit/s
 * @param seconds the length, after which the clip loops
 * @param patches whether there are patches; without them a key frame comes at multiples of 2 s only
 */
public record VideoClipSpec(
    int participant,
    String name,
    Codec codec,
    int width,
    int height,
    int fps,
    int bitrate,
    int seconds,
    boolean patches) {
  public VideoClipSpec {
    if (codec.kind() != TrackKind.VIDEO) {
      throw new IllegalArgumentException(codec + " is not a video codec");
    }
    if (codec == Codec.H264 && (width % 2 != 0 || height % 2 != 0)) {
      throw new IllegalArgumentException(
          "H.264 in 4:2:0 needs an even size, not " + width + "x" + height);
    }
    if (participant < 0 || participant >= ClipMarks.MAX_PARTICIPANTS) {
      throw new IllegalArgumentException("participant " + participant);
    }
    if (seconds < 2 || seconds % 2 != 0 || seconds * fps > ClipMarks.MAX_FRAMES) {
      throw new IllegalArgumentException(
          "a clip of " + seconds + " s at " + fps + " fps: even seconds, at most 1024 frames");
    }
  }

  /** 640x360 at 30 fps and 600 kbit/s, 10 s. */
  public static VideoClipSpec standard(int participant, String name, Codec codec) {
    return new VideoClipSpec(participant, name, codec, 640, 360, 30, 600_000, 10, true);
  }

  public VideoClipSpec withSize(int newWidth, int newHeight) {
    return new VideoClipSpec(
        participant, name, codec, newWidth, newHeight, fps, bitrate, seconds, patches);
  }

  public VideoClipSpec withBitrate(int newBitrate) {
    return new VideoClipSpec(
        participant, name, codec, width, height, fps, newBitrate, seconds, patches);
  }

  /** Another frame rate; the clip becomes shorter where the frame counter asks for it. */
  public VideoClipSpec withFps(int newFps) {
    int longest = ClipMarks.MAX_FRAMES / newFps / 2 * 2;
    return new VideoClipSpec(
        participant,
        name,
        codec,
        width,
        height,
        newFps,
        bitrate,
        Math.min(seconds, longest),
        patches);
  }

  public VideoClipSpec withoutPatches() {
    return new VideoClipSpec(participant, name, codec, width, height, fps, bitrate, seconds, false);
  }

  public int frames() {
    return seconds * fps;
  }

  /** Frames from one regular key frame to the next. */
  public int keyInterval() {
    return 2 * fps;
  }

  /** Frames from one possible answer to a key frame request to the next. */
  public int patchInterval() {
    return patches ? Math.max(1, fps / 6) : keyInterval();
  }

  /** A run of frames that begins with a key frame. */
  record Segment(int firstFrame, int frames) {}

  /** The runs in the order in which they are encoded: the clip itself, then its patches. */
  List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    for (int key = 0; key < frames(); key += keyInterval()) {
      segments.add(new Segment(key, keyInterval()));
    }
    for (int key = 0; key < frames(); key += keyInterval()) {
      for (int at = patchInterval(); at < keyInterval(); at += patchInterval()) {
        segments.add(new Segment(key + at, keyInterval() - at));
      }
    }
    return segments;
  }
}
