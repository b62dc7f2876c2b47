package dev.callcast.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * How a recording is made and finished; fixed for its life.
 *
 * @param format of its file
 * @param gaps what becomes of the time in which no worker was alive
 * @param faststart the finished file has its index in front, where a player finds it at once
 */
public record RecordingOptions(Format format, Gaps gaps, boolean faststart) {
  /** An MP4 that shows gaps as they were. */
  public static final RecordingOptions DEFAULT = new RecordingOptions(Format.MP4, Gaps.KEEP, false);

  /** What kind of file it is. */
  public enum Format {
    /** H.264 and AAC. */
    MP4("mp4", "video/mp4"),
    /** AAC alone, in an MP4. */
    M4A("m4a", "audio/mp4"),
    /** Opus alone, in Ogg (RFC 7845). */
    OGG("ogg", "audio/ogg");

    private final String json;
    private final String mediaType;

    Format(String json, String mediaType) {
      this.json = json;
      this.mediaType = mediaType;
    }

    /** The name in JSON, and the file's suffix without its dot. */
    @JsonValue
    public String json() {
      return json;
    }

    /** The media type of its files. */
    public String mediaType() {
      return mediaType;
    }

    /** Whether there are pictures in it. */
    public boolean video() {
      return this == MP4;
    }
  }

  /** What a player shows of a gap that a crash left. */
  public enum Gaps {
    /** The last picture and silence, as long as it was: times in the file are times in the call. */
    KEEP("keep"),
    /** Nothing: what follows the gap follows at once. */
    CUT("cut");

    private final String json;

    Gaps(String json) {
      this.json = json;
    }

    /** The name in JSON. */
    @JsonValue
    public String json() {
      return json;
    }
  }

  /** The same with another format. */
  public RecordingOptions with(Format format) {
    return new RecordingOptions(format, gaps, faststart);
  }

  /** The same with another treatment of gaps. */
  public RecordingOptions with(Gaps gaps) {
    return new RecordingOptions(format, gaps, faststart);
  }
}
