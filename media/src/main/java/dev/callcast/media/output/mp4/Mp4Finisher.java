package dev.callcast.media.output.mp4;

import dev.callcast.media.encode.Packet;
import dev.callcast.media.output.AppendOnlyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes an ordinary, seekable MP4 of a recording whose writer has ended, cleanly or not. Stateless;
 * any thread; it locks the file while it works.
 *
 * <p>Order: a torn last fragment is cut off; the texts of the chapters and a {@code moov} with all
 * samples are appended; sync; the 16 bytes of {@code free} become the header of one {@code mdat}
 * over all that lies before that {@code moov}; sync. Until those 16 bytes are written (in one
 * write, within one sector) the file is the fragmented one with something behind it that players
 * pass over, so it may be killed at any byte: the next run cuts off what it finds behind the
 * fragments and does it again. Where room was kept for it the index then goes in front: see {@link
 * Mp4Faststart}.
 *
 * <p>Pauses become edits: the finished file shows the spans between them, one after another. Both
 * tracks start at the first picture, to the sample: sound that began before it is skipped by its
 * edit, sound that comes later is preceded by an empty one. The later edits of the sound start and
 * end between AAC frames, the nearest to where the picture's do: see {@link Mp4Edits}.
 */
public final class Mp4Finisher {
  private Mp4Finisher() {}

  /**
   * What to write into the tags, and what to leave out.
   *
   * @param title shown by players, or null
   * @param encoder name and version of this program
   * @param cuts spans of the file's timeline to leave out besides those that the file itself notes
   * @param cutGaps leave out also what the file notes as time without a worker
   * @param chapters in any order
   */
  public record Options(
      @Nullable String title,
      String encoder,
      List<Gap> cuts,
      boolean cutGaps,
      List<Chapter> chapters) {
    public Options {
      cuts = List.copyOf(cuts);
      chapters = List.copyOf(chapters);
    }

    /** No cuts, no chapters. */
    public static Options of(@Nullable String title) {
      return new Options(title, "Callcast", List.of(), false, List.of());
    }

    /** The same with gaps cut out or not. */
    public Options withCutGaps(boolean cut) {
      return new Options(title, encoder, cuts, cut, chapters);
    }

    /** The same with chapters. */
    public Options withChapters(List<Chapter> added) {
      return new Options(title, encoder, cuts, cutGaps, added);
    }
  }

  /**
   * A place with a name.
   *
   * @param mediaTime ns on the composition's timeline
   */
  public record Chapter(long mediaTime, String title) {}

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
      if (!AppendOnlyFile.lock(file)) {
        return new Result.InUse();
      }
      var contents = Mp4Contents.of(file);
      var tables = contents.tables();
      if (tables == null || contents.fragments() == 0) {
        return new Result.Empty();
      }
      var also = new ArrayList<>(options.cuts());
      if (options.cutGaps()) {
        also.addAll(contents.absences());
      }
      boolean already = contents.scan().finished();
      if (!already) {
        var cuts = new ArrayList<>(contents.cuts());
        cuts.addAll(also);
        write(file, contents.scan().completeLength(), new Index(tables, cuts, options));
      }
      if (tables.header().reserve() > 0) {
        Mp4Faststart.bringForward(file, tables.header().reserve());
      }
      var summary = Mp4Inspector.summary(Mp4Contents.of(file), also).orElseThrow();
      return new Result.Finished(summary, already);
    }
  }

  /**
   * Bytes from the start in which finishing changes something; all behind stays as it was. With the
   * index in front it changes more, within what was reserved for it.
   */
  public static final int REWRITTEN = Mp4Boxes.FREE_OFFSET + Mp4Boxes.FREE_SIZE;

  /**
   * Ends a file that is to stay fragmented: a torn last fragment is cut off, nothing is written.
   * What it answers is not {@link Mp4Summary#finished}.
   *
   * @throws Mp4FormatException where it is no recording of ours
   */
  public static Result leaveFragmented(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (!AppendOnlyFile.lock(file)) {
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
      return new Result.Finished(
          Mp4Inspector.summary(Mp4Contents.of(file), List.of()).orElseThrow(), already);
    }
  }

  /**
   * Makes a fragmented file again of a copy that has the head of a finished one, so that it can be
   * finished whatever of its end is missing.
   */
  public static void reopen(Path path) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (file.size() >= REWRITTEN) {
        var free = new BoxBuffer();
        Mp4Boxes.free(free);
        long hidden = Mp4Scan.hiddenBehindIndex(file);
        if (hidden > 0) {
          free.u32(hidden - REWRITTEN); // the index becomes what it was: room for one
          free.fourcc("free");
        }
        file.write(free.view(), Mp4Boxes.FREE_OFFSET);
        file.force(true);
      }
    }
  }

  private static void write(FileChannel file, long end, Index index) throws IOException {
    file.truncate(end);
    long position = end;
    try {
      for (ByteBuffer part : List.of(index.texts(end), index.moov(end))) {
        while (part.hasRemaining()) {
          position += file.write(part, position);
        }
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
    long hidden = end + index.texts(end).remaining() - Mp4Boxes.FREE_OFFSET;
    var head = Mp4Boxes.hidingMdat(hidden);
    int written = file.write(head, Mp4Boxes.FREE_OFFSET);
    if (written != Mp4Boxes.FREE_SIZE) {
      throw new IOException("only " + written + " bytes of the mdat header were written");
    }
    file.force(true);
  }

  /** What is appended. */
  private static final class Index {
    private final Mp4Contents.Tables tables;
    private final Options options;
    private final Mp4Edits lead;
    private final @Nullable Mp4Edits follower;
    private final Mp4Chapters chapters;

    Index(Mp4Contents.Tables tables, List<Gap> cuts, Options options) {
      this.tables = tables;
      this.options = options;
      List<Gap> kept = Mp4Contents.kept(tables.start(), tables.end(), cuts);
      int timescale = tables.header().audio().timescale();
      lead = Mp4Edits.of(tables.lead(), kept, timescale);
      // A track without samples confuses players more than none.
      follower =
          tables.lead() == tables.audio() || tables.audio().samples() == 0
              ? null
              : Mp4Edits.following(tables.audio(), AacSilence.FRAME, kept, timescale);
      chapters = Mp4Chapters.of(options.chapters(), tables.header().origin(), kept);
    }

    /** The chapters' titles, as samples in an {@code mdat} of their own; empty without any. */
    ByteBuffer texts(long position) {
      return chapters.samples(position);
    }

    ByteBuffer moov(long position) {
      var header = tables.header();
      int timescale = header.audio().timescale();
      long duration = Math.max(lead.length(), follower == null ? 0 : follower.length());
      var b = new BoxBuffer();
      int moov = b.begin("moov");
      Mp4Boxes.mvhd(b, header.created(), timescale, duration);
      trak(b, tables.lead(), lead, chapters.any());
      if (follower != null) {
        trak(b, tables.audio(), follower, false);
      }
      if (chapters.any()) {
        chapters.trak(b, header.created(), duration, timescale, position);
      }
      udta(b);
      b.end(moov);
      return b.view();
    }

    private void trak(BoxBuffer b, SampleTable table, Mp4Edits edits, boolean withChapters) {
      var header = tables.header();
      Mp4Track track = table.track();
      boolean video = track.kind() == Packet.Kind.VIDEO;
      int trak = b.begin("trak");
      Mp4Boxes.tkhd(
          b,
          track,
          header.created(),
          edits.length(),
          video ? header.width() : 0,
          video ? header.height() : 0);
      edits.write(b);
      if (withChapters) {
        int tref = b.begin("tref");
        int chap = b.begin("chap");
        b.u32(Mp4Boxes.CHAPTERS_ID);
        b.end(chap);
        b.end(tref);
      }
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

    /** Title, encoder and chapters, in the forms of iTunes and Nero that players read. */
    private void udta(BoxBuffer b) {
      int udta = b.begin("udta");
      chapters.chpl(b);
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
