package dev.callcast.media.output.mp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chapters in both forms that players know: Nero's {@code chpl} (VLC, mpv, ffmpeg; 255 at most) and
 * a text track that the first track names as its chapters (QuickTime File Format, "Chapter Lists";
 * any number). Immutable.
 *
 * @param entries by time, each later than the one before
 */
record Mp4Chapters(List<Entry> entries) {
  private static final int TIMESCALE = 1000;
  private static final int MOST_IN_CHPL = 255;
  private static final int LONGEST_IN_CHPL = 255;

  /** {@code millis} in the presentation; {@code title} in UTF-8. */
  @SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
  record Entry(long millis, byte[] title) {}

  /**
   * Maps chapters to the presentation. One in a span that is cut out stands where what follows the
   * cut begins; one before the start at the start, one behind the end at the end.
   *
   * @param origin ns on the composition's timeline of the file's time 0
   * @param kept spans of the file's timeline that are shown
   */
  static Mp4Chapters of(List<Mp4Finisher.Chapter> chapters, long origin, List<Gap> kept) {
    var entries = new ArrayList<Entry>();
    long free = 0;
    for (var chapter :
        chapters.stream()
            .sorted(Comparator.comparingLong(Mp4Finisher.Chapter::mediaTime))
            .toList()) {
      long shown = shown(chapter.mediaTime() - origin, kept);
      // Players want them apart: two of one moment get a millisecond between them.
      long millis = Math.max(free, Math.round(shown / 1e6));
      entries.add(new Entry(millis, chapter.title().getBytes(StandardCharsets.UTF_8)));
      free = millis + 1;
    }
    return new Mp4Chapters(entries);
  }

  /** Where a moment of the file's timeline is in the presentation, ns. */
  static long shown(long time, List<Gap> kept) {
    long before = 0;
    for (Gap span : kept) {
      if (time < span.to()) {
        return before + Math.max(0, time - span.from());
      }
      before += span.length();
    }
    return before;
  }

  boolean any() {
    return !entries.isEmpty();
  }

  /** The titles as samples in an {@code mdat}, to stand at {@code position}; empty without any. */
  ByteBuffer samples(long position) {
    var b = new BoxBuffer();
    if (any()) {
      int mdat = b.begin("mdat");
      if (startsLater()) {
        text(b, new byte[0]);
      }
      entries.forEach(entry -> text(b, entry.title()));
      b.end(mdat);
    }
    return b.view();
  }

  /** Whether the first chapter starts after the beginning: an empty sample stands before it. */
  private boolean startsLater() {
    return entries.getFirst().millis() > 0;
  }

  private static void text(BoxBuffer b, byte[] title) {
    int length = Math.min(title.length, 0xffff);
    b.u16(length);
    b.bytes(title, 0, length);
    int encoding = b.begin("encd");
    b.u32(0x100); // UTF-8
    b.end(encoding);
  }

  private static int size(byte[] title) {
    return 2 + Math.min(title.length, 0xffff) + 12;
  }

  /**
   * Writes the text track.
   *
   * @param duration of the movie, in {@code movieTimescale}
   * @param position where the {@link #samples} stand
   */
  void trak(BoxBuffer b, long created, long duration, int movieTimescale, long position) {
    long end = Mp4Track.rescale(duration, movieTimescale, TIMESCALE);
    int trak = b.begin("trak");
    Mp4Boxes.chaptersTkhd(b, created, duration);
    int mdia = b.begin("mdia");
    Mp4Boxes.mdhd(b, TIMESCALE, created, end);
    int hdlr = b.begin("hdlr", 0, 0);
    b.u32(0);
    b.fourcc("text");
    b.zeros(12);
    b.string("Chapters");
    b.end(hdlr);
    int minf = b.begin("minf");
    int gmhd = b.begin("gmhd");
    int gmin = b.begin("gmin", 0, 0);
    b.u16(0x40); // graphics mode: copy
    b.u16(0x8000);
    b.u16(0x8000);
    b.u16(0x8000);
    b.zeros(4); // balance
    b.end(gmin);
    int matrix = b.begin("text");
    Mp4Boxes.matrix(b);
    b.end(matrix);
    b.end(gmhd);
    Mp4Boxes.dinf(b);
    stbl(b, end, position);
    b.end(minf);
    b.end(mdia);
    b.end(trak);
  }

  private void stbl(BoxBuffer b, long end, long position) {
    int stbl = b.begin("stbl");
    int stsd = b.begin("stsd", 0, 0);
    b.u32(1);
    int entry = b.begin("text");
    b.zeros(6);
    b.u16(1); // data reference
    b.u32(0); // display flags
    b.u32(1); // centred
    b.zeros(6 + 8 + 8); // background, text box
    b.zeros(2 + 2 + 1 + 2); // font number, face
    b.zeros(6); // foreground
    b.u8(0); // no font name
    b.end(entry);
    b.end(stsd);

    var times = new ArrayList<Long>();
    var sizes = new ArrayList<Integer>();
    if (startsLater()) {
      times.add(0L);
      sizes.add(size(new byte[0]));
    }
    for (Entry chapter : entries) {
      times.add(chapter.millis());
      sizes.add(size(chapter.title()));
    }
    int stts = b.begin("stts", 0, 0);
    b.u32(times.size());
    for (int i = 0; i < times.size(); i++) {
      long next = i + 1 < times.size() ? times.get(i + 1) : Math.max(end, times.get(i) + 1);
      b.u32(1);
      b.u32(next - times.get(i));
    }
    b.end(stts);
    int stsc = b.begin("stsc", 0, 0);
    b.u32(1);
    b.u32(1);
    b.u32(times.size());
    b.u32(1);
    b.end(stsc);
    int stsz = b.begin("stsz", 0, 0);
    b.u32(0);
    b.u32(sizes.size());
    sizes.forEach(b::u32);
    b.end(stsz);
    long data = position + 8;
    boolean large = data > 0xffff_ffffL;
    int stco = b.begin(large ? "co64" : "stco", 0, 0);
    b.u32(1);
    b.time(large ? 1 : 0, data);
    b.end(stco);
    b.end(stbl);
  }

  /** Writes Nero's form: times in 100 ns, titles of 255 bytes at most. */
  void chpl(BoxBuffer b) {
    if (!any()) {
      return;
    }
    int chpl = b.begin("chpl", 1, 0);
    b.u32(0);
    int count = Math.min(entries.size(), MOST_IN_CHPL);
    b.u8(count);
    for (Entry entry : entries.subList(0, count)) {
      b.u64(entry.millis() * 10_000);
      int length = whole(entry.title(), LONGEST_IN_CHPL);
      b.u8(length);
      b.bytes(entry.title(), 0, length);
    }
    b.end(chpl);
  }

  /** The length of the longest prefix within {@code most} bytes that cuts no character apart. */
  private static int whole(byte[] utf8, int most) {
    if (utf8.length <= most) {
      return utf8.length;
    }
    int length = most;
    while (length > 0 && (utf8[length] & 0xc0) == 0x80) {
      length--;
    }
    return length;
  }
}
