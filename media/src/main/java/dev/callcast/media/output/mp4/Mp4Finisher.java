package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes an ordinary, seekable MP4 of a recording whose writer has ended, cleanly or not. Stateless;
 * any thread; it locks the file while it works.
 *
 * <p>Order: a torn last fragment is cut off; a {@code moov} with all samples is appended; sync; the
 * 16 bytes of {@code free} become the header of one {@code mdat} over all that lies before that
 * {@code moov}; sync. Until those 16 bytes are written (in one write, within one sector) the file
 * is the fragmented one with something behind it that players pass over, so it may be killed at any
 * byte: the next run cuts off what it finds behind the fragments and does it again.
 *
 * <p>Pauses become edits: the finished file shows the spans between them, one after another. Both
 * tracks start at the first picture, to the sample: sound that began before it is skipped by its
 * edit, sound that comes later is preceded by an empty one.
 */
public final class Mp4Finisher {
  private Mp4Finisher() {}

  /**
   * What to write into the tags, and what to leave out.
   *
   * @param title shown by players, or null
   * @param encoder name and version of this program
   * @param cuts spans of the file's timeline to leave out besides those that the file itself notes
   */
  public record Options(@Nullable String title, String encoder, List<Gap> cuts) {
    public Options {
      cuts = List.copyOf(cuts);
    }

    /** No cuts. */
    public static Options of(@Nullable String title) {
      return new Options(title, "Callcast", List.of());
    }
  }

  /** What came of it. */
  public sealed interface Result {
    /** The file is an ordinary MP4, by this run or by one before ({@code already}). */
    record Finished(Mp4Summary summary, boolean already) implements Result {}

    /** No complete fragment is in it; it was left as it is. */
    record Empty() implements Result {}

    /** A living process writes or finishes it; it was left as it is. */
    record InUse() implements Result {}
  }

  /**
   * Finishes a file, or finds that it is finished.
   *
   * @throws Mp4FormatException where it is no recording of ours
   * @throws IOException where the disk fails or is full: the file stays playable, try again later
   */
  public static Result finish(Path path, Options options) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!FragmentedMp4Writer.lock(file)) {
        return new Result.InUse();
      }
      var contents = Mp4Contents.of(file);
      var tables = contents.tables();
      if (tables == null || contents.fragments() == 0) {
        return new Result.Empty();
      }
      boolean already = contents.scan().finished();
      if (!already) {
        var cuts = new ArrayList<>(contents.cuts());
        cuts.addAll(options.cuts());
        write(file, contents.scan().completeLength(), moov(tables, cuts, options));
      }
      var summary = Mp4Inspector.summary(Mp4Contents.of(file)).orElseThrow();
      return new Result.Finished(summary, already);
    }
  }

  /** Bytes from the start in which finishing changes something; all behind stays as it was. */
  public static final int REWRITTEN = Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE;

  /**
   * Ends a file that is to stay fragmented: a torn last fragment is cut off, nothing is written.
   * What it answers is not {@link Mp4Summary#finished}.
   *
   * @throws Mp4FormatException where it is no recording of ours
   */
  public static Result leaveFragmented(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!FragmentedMp4Writer.lock(file)) {
        return new Result.InUse();
      }
      var contents = Mp4Contents.of(file);
      if (contents.tables() == null || contents.fragments() == 0) {
        return new Result.Empty();
      }
      boolean already = contents.scan().finished();
      if (!already) {
        file.truncate(contents.scan().completeLength());
        file.force(true);
      }
      return new Result.Finished(Mp4Inspector.summary(Mp4Contents.of(file)).orElseThrow(), already);
    }
  }

  /**
   * Makes a fragmented file again of a copy that has the head of a finished one, so that it can be
   * finished whatever of its end is missing.
   */
  public static void reopen(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var free = new BoxBuffer();
      Mp4Boxes.free(free);
      if (file.size() >= REWRITTEN) {
        file.write(free.view(), Mp4Boxes.FREE_OFFSET);
        file.force(true);
      }
    }
  }

  private static void write(FileChannel file, long end, ByteBuffer moov) throws IOException {
    file.truncate(end);
    long position = end;
    try {
      while (moov.hasRemaining()) {
        position += file.write(moov, position);
      }
      file.force(true);
    } catch (IOException e) {
      try {
        file.truncate(end); // gives the room back to whoever still records
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    var head = Mp4Boxes.hidingMdat(end - Mp4Boxes.FREE_OFFSET);
    int written = file.write(head, Mp4Boxes.FREE_OFFSET);
    if (written != Mp4Boxes.FREE_SIZE) {
      throw new IOException("only " + written + " bytes of the mdat header were written");
    }
    file.force(true);
  }

  private static ByteBuffer moov(Mp4Contents.Tables tables, List<Gap> cuts, Options options) {
    var header = tables.header();
    int timescale = header.audio().timescale();
    List<Gap> kept = kept(tables.start(), tables.end(), cuts);
    var videoEdits = edits(tables.video(), kept, timescale);
    var audioEdits = edits(tables.audio(), kept, timescale);
    long duration = Math.max(length(videoEdits), length(audioEdits));

    var b = new BoxBuffer();
    int moov = b.begin("moov");
    Mp4Boxes.mvhd(b, header.created(), timescale, duration);
    trak(b, header, tables.video(), videoEdits);
    trak(b, header, tables.audio(), audioEdits);
    udta(b, options);
    b.end(moov);
    return b.view();
  }

  /** What of a span is left when the cuts are taken out, in order. */
  static List<Gap> kept(long start, long end, List<Gap> cuts) {
    var kept = new ArrayList<Gap>();
    long from = start;
    var ordered = cuts.stream().sorted(Comparator.comparingLong(Gap::from)).toList();
    for (Gap cut : ordered) {
      if (cut.from() > from) {
        kept.add(new Gap(from, Math.min(cut.from(), end)));
      }
      from = Math.max(from, Math.min(cut.to(), end));
      if (from >= end) {
        return kept;
      }
    }
    kept.add(new Gap(from, end));
    return kept;
  }

  /**
   * One entry of an edit list.
   *
   * @param duration in the movie's timescale
   * @param mediaTime in the track's, from its first sample; -1 for nothing to show
   */
  private record Edit(long duration, long mediaTime) {}

  private static long length(List<Edit> edits) {
    return edits.stream().mapToLong(Edit::duration).sum();
  }

  private static List<Edit> edits(SampleTable table, List<Gap> kept, int movieTimescale) {
    var edits = new ArrayList<Edit>();
    if (table.samples() == 0) {
      return edits;
    }
    Mp4Track track = table.track();
    for (Gap span : kept) {
      long from = track.ticks(span.from());
      long to = Math.min(track.ticks(span.to()), table.end());
      long begins = Math.max(from, table.firstPresented());
      if (begins >= to) {
        // Nothing of this track in the span, yet the spans behind it must not move up.
        edits.add(new Edit(Mp4Track.rescale(span.length(), 1_000_000_000L, movieTimescale), -1));
        continue;
      }
      long empty = Mp4Track.rescale(begins - from, track.timescale(), movieTimescale);
      if (empty > 0) {
        edits.add(new Edit(empty, -1));
      }
      long duration = Mp4Track.rescale(to - begins, track.timescale(), movieTimescale);
      edits.add(new Edit(duration, begins - table.first()));
    }
    while (!edits.isEmpty() && edits.getLast().mediaTime < 0) {
      edits.removeLast();
    }
    return edits;
  }

  private static void trak(
      BoxBuffer b, Mp4Scan.Header header, SampleTable table, List<Edit> edits) {
    if (table.samples() == 0) {
      return; // a track without samples confuses players more than none
    }
    Mp4Track track = table.track();
    boolean video = track.kind() == Packet.Kind.VIDEO;
    int trak = b.begin("trak");
    Mp4Boxes.tkhd(
        b,
        track,
        header.created(),
        length(edits),
        video ? header.width() : 0,
        video ? header.height() : 0);
    int edts = b.begin("edts");
    int version = edits.stream().anyMatch(Mp4Finisher::large) ? 1 : 0;
    int elst = b.begin("elst", version, 0);
    b.u32(edits.size());
    for (Edit edit : edits) {
      b.time(version, edit.duration);
      b.time(version, edit.mediaTime);
      b.u32(0x0001_0000); // rate
    }
    b.end(elst);
    b.end(edts);
    int mdia = b.begin("mdia");
    Mp4Boxes.mdhd(b, track, header.created(), table.length());
    Mp4Boxes.hdlr(b, track);
    int minf = b.begin("minf");
    Mp4Boxes.mediaHeaderAndDinf(b, track);
    table.write(b);
    b.end(minf);
    b.end(mdia);
    b.end(trak);
  }

  private static boolean large(Edit edit) {
    return edit.duration > Integer.MAX_VALUE || edit.mediaTime > Integer.MAX_VALUE;
  }

  /** Title and encoder, in the form of iTunes that all players read. */
  private static void udta(BoxBuffer b, Options options) {
    int udta = b.begin("udta");
    int meta = b.begin("meta", 0, 0);
    int hdlr = b.begin("hdlr", 0, 0);
    b.u32(0);
    b.fourcc("mdir");
    b.fourcc("appl");
    b.zeros(9);
    b.end(hdlr);
    int ilst = b.begin("ilst");
    if (options.title() != null) {
      tag(b, "\u00a9nam", options.title());
    }
    tag(b, "\u00a9too", options.encoder());
    b.end(ilst);
    b.end(meta);
    b.end(udta);
  }

  private static void tag(BoxBuffer b, String name, String value) {
    int tag = b.begin(name);
    int data = b.begin("data", 0, 1); // UTF-8
    b.u32(0);
    b.bytes(value.getBytes(StandardCharsets.UTF_8));
    b.end(data);
    b.end(tag);
  }
}
