package dev.callcast.testkit.check;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What ffprobe finds in a file, packet by packet.
 *
 * @param duration in seconds as the container says; 0 when it does not
 * @param video the first video stream, or null
 * @param audio the first audio stream, or null
 * @param errors what ffprobe complained about
 */
public record MediaProbe(
    String format,
    double duration,
    @Nullable Track video,
    @Nullable Track audio,
    List<String> errors) {
  public MediaProbe {
    errors = List.copyOf(errors);
  }

  /**
   * One stream. Times in seconds on the file's own timeline, edit lists applied.
   *
   * @param width of video in px, else 0
   * @param rate of video in frames a second, of audio in Hz
   * @param start the earliest PTS
   * @param end the latest PTS plus duration
   * @param keyFrameTimes of video, ascending; empty for audio
   * @param longestGap from one PTS to the next, in PTS order
   * @param shortestGap likewise
   * @param backwardDts packets whose DTS is not above the one before
   * @param peakBitrate the highest mean bit/s in any 2 s
   */
  public record Track(
      String codec,
      String profile,
      int width,
      int height,
      double rate,
      int channels,
      int packets,
      long bytes,
      double start,
      double end,
      List<Double> keyFrameTimes,
      double longestGap,
      double shortestGap,
      int backwardDts,
      double peakBitrate) {
    public Track {
      keyFrameTimes = List.copyOf(keyFrameTimes);
    }

    public double seconds() {
      return end - start;
    }

    /** Mean bit/s. */
    public double bitrate() {
      return seconds() > 0 ? bytes * 8 / seconds() : 0;
    }

    /** The longest time from one key frame to the next; 0 with fewer than two. */
    public double longestKeyFrameInterval() {
      double longest = 0;
      for (int i = 1; i < keyFrameTimes.size(); i++) {
        longest = Math.max(longest, keyFrameTimes.get(i) - keyFrameTimes.get(i - 1));
      }
      return longest;
    }
  }

  /** How much later sound begins than picture, in seconds; 0 when one is missing. */
  public double startOffset() {
    return video == null || audio == null ? 0 : audio.start() - video.start();
  }

  /** How much later sound ends than picture, in seconds; 0 when one is missing. */
  public double endOffset() {
    return video == null || audio == null ? 0 : audio.end() - video.end();
  }

  /** Two lines for people. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    if (video != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "picture  %s %s %dx%d, %.3f s, %d frames, %.0f kbit/s, key frame every %.2f s%n",
              video.codec(),
              video.profile(),
              video.width(),
              video.height(),
              video.seconds(),
              video.packets(),
              video.bitrate() / 1000,
              video.longestKeyFrameInterval()));
    }
    if (audio != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "sound    %s %.0f Hz, %d channels, %.3f s, %.0f kbit/s%n",
              audio.codec(),
              audio.rate(),
              audio.channels(),
              audio.seconds(),
              audio.bitrate() / 1000));
    }
    return text.toString();
  }
}
