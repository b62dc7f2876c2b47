package dev.callcast.server.hls;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a file's name in a stream's address means. */
public sealed interface HlsFile {
  String PLAYLIST_TYPE = HlsPublisher.PLAYLIST_TYPE;
  String SEGMENT_TYPE = "video/iso.segment";

  /** Of what never changes. */
  String FOREVER = HlsPublisher.FOREVER;

  Pattern SEGMENT = Pattern.compile("(\\d{1,18})\\.m4s");
  Pattern INIT = Pattern.compile("init-\\d{1,9}\\.mp4");

  /** The multivariant playlist. */
  record Main() implements HlsFile {}

  /** The media playlist. */
  record Media() implements HlsFile {}

  /** An init file. */
  record Init(String name) implements HlsFile {}

  /** A segment. */
  record Segment(long number) implements HlsFile {}

  /** A part of a segment. */
  record Part(long segment, int part) implements HlsFile {}

  /** Nothing that a stream has. */
  record Unknown() implements HlsFile {}

  /** Only what is named here is ever looked for in a directory. */
  static HlsFile of(String name) {
    if (name.equals(HlsPlaylist.MAIN)) {
      return new Main();
    }
    if (name.equals(HlsPlaylist.MEDIA)) {
      return new Media();
    }
    if (INIT.matcher(name).matches()) {
      return new Init(name);
    }
    Matcher segment = SEGMENT.matcher(name);
    if (segment.matches()) {
      return new Segment(Long.parseLong(segment.group(1)));
    }
    HlsPlaylist.PartName part = HlsPlaylist.PartName.parse(name);
    return part == null ? new Unknown() : new Part(part.segment(), part.part());
  }

  /** Of a playlist as it is now. */
  static String cacheControl(HlsStream stream) {
    return stream.row().lowLatency() && !stream.ended()
        ? "no-cache" // who does not wait for more wants the newest
        : HlsPublisher.cacheControl(stream.row(), stream.ended());
  }
}
