package dev.callcast.server.hls;

import dev.callcast.media.output.hls.HlsLine;
import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.store.HlsPlaylistType;
import dev.callcast.server.store.Ids;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The text of playlists, by RFC 8216bis. Pure. */
final class HlsPlaylist {
  /** The multivariant playlist's name. */
  static final String MAIN = "index.m3u8";

  /** The media playlist's name. */
  static final String MEDIA = "media.m3u8";

  /** Parts are listed of so many target durations before the end (§4.4.4.9). */
  private static final int TARGETS_WITH_PARTS = 3;

  private static final Pattern PART = Pattern.compile("(\\d{1,18})\\.(\\d{1,9})\\.m4s");

  private HlsPlaylist() {}

  /**
   * What does not change of a media playlist.
   *
   * @param target s that no segment is longer than, rounded
   * @param window segments that are listed; 0 for all
   * @param partTarget s; 0 for no low latency
   */
  record Options(HlsPlaylistType type, int target, int window, double partTarget) {}

  /** A part by its name. */
  record PartName(long segment, int part) {
    static @Nullable PartName parse(String file) {
      Matcher matcher = PART.matcher(file);
      return matcher.matches()
          ? new PartName(Long.parseLong(matcher.group(1)), Integer.parseInt(matcher.group(2)))
          : null;
    }

    @Override
    public String toString() {
      return segment + "." + part + ".m4s";
    }
  }

  /**
   * The multivariant playlist, of one variant.
   *
   * @param peak bit/s of the segment that has most
   * @param average bit/s
   */
  static String main(HlsLine.Run run, long peak, long average) {
    StringBuilder text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n");
    text.append("#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:BANDWIDTH=").append(peak);
    text.append(",AVERAGE-BANDWIDTH=").append(average);
    text.append(",CODECS=\"").append(run.codecs()).append('"');
    if (run.width() > 0) {
      text.append(",RESOLUTION=").append(run.width()).append('x').append(run.height());
      text.append(",FRAME-RATE=").append(decimal(run.fps(), 3));
    }
    return text.append('\n').append(MEDIA).append('\n').toString();
  }

  /**
   * A media playlist.
   *
   * @param segments in order; of the last one there may be some parts only
   * @param ended nothing more comes
   */
  static String media(Options options, List<HlsSegment> segments, boolean ended) {
    List<HlsSegment> whole =
        segments.stream().filter(one -> one.whole() || (ended && one.bytes() > 0)).toList();
    if (options.window() > 0 && whole.size() > options.window()) {
      whole = whole.subList(whole.size() - options.window(), whole.size());
    }
    boolean parts = options.partTarget() > 0 && !ended;
    HlsSegment last = segments.isEmpty() ? null : segments.getLast();
    HlsSegment open = parts && last != null && !last.whole() ? last : null;
    HlsSegment first = whole.isEmpty() ? open : whole.getFirst();

    StringBuilder text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n");
    text.append("#EXT-X-TARGETDURATION:").append(options.target()).append('\n');
    if (parts) {
      text.append("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=")
          .append(decimal(3 * options.partTarget(), 3))
          .append("\n#EXT-X-PART-INF:PART-TARGET=")
          .append(decimal(options.partTarget(), 5))
          .append('\n');
    }
    text.append("#EXT-X-MEDIA-SEQUENCE:").append(first == null ? 0 : first.number()).append('\n');
    if (first != null && first.run().run() > 1) {
      text.append("#EXT-X-DISCONTINUITY-SEQUENCE:").append(first.run().run() - 1).append('\n');
    }
    if (options.type() != HlsPlaylistType.LIVE) {
      text.append("#EXT-X-PLAYLIST-TYPE:")
          .append(options.type().json().toUpperCase(Locale.ROOT))
          .append('\n');
    }
    text.append("#EXT-X-INDEPENDENT-SEGMENTS\n");

    double left = whole.stream().mapToDouble(HlsSegment::seconds).sum();
    HlsLine.Run run = null;
    for (HlsSegment segment : whole) {
      begin(text, segment, run);
      run = segment.run();
      if (parts && left <= TARGETS_WITH_PARTS * options.target()) {
        parts(text, segment);
      }
      left -= segment.seconds();
      text.append("#EXTINF:").append(decimal(segment.seconds(), 5)).append(",\n");
      text.append(segment.file()).append('\n');
    }
    if (open != null && open.bytes() > 0) {
      begin(text, open, run);
      parts(text, open);
    }
    if (parts && last != null) {
      PartName hint =
          open == null
              ? new PartName(last.number() + 1, 0)
              : new PartName(open.number(), open.parts().size());
      text.append("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"").append(hint).append("\"\n");
    }
    if (ended) {
      text.append("#EXT-X-ENDLIST\n");
    }
    return text.toString();
  }

  private static void begin(StringBuilder text, HlsSegment segment, HlsLine.@Nullable Run before) {
    if (before != null && before.run() != segment.run().run()) {
      text.append("#EXT-X-DISCONTINUITY\n");
    }
    if (before == null || before.run() != segment.run().run()) {
      text.append("#EXT-X-MAP:URI=\"").append(segment.run().init()).append("\"\n");
    }
    text.append("#EXT-X-PROGRAM-DATE-TIME:")
        .append(Ids.time(Instant.ofEpochMilli(segment.wallMillis())))
        .append('\n');
  }

  private static void parts(StringBuilder text, HlsSegment segment) {
    for (int i = 0; i < segment.parts().size(); i++) {
      HlsSegment.Part part = segment.parts().get(i);
      text.append("#EXT-X-PART:DURATION=")
          .append(decimal(part.seconds(), 5))
          .append(",URI=\"")
          .append(new PartName(segment.number(), i))
          .append('"')
          .append(part.independent() ? ",INDEPENDENT=YES\n" : "\n");
    }
  }

  private static String decimal(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
