package dev.callcast.server.hls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.callcast.media.output.hls.HlsLine;
import dev.callcast.media.output.hls.HlsSegment;
import dev.callcast.server.store.HlsPlaylistType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The text of playlists, against RFC 8216bis. */
class HlsPlaylistTest {
  private static final HlsLine.Run FIRST = run(1);
  private static final HlsLine.Run SECOND = run(2);
  private static final long BEGIN = 1_790_000_000_000L; // 2026-09-21T14:13:20Z

  private static HlsLine.Run run(int number) {
    return new HlsLine.Run(
        number, "init-" + number + ".mp4", "avc1.640028,mp4a.40.2", 1280, 720, 30, 0.36667);
  }

  private static HlsSegment segment(long number, HlsLine.Run run, int parts, boolean whole) {
    List<HlsSegment.Part> all = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      all.add(new HlsSegment.Part(1000L * i, 1000, 1 / 3.0, i == 0));
    }
    double seconds = parts == 0 ? 2 : parts / 3.0;
    return new HlsSegment(number, run, BEGIN + 2000 * number, 6000, seconds, all, whole);
  }

  private static List<HlsSegment> whole(long from, long to, HlsLine.Run run) {
    return LongStream.range(from, to).mapToObj(n -> segment(n, run, 0, true)).toList();
  }

  private static HlsPlaylist.Options options(HlsPlaylistType type, double partTarget) {
    return new HlsPlaylist.Options(type, 2, type == HlsPlaylistType.LIVE ? 3 : 0, partTarget);
  }

  @Test
  void aLiveWindowHasItsNewestSegments() {
    List<HlsSegment> all = new ArrayList<>(whole(0, 9, FIRST));
    all.add(segment(9, FIRST, 2, false)); // not for players without parts
    assertThat(HlsPlaylist.media(options(HlsPlaylistType.LIVE, 0), all, false))
        .isEqualTo(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:6
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:32.000Z
            #EXTINF:2.00000,
            6.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:34.000Z
            #EXTINF:2.00000,
            7.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:36.000Z
            #EXTINF:2.00000,
            8.m4s
            """);
  }

  @Test
  void anEventKeepsAllAndAnotherRunIsADiscontinuity() {
    List<HlsSegment> all = new ArrayList<>(whole(0, 1, FIRST));
    all.addAll(whole(1, 2, SECOND));
    String text = HlsPlaylist.media(options(HlsPlaylistType.EVENT, 0), all, false);
    assertThat(text)
        .isEqualTo(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-PLAYLIST-TYPE:EVENT
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:20.000Z
            #EXTINF:2.00000,
            0.m4s
            #EXT-X-DISCONTINUITY
            #EXT-X-MAP:URI="init-2.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:22.000Z
            #EXTINF:2.00000,
            1.m4s
            """);
    assertThat(HlsPlaylist.media(options(HlsPlaylistType.EVENT, 0), all, true))
        .isEqualTo(text + "#EXT-X-ENDLIST\n");
  }

  @Test
  void aVodIsTheSameWithItsTypeAndItsEnd() {
    String text = HlsPlaylist.media(options(HlsPlaylistType.VOD, 0), whole(0, 3, FIRST), true);
    assertThat(text).contains("#EXT-X-PLAYLIST-TYPE:VOD\n").endsWith("2.m4s\n#EXT-X-ENDLIST\n");
  }

  @Test
  void lowLatencyListsPartsOfTheLastThreeTargetsAndWhatIsNext() {
    List<HlsSegment> all = new ArrayList<>();
    for (long n = 0; n < 5; n++) {
      all.add(segment(n, FIRST, 6, true));
    }
    all.add(segment(5, FIRST, 2, false));
    HlsPlaylist.Options options = new HlsPlaylist.Options(HlsPlaylistType.LIVE, 2, 4, 11 / 30.0);
    String text = HlsPlaylist.media(options, all, false);
    assertThat(text)
        .startsWith(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.100
            #EXT-X-PART-INF:PART-TARGET=0.36667
            #EXT-X-MEDIA-SEQUENCE:1
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:22.000Z
            #EXTINF:2.00000,
            1.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:24.000Z
            #EXT-X-PART:DURATION=0.33333,URI="2.0.m4s",INDEPENDENT=YES
            #EXT-X-PART:DURATION=0.33333,URI="2.1.m4s"
            """)
        .endsWith(
            """
            4.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:30.000Z
            #EXT-X-PART:DURATION=0.33333,URI="5.0.m4s",INDEPENDENT=YES
            #EXT-X-PART:DURATION=0.33333,URI="5.1.m4s"
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI="5.2.m4s"
            """);
    assertThat(HlsPlaylist.media(options, all.subList(0, 5), false))
        .endsWith("4.m4s\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"5.0.m4s\"\n");
    assertThat(HlsPlaylist.media(options, all, true))
        .doesNotContain("EXT-X-PART", "PRELOAD", "SERVER-CONTROL")
        .endsWith("#EXTINF:0.66667,\n5.m4s\n#EXT-X-ENDLIST\n");
  }

  @Test
  void sequencesGrowWhileTheWindowMoves() {
    List<HlsSegment> all = new ArrayList<>(whole(0, 4, FIRST));
    all.addAll(whole(4, 9, SECOND));
    HlsPlaylist.Options options = options(HlsPlaylistType.LIVE, 0);
    // The discontinuity is in the window, then before it.
    assertThat(HlsPlaylist.media(options, all.subList(0, 6), false))
        .contains("#EXT-X-MEDIA-SEQUENCE:3\n", "3.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP")
        .doesNotContain("DISCONTINUITY-SEQUENCE");
    assertThat(HlsPlaylist.media(options, all.subList(0, 7), false))
        .contains("#EXT-X-MEDIA-SEQUENCE:4\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n")
        .doesNotContain("#EXT-X-DISCONTINUITY\n");
  }

  @Test
  void theMultivariantPlaylistSaysWhatPlayersChooseBy() {
    assertThat(HlsPlaylist.main(FIRST, 3_600_000, 3_100_000))
        .isEqualTo(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-STREAM-INF:BANDWIDTH=3600000,AVERAGE-BANDWIDTH=3100000,\
            CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
            media.m3u8
            """);
    HlsLine.Run sound = new HlsLine.Run(1, "init-1.mp4", "mp4a.40.2", 0, 0, 0, 0);
    assertThat(HlsPlaylist.main(sound, 130_000, 128_000))
        .contains("CODECS=\"mp4a.40.2\"\n")
        .doesNotContain("RESOLUTION", "FRAME-RATE");
  }

  @Test
  void onlyWhatAStreamHasIsAFileOfIt() {
    assertThat(HlsFile.of("12.m4s")).isEqualTo(new HlsFile.Segment(12));
    assertThat(HlsFile.of("12.3.m4s")).isEqualTo(new HlsFile.Part(12, 3));
    assertThat(HlsFile.of("init-2.mp4")).isEqualTo(new HlsFile.Init("init-2.mp4"));
    for (String other :
        List.of("index.jsonl", "..", "../x.m4s", "init-../1.mp4", "1.m4s/", "-1.m4s", "")) {
      assertThat(HlsFile.of(other)).as(other).isEqualTo(new HlsFile.Unknown());
    }
  }
}
