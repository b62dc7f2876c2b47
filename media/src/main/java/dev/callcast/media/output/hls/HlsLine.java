package dev.callcast.media.output.hls;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** One line of a stream's {@link HlsIndex}. Segments are numbered from 0, runs from 1. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "line")
@JsonSubTypes({
  @JsonSubTypes.Type(value = HlsLine.Run.class, name = "run"),
  @JsonSubTypes.Type(value = HlsLine.Opened.class, name = "opened"),
  @JsonSubTypes.Type(value = HlsLine.Part.class, name = "part"),
  @JsonSubTypes.Type(value = HlsLine.Closed.class, name = "closed"),
  @JsonSubTypes.Type(value = HlsLine.Whole.class, name = "whole"),
  @JsonSubTypes.Type(value = HlsLine.Ended.class, name = "ended")
})
public sealed interface HlsLine {
  /**
   * A writer's uninterrupted work: its segments go on in one another, those of another run do not.
   *
   * @param init the file of {@code ftyp} and {@code moov} that its segments need
   * @param codecs as in RFC 6381
   * @param width px; 0 without pictures
   * @param fps frames per second; 0 without pictures
   * @param partTarget s that no part is longer than
   */
  record Run(int run, String init, String codecs, int width, int height, int fps, double partTarget)
      implements HlsLine {
    /** The name of a run's init file. */
    public static String file(int run) {
      return "init-" + run + ".mp4";
    }
  }

  /**
   * A segment begins.
   *
   * @param wallMillis of its first picture, ms since 1970
   */
  record Opened(long segment, int run, long wallMillis) implements HlsLine {}

  /**
   * So many bytes more of a segment are there, whole fragments.
   *
   * @param seconds that they last
   * @param independent they start with a key frame
   */
  record Part(long segment, long bytes, double seconds, boolean independent) implements HlsLine {}

  /** A segment is whole. */
  record Closed(long segment) implements HlsLine {}

  /** The same as all lines of one segment. */
  record Whole(long segment, int run, long wallMillis, long bytes, double seconds)
      implements HlsLine {}

  /** The stream has been ended in order, for now. */
  record Ended() implements HlsLine {}
}
